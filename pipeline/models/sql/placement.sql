-- model:   placement
-- grain:   one row per person_id, placement_no: an unbroken stay in one placement
-- inputs:  placement_chain, episode
-- columns:
--   person_id           VARCHAR  linked person
--   placement_no        INTEGER  1 for the person's first
--   period_no           INTEGER  period of care
--   no_in_period        INTEGER  1 for the first of its period of care; every later one is a move
--   start_date          DATE     DECOM of the first episode
--   end_date            DATE     DEC of the last; NULL while open
--   seen_until          DATE     last day about which a return speaks
--   days                INTEGER  days in the placement; an open one counts to the day after seen_until
--   RNE                 VARCHAR  of the first episode
--   PLACE               VARCHAR  placement at the start
--   PLACE_last          VARCHAR  placement at the end: another code after a foster placement became adoptive
--   placement_type      VARCHAR  group of PLACE_last
--   PLACE_PROVIDER      VARCHAR  provider at the end
--   la                  VARCHAR  authority at the end
--   PL_LOCATION         VARCHAR  IN or OUT of the responsible authority, at the start
--   PL_DISTANCE_BAND    VARCHAR  straight line from home, at the start
--   REASON_PLACE_CHANGE VARCHAR  why it ended, when another followed
--   episodes            SMALLINT number of episodes
-- checks:  unique(person_id, placement_no); days > 0
-- source:  SSDA903 guide, RNE and PLACE; see placement_chain
with
final as (
    select
        c.person_id, c.placement_no, c.period_no,
        (c.placement_no - min(c.placement_no) over (partition by c.person_id, c.period_no) + 1)::integer as no_in_period,
        c.start_date, c.end_date, c.seen_until,
        (coalesce(c.end_date, c.seen_until + 1) - c.start_date)::integer as days,
        c.RNE, c.PLACE, c.PLACE_last, c.placement_type, c.PLACE_PROVIDER, c.la, c.PL_LOCATION, c.PL_DISTANCE_BAND, c.REASON_PLACE_CHANGE, c.episodes
    from (
        select
            p.person_id, p.placement_no,
            min(p.period_no) as period_no,
            min(e.DECOM) as start_date,
            max(e.seen_until) as seen_until,
            case when bool_or(e.DEC is null) then null else max(e.DEC) end as end_date,
            arg_min(e.RNE, e.episode_no) as RNE,
            arg_min(e.PLACE, e.episode_no) as PLACE,
            arg_max(e.PLACE, e.episode_no) as PLACE_last,
            arg_max(e.placement_type, e.episode_no) as placement_type,
            arg_max(e.PLACE_PROVIDER, e.episode_no) as PLACE_PROVIDER,
            arg_max(e.la, e.episode_no) as la,
            arg_min(e.PL_LOCATION, e.episode_no) as PL_LOCATION,
            arg_min(e.PL_DISTANCE_BAND, e.episode_no) as PL_DISTANCE_BAND,
            arg_max({'r': e.REASON_PLACE_CHANGE}, e.episode_no).r as REASON_PLACE_CHANGE,
            count(*)::smallint as episodes
        from placement_chain p
        join episode e using (person_id, episode_no)
        group by p.person_id, p.placement_no
    ) c
)
select * from final
order by person_id, placement_no
