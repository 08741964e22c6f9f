-- model:   episode_merged
-- grain:   one row per person_id, authority_group, DECOM: an episode's last word, with the repairs that make episodes fit each other
-- inputs:  episode_return, ref.year
-- columns:
--   person_id           VARCHAR  linked person
--   authority_group     VARCHAR  authority with its predecessors and successors
--   DECOM               DATE     start as sent
--   year                SMALLINT return that has the last word
--   first_year          SMALLINT first return with the episode
--   returns             BIGINT   number of returns with the episode
--   la                  VARCHAR  authority of the last word
--   child_key           UUID     its key for the child
--   respite             BOOLEAN  LS is V3 or V4
--   RNE                 VARCHAR  reason for the new episode
--   LS                  VARCHAR  legal status
--   CIN                 VARCHAR  category of need
--   PLACE               VARCHAR  placement
--   PLACE_PROVIDER      VARCHAR  provider
--   REASON_PLACE_CHANGE VARCHAR  why the placement changed
--   URN                 VARCHAR  Ofsted reference of the placement
--   PL_POST_KEY         UUID     equal when the placement's postcode is, within one child_key
--   PL_LA               VARCHAR  authority of the placement's postcode
--   PL_LOCATION         VARCHAR  IN or OUT of the responsible authority
--   PL_DISTANCE_BAND    VARCHAR  straight line from home
--   AGE_AT_DECOM        SMALLINT completed years at DECOM
--   AGE_AT_DEC          SMALLINT completed years at DEC as sent
--   DEC_sent            DATE     end as sent
--   REC_sent            VARCHAR  reason for the end as sent
--   DEC                 DATE     end after repair
--   REC                 VARCHAR  reason for the end after repair; E99, which no return may hold, when the end is lost
--   rule                VARCHAR  repair of DEC and REC; NULL when none
--   rule_year           SMALLINT return that made the repair necessary
--   left_out            VARCHAR  why the row is no episode; NULL when it is one
--   replaced_by         DATE     for left_out DECOM_corrected and replaced: DECOM of the episode that stands for it
--   replaced_year       SMALLINT and the return that sent it
-- checks:  unique(person_id, authority_group, DECOM); left_out is not null or DEC is null or DEC > DECOM
-- source:  SSDA903 Episodes. The later return wins; RNE, LS, CIN and PLACE come from the last that has them. An open episode should be sent again: when it is not, the child's next episode says how it
--          ended, and without one it ends on the day after the last 31 March on which it was open, so that the figure of that day stands
with
told as (
    select person_id, authority_group, DECOM, max(year) as year, min(year) as first_year, count(*) as returns
    from episode_return
    group by person_id, authority_group, DECOM
),
older_word as (
    -- a blank or unreadable value is no word: arg_max passes over it, and the last return that has one keeps it
    select person_id, authority_group, DECOM, arg_max(RNE, year) as RNE, arg_max(LS, year) as LS, arg_max(CIN, year) as CIN, arg_max(PLACE, year) as PLACE
    from episode_return
    semi join (select person_id, authority_group, DECOM from episode_return where RNE is null or LS is null or CIN is null or PLACE is null)
        using (person_id, authority_group, DECOM)
    group by person_id, authority_group, DECOM
),
last_return as (
    select authority_group, max(year) as last_group_year from episode_return group by authority_group
),
sent as (
    -- the key of a row and what its repair depends on; the rest is joined at the end
    select
        r.rowid as copy, r.person_id, r.authority_group, r.DECOM, r.year, t.first_year, t.returns, r.la,
        coalesce(r.RNE, o.RNE) as RNE, coalesce(r.LS, o.LS) as LS, coalesce(r.CIN, o.CIN) as CIN, coalesce(r.PLACE, o.PLACE) as PLACE, r.DEC, r.REC,
        coalesce(coalesce(r.LS, o.LS) in ('V3', 'V4'), false) as respite,
        y.last_day as year_end,
        r.DEC is null and l.last_group_year > r.year as not_sent_again,
        case when r.DEC <= r.DECOM then 'not_positive'
             when r.DECOM > y.last_day then 'after_return' end as impossible
    from episode_return r
    join told t using (person_id, authority_group, DECOM, year)
    left join older_word o using (person_id, authority_group, DECOM)
    join last_return l using (authority_group)
    join ref.year y using (year)
),
followed as materialized (
    select
        *,
        lead(DECOM) over history as next_DECOM,
        lead(RNE) over history as next_RNE,
        lead(year) over history as next_year,
        coalesce(max(year) over (partition by person_id, authority_group, respite, impossible is null order by DECOM
            rows between unbounded preceding and 1 preceding) > year, false) as out_of_order
    from sent
    window history as (partition by person_id, authority_group, respite, impossible is null order by DECOM)
),
odd as (
    -- only of these may a row be left out
    select distinct person_id from followed where not_sent_again or impossible is not null or out_of_order
),
examined as (
    select s.* exclude (next_DECOM, next_RNE, next_year, out_of_order), r.PLACE_PROVIDER, r.URN, r.PL_POST_KEY, r.child_key
    from followed s
    semi join odd using (person_id)
    join episode_return r on r.rowid = s.copy
),
neighbours as (
    select
        *,
        lag(struct_pack(year, RNE, LS, PLACE, PLACE_PROVIDER, URN, PL_POST_KEY, child_key, DECOM)) over history as before,
        lead(struct_pack(year, first_year, la, RNE, LS, PLACE, PLACE_PROVIDER, URN, PL_POST_KEY, child_key, DECOM)) over history as after
    from examined
    where impossible is null
    window history as (partition by person_id, authority_group, respite order by DECOM)
),
twins as materialized (
    select
        *,
        not_sent_again and before.year > year and before.RNE is not distinct from RNE and before.LS is not distinct from LS
            and before.PLACE is not distinct from PLACE and before.PLACE_PROVIDER is not distinct from PLACE_PROVIDER
            and before.URN is not distinct from URN
            and (before.PL_POST_KEY is not distinct from PL_POST_KEY or before.child_key <> child_key) as like_before,
        not_sent_again and after.year > year and after.RNE is not distinct from RNE and after.LS is not distinct from LS
            and after.PLACE is not distinct from PLACE and after.PLACE_PROVIDER is not distinct from PLACE_PROVIDER
            and after.URN is not distinct from URN
            and (after.PL_POST_KEY is not distinct from PL_POST_KEY or after.child_key <> child_key)
            -- after the 31 March on which the authority had the child, a start is another's taking over, or a return after a year without the child
            and not (after.DECOM > year_end and (after.la <> la or after.RNE = 'S' and after.first_year > year + 1)) as like_after
    from neighbours
),
covering as (
    select
        n.person_id, n.authority_group, n.DECOM,
        arg_max(c.DECOM, (c.year, c.DECOM)) as covered_by,
        max(c.year) as covered_year
    from twins n
    join examined c
        on c.person_id = n.person_id and c.authority_group = n.authority_group and c.respite = n.respite
        and c.DECOM < n.DECOM and c.year > n.year and c.impossible is null
        and (c.DEC is null or c.DEC >= n.DEC or (n.DEC is null and c.DEC > n.DECOM))
    group by all
),
judged as materialized (
    select
        t.* exclude (before, after, like_before, like_after, impossible, PLACE_PROVIDER, URN, PL_POST_KEY, child_key),
        case when coalesce(t.like_before, false) or coalesce(t.like_after, false) then 'DECOM_corrected'
             when c.covered_by is not null then 'replaced'
             when t.not_sent_again and t.before.year > t.year then 'replaced' end as left_out,
        case when t.like_before then t.before.DECOM
             when t.like_after then t.after.DECOM
             else coalesce(c.covered_by, case when t.not_sent_again and t.before.year > t.year then t.before.DECOM end) end as replaced_by,
        case when t.like_before then t.before.year
             when t.like_after then t.after.year
             else coalesce(c.covered_year, case when t.not_sent_again and t.before.year > t.year then t.before.year end) end as replaced_year
    from twins t
    left join covering c on c.person_id = t.person_id and c.authority_group = t.authority_group and c.DECOM = t.DECOM
),
-- Within one authority: each episode against the next.
paired as (
    select * exclude (impossible, out_of_order) from followed anti join odd using (person_id)
    union all by name
    select
        * exclude (left_out, replaced_by, replaced_year),
        lead(DECOM) over history as next_DECOM,
        lead(RNE) over history as next_RNE,
        lead(year) over history as next_year
    from judged
    where left_out is null
    window history as (partition by person_id, authority_group, respite order by DECOM)
),
closed as (
    select
        *,
        case when not_sent_again and next_DECOM is null then 'not_sent_again'
             when not_sent_again and next_RNE = 'S' then 'not_sent_again'
             when DEC is null and next_DECOM is not null then 'open_before_next'
             when DEC > next_DECOM then 'overlap'
             when REC is null and DEC = next_DECOM and next_RNE is distinct from 'S' then 'REC_missing'
             when REC = 'X1' and DEC < next_DECOM and next_year > year and next_RNE <> 'S' then 'gap' end as own_rule
    from paired
),
fitted as (
    select
        * exclude (DEC, REC),
        DEC as DEC_sent,
        REC as REC_sent,
        case own_rule
            when 'not_sent_again' then greatest(case when next_DECOM <= year_end then next_DECOM - 1 else year_end + 1 end, DECOM + 1)
            when 'open_before_next' then next_DECOM
            when 'overlap' then next_DECOM
            when 'gap' then next_DECOM
            else DEC end as DEC,
        case when own_rule = 'not_sent_again' then 'E99'
             when own_rule in ('open_before_next', 'overlap', 'REC_missing') and next_RNE is distinct from 'S' then 'X1'
             when own_rule = 'open_before_next' then 'E99'
             else REC end as REC
    from closed
),
-- Between authorities that did not succeed one another: the child is where it came last.
several as (
    select person_id from followed group by person_id having min(authority_group) <> max(authority_group)
),
across as (
    select
        copy, authority_group, DEC, respite,
        lead(DECOM) over person as other_DECOM,
        lead(authority_group) over person as other_group,
        lead(year) over person as other_year
    from fitted
    semi join several using (person_id)
    window person as (partition by person_id, respite order by DECOM, year, authority_group)
),
moved as (
    select copy, other_DECOM, other_year
    from across
    where other_group <> authority_group and coalesce(DEC, date '9999-12-31') > other_DECOM and not respite
),
settled as (
    select
        f.copy, f.first_year, f.returns, f.respite, f.RNE, f.LS, f.CIN, f.PLACE,
        coalesce(m.other_DECOM, f.DEC) as DEC,
        case when m.copy is not null then coalesce(f.REC, 'E99') else f.REC end as REC,
        case when m.copy is not null then 'overlap_between_authorities' else f.own_rule end as rule,
        case when m.copy is not null then m.other_year when f.own_rule = 'not_sent_again' then f.year + 1
             when f.own_rule is not null then f.next_year end::smallint as rule_year,
        case when m.other_DECOM <= f.DECOM then 'not_positive' end as left_out,
        null::date as replaced_by, null::smallint as replaced_year
    from fitted f
    left join moved m using (copy)
    union all
    select copy, first_year, returns, respite, RNE, LS, CIN, PLACE, DEC, REC, null, null, left_out, replaced_by, replaced_year
    from judged
    where left_out is not null
    union all
    select copy, first_year, returns, respite, RNE, LS, CIN, PLACE, DEC, REC, null, null, impossible, null, null
    from followed
    where impossible is not null
),
final as (
    select
        r.person_id, r.authority_group, r.DECOM, r.year, s.first_year, s.returns, r.la, r.child_key, s.respite, s.RNE, s.LS, s.CIN, s.PLACE, r.PLACE_PROVIDER,
        r.REASON_PLACE_CHANGE, r.URN, r.PL_POST_KEY, r.PL_LA, r.PL_LOCATION, r.PL_DISTANCE_BAND, r.AGE_AT_DECOM, r.AGE_AT_DEC,
        r.DEC as DEC_sent, r.REC as REC_sent, s.DEC, s.REC, s.rule, s.rule_year, s.left_out, s.replaced_by, s.replaced_year
    from settled s
    join episode_return r on r.rowid = s.copy
)
select * from final
order by person_id, authority_group, DECOM
