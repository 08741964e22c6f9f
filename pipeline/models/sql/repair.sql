-- model:   repair
-- grain:   one row per person_id, child_key, DECOM, rule, column_name, year_before: one value that is not as an owner once sent it
-- inputs:  episode_merged, episode_return, stg_episodes, authority_group
-- columns:
--   person_id    VARCHAR  linked person
--   child_key    UUID     key under which the older value was sent
--   la           VARCHAR  authority that sent it
--   DECOM        DATE     start of the episode as sent
--   rule         VARCHAR  amended (a later return says otherwise), withdrawn (a resubmission no longer has the row), DECOM_corrected, replaced, not_positive, after_return (row left out), not_sent_again, open_before_next, overlap, gap, REC_missing, overlap_between_authorities (end repaired), filled (blank in the last return, taken from an older one)
--   column_name  VARCHAR  column whose value changed; DECOM when the whole row is left out
--   value_before VARCHAR  value as sent
--   value_after  VARCHAR  value used; NULL when none is
--   year_before  SMALLINT return that sent the value before
--   year_after   SMALLINT return that gave cause; NULL when the row alone did
-- checks:  rule is not null; unique(person_id, child_key, DECOM, rule, column_name, year_before)
-- source:  SSDA903 Episodes over all returns
with
changed as (
    -- few episodes are told in two ways; that an open one is closed by its last return is no other way
    select person_id, authority_group, DECOM
    from episode_return
    group by person_id, authority_group, DECOM
    having min(hash(RNE, LS, CIN, PLACE, PLACE_PROVIDER, URN)) <> max(hash(RNE, LS, CIN, PLACE, PLACE_PROVIDER, URN))
        or count(DEC) > 1 or max(year) filter (where DEC is not null) < max(year)
),
pairs as (
    select
        person_id, child_key, la, DECOM, year,
        lead(year) over copies as year_after,
        lead(la) over copies as la_after,
        RNE, LS, CIN, PLACE, PLACE_PROVIDER, URN, DEC, REC, REASON_PLACE_CHANGE,
        lead(struct_pack(RNE, LS, CIN, PLACE, PLACE_PROVIDER, URN, DEC, REC, REASON_PLACE_CHANGE)) over copies as later
    from episode_return
    semi join changed using (person_id, authority_group, DECOM)
    window copies as (partition by person_id, authority_group, DECOM order by year)
),
compared as (
    select *, unnest([
        {'c': 'RNE', 'a': RNE, 'b': later.RNE},
        {'c': 'LS', 'a': LS, 'b': later.LS},
        {'c': 'CIN', 'a': CIN, 'b': later.CIN},
        {'c': 'PLACE', 'a': PLACE, 'b': later.PLACE},
        {'c': 'PLACE_PROVIDER', 'a': PLACE_PROVIDER, 'b': later.PLACE_PROVIDER},
        {'c': 'URN', 'a': URN, 'b': later.URN},
        {'c': 'DEC', 'a': DEC::varchar, 'b': later.DEC::varchar},
        {'c': 'REC', 'a': REC, 'b': later.REC},
        {'c': 'REASON_PLACE_CHANGE', 'a': REASON_PLACE_CHANGE, 'b': later.REASON_PLACE_CHANGE}]) as v
    from pairs
    where year_after is not null
        and struct_pack(RNE, LS, CIN, PLACE, PLACE_PROVIDER, URN, DEC, REC, REASON_PLACE_CHANGE) is distinct from later
),
amended as (
    select person_id, child_key, la, DECOM, 'amended' as rule, v.c as column_name, v.a as value_before, v.b as value_after, year as year_before, year_after
    from compared
    -- That an open episode is closed by the next return is no amendment.
    where v.a is distinct from v.b and not (v.b is null and v.c in ('RNE', 'LS', 'CIN', 'PLACE'))
        and not (v.c in ('DEC', 'REC', 'REASON_PLACE_CHANGE') and DEC is null)
),
last_load as (
    select la, year, max("load") as "load" from stg_episodes group by la, year
),
superseded as (
    select e.person_id, e.child_key, e.la, e.DECOM, e.year, coalesce(g.authority_group, e.la) as authority_group
    from stg_episodes e
    join last_load l on l.la = e.la and l.year = e.year and e."load" < l."load"
    left join authority_group g on g.la = e.la
    where e.person_id is not null and e.DECOM is not null
),
withdrawn as (
    select distinct s.person_id, s.child_key, s.la, s.DECOM, 'withdrawn' as rule, 'DECOM' as column_name, s.DECOM::varchar as value_before,
        null::varchar as value_after, s.year as year_before, s.year as year_after
    from superseded s
    anti join episode_return r on r.person_id = s.person_id and r.authority_group = s.authority_group and r.DECOM = s.DECOM and r.year = s.year
),
left_out as (
    select person_id, child_key, la, DECOM, left_out as rule, 'DECOM' as column_name, DECOM::varchar as value_before,
        replaced_by::varchar as value_after, year as year_before, coalesce(replaced_year, rule_year) as year_after
    from episode_merged
    where left_out is not null
),
ended as (
    select person_id, child_key, la, DECOM, rule, 'DEC' as column_name, DEC_sent::varchar as value_before, DEC::varchar as value_after,
        year as year_before, rule_year as year_after
    from episode_merged
    where rule is not null and left_out is null and DEC is distinct from DEC_sent
    union all
    select person_id, child_key, la, DECOM, rule, 'REC', REC_sent, REC, year, rule_year
    from episode_merged
    where rule is not null and left_out is null and REC is distinct from REC_sent
),
blanks as (
    select m.person_id, m.child_key, m.la, m.DECOM, m.year, unnest([
        {'c': 'RNE', 'a': r.RNE, 'b': m.RNE},
        {'c': 'LS', 'a': r.LS, 'b': m.LS},
        {'c': 'CIN', 'a': r.CIN, 'b': m.CIN},
        {'c': 'PLACE', 'a': r.PLACE, 'b': m.PLACE}]) as v
    from episode_merged m
    join episode_return r using (person_id, authority_group, DECOM, year)
    where r.RNE is null or r.LS is null or r.CIN is null or r.PLACE is null
),
filled as (
    select person_id, child_key, la, DECOM, 'filled' as rule, v.c as column_name, null::varchar as value_before, v.b as value_after,
        year as year_before, null::smallint as year_after
    from blanks
    where v.a is null and v.b is not null
),
final as (
    from filled union all from amended union all from withdrawn union all from left_out union all from ended
)
select * from final
order by person_id, child_key, DECOM, rule, column_name, year_before, value_before, value_after
