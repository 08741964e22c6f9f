-- model:   placement_move
-- grain:   one row per person_id, placement_no: a move, the start of a placement other than the first of its period of care
-- inputs:  placement, placement_chain, episode, ref.year
-- columns:
--   person_id           VARCHAR  linked person
--   placement_no        INTEGER  the placement moved to, as in placement
--   period_no           INTEGER  period of care
--   move_no             INTEGER  1 for the first move of the period of care
--   move_date           DATE     first day of the new placement
--   year                SMALLINT collection year of that day; NULL when no return is of that year
--   la                  VARCHAR  authority responsible at the new placement's start
--   age                 SMALLINT completed years on that day
--   RNE                 VARCHAR  why the new episode began; S when another authority took over
--   REASON_PLACE_CHANGE VARCHAR  given on the episode just before; where that is a temporary stay and gives none, on the placement that was left
--   carer_move          BOOLEAN  the carer changed too: a carer spell begins
--   type_before         VARCHAR  group of the PLACE that was left
--   PLACE               VARCHAR  placement moved to, at its start
--   days_before         INTEGER  days in the placement that was left
-- checks:  unique(person_id, placement_no); move_no > 0; days_before > 0
-- source:  indicator catalogue, conventions: placement_move, carer_move
with
stay as materialized (
    select person_id, placement_no, min(episode_no) as episode_no, min(carer_no) as first_carer, max(carer_no) as last_carer
    from placement_chain
    group by person_id, placement_no
),
ended as (
    select person_id, episode_no, lag(REASON_PLACE_CHANGE) over (partition by person_id order by episode_no) as reason
    from episode
    where not respite
),
final as (
    select
        p.person_id, p.placement_no, p.period_no,
        p.no_in_period - 1 as move_no,
        p.start_date as move_date,
        y.year,
        e.la,
        e.AGE_AT_DECOM as age,
        p.RNE,
        coalesce(d.reason, q.REASON_PLACE_CHANGE) as REASON_PLACE_CHANGE,
        s.first_carer <> t.last_carer as carer_move,
        q.placement_type as type_before,
        p.PLACE,
        q.days as days_before
    from placement p
    join placement q on q.person_id = p.person_id and q.placement_no = p.placement_no - 1
    join stay s on s.person_id = p.person_id and s.placement_no = p.placement_no
    join stay t on t.person_id = q.person_id and t.placement_no = q.placement_no
    join episode e on e.person_id = s.person_id and e.episode_no = s.episode_no
    join ended d on d.person_id = s.person_id and d.episode_no = s.episode_no
    left join ref.year y on p.start_date between y.first_day and y.last_day
    where p.no_in_period > 1
)
select * from final
order by person_id, placement_no
