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
    select *, lag(DEC) over p as p_DEC, lag(REC) over p as p_REC, lag(la) over p as p_la, lag(authority_group) over p as p_group,
        lag(episode_no) over p is null as first
    from episode
    where not respite
    window p as (partition by person_id order by episode_no)
),
judged as (
    select
        *,
        not first and RNE = 'S' and la <> p_la and DECOM - p_DEC between 0 and 7
            and (p_REC = 'E3' or (p_REC = 'E99' and p_group = authority_group)) as transfer,
        not first and coalesce(p_REC = 'X1' and p_DEC = DECOM and RNE is distinct from 'S', false) as continues
    from ordered
),
broken as (
    select
        *,
        not (coalesce(transfer, false) or continues) as starts,
        case when first or coalesce(transfer, false) or continues then null
             when p_DEC = DECOM and p_REC = 'X1' and RNE = 'S' then 's_on_same_day'
             when p_DEC = DECOM and p_REC is distinct from 'X1' and p_REC is distinct from 'E99' then 'exit_but_same_day'
             when p_REC = 'X1' then 'x1_with_gap' end as start_break
    from judged
),
numbered as (
    select *, sum(starts::integer) over (partition by person_id order by episode_no)::integer as period_no
    from broken
),
final as (
    select
        n.person_id, n.episode_no, n.period_no,
        lead(n.period_no) over p is distinct from n.period_no as is_last,
        coalesce(n.transfer, false) as transfer,
        n.start_break,
        case when n.REC = 'X1' and lead(n.period_no) over p is null then 'x1_without_successor' end as end_break,
        n.la, n.DECOM, n.DEC, n.seen_until, n.RNE, n.LS, n.CIN, n.PLACE, n.placement_type, n.PLACE_PROVIDER, n.PL_POST_KEY, n.child_key, n.REC,
        case when n.DEC is null then null
             when n.REC = 'E8' and n.AGE_AT_DEC >= 18 then 'aged_out'
             when n.REC is null then 'other'
             else w.way_out end as way_out,
        n.AGE_AT_DECOM, n.AGE_AT_DEC
    from numbered n
    left join way_out w on w.REC = n.REC
    window p as (partition by n.person_id order by n.episode_no)
)
select * from final
order by person_id, episode_no
