-- model:   episode_chain
-- grain:   one row per person_id, episode_no of care other than respite: the period of care it belongs to
-- inputs:  episode, way_out
-- columns:
--   person_id      VARCHAR  linked person
--   episode_no     INTEGER  as in episode
--   period_no      INTEGER  period of care, 1 for the person's first
--   is_last        BOOLEAN  last of its period
--   transfer       BOOLEAN  another authority took over with this episode, within the period
--   start_break    VARCHAR  how the chain broke before a period's first episode: exit_but_same_day, x1_with_gap, s_on_same_day
--   end_break      VARCHAR  x1_without_successor on a period's last episode
--   la             VARCHAR  authority
--   DECOM          DATE     first day
--   DEC            DATE     day on which the next state begins; NULL while open
--   seen_until     DATE     last day about which the return speaks
--   RNE            VARCHAR  reason for the new episode
--   LS             VARCHAR  legal status
--   CIN            VARCHAR  category of need
--   PLACE          VARCHAR  placement
--   placement_type VARCHAR  group of PLACE
--   PLACE_PROVIDER VARCHAR  provider
--   PL_POST_KEY    UUID     equal when the placement's postcode is, within one child_key
--   child_key      UUID     key for the child
--   REC            VARCHAR  reason for the end
--   way_out        VARCHAR  what REC means; NULL when care goes on
--   AGE_AT_DECOM   SMALLINT completed years
--   AGE_AT_DEC     SMALLINT completed years
-- checks:  unique(person_id, episode_no)
-- source:  SSDA903 guide, RNE and REC; three kinds of break in a chain are kept apart
with
ordered as (
    -- what the chain depends on; the rest of each episode is joined at the end
    select rowid as place, person_id, episode_no, la, DECOM, DEC, RNE, REC,
        lag(DEC) over p as p_DEC, lag(REC) over p as p_REC, lag(la) over p as p_la, lag(authority_group) over p = authority_group as same_group,
        lag(episode_no) over p is null as first, lead(episode_no) over p is null as final
    from episode
    where not respite
    window p as (partition by person_id order by episode_no)
),
judged as (
    select
        *,
        coalesce(not first and RNE = 'S' and la <> p_la and DECOM - p_DEC between 0 and 7
            and (p_REC = 'E3' or (p_REC = 'E99' and same_group)), false) as transfer,
        not first and coalesce(p_REC = 'X1' and p_DEC = DECOM and RNE is distinct from 'S', false) as continues
    from ordered
),
broken as (
    select
        *,
        not (transfer or continues) as starts,
        case when first or transfer or continues then null
             when p_DEC = DECOM and p_REC = 'X1' and RNE = 'S' then 's_on_same_day'
             when p_DEC = DECOM and p_REC is distinct from 'X1' and p_REC is distinct from 'E99' then 'exit_but_same_day'
             when p_REC = 'X1' then 'x1_with_gap' end as start_break
    from judged
),
numbered as (
    select
        place, transfer, start_break, final,
        coalesce(lead(starts) over p, true) as is_last,
        sum(starts::integer) over p::integer as period_no
    from broken
    window p as (partition by person_id order by episode_no)
),
final as (
    select
        e.person_id, e.episode_no, n.period_no, n.is_last, n.transfer, n.start_break,
        case when e.REC = 'X1' and n.final then 'x1_without_successor' end as end_break,
        e.la, e.DECOM, e.DEC, e.seen_until, e.RNE, e.LS, e.CIN, e.PLACE, e.placement_type, e.PLACE_PROVIDER, e.PL_POST_KEY, e.child_key, e.REC,
        case when e.DEC is null then null
             when e.REC = 'E8' and e.AGE_AT_DEC >= 18 then 'aged_out'
             when e.REC is null then 'other'
             else w.way_out end as way_out,
        e.AGE_AT_DECOM, e.AGE_AT_DEC
    from episode e
    join numbered n on n.place = e.rowid
    left join way_out w on w.REC = e.REC
)
select * from final
order by person_id, episode_no
