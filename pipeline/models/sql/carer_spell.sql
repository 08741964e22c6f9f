-- model:   carer_spell
-- grain:   one row per person_id, carer_no: an unbroken stay with the same carer
-- inputs:  placement_chain, episode
-- columns:
--   person_id      VARCHAR  linked person
--   carer_no       INTEGER  1 for the person's first
--   period_no      INTEGER  period of care
--   no_in_period   INTEGER  1 for the first of its period of care; every later one is a carer move
--   start_date     DATE     DECOM of the first episode
--   end_date       DATE     DEC of the last; NULL while open
--   seen_until     DATE     last day about which a return speaks
--   days           INTEGER  days with the carer; an open spell counts to the day after seen_until
--   placements     SMALLINT number of placements, as one carer may be two
--   placement_type VARCHAR  group of the last PLACE
--   la             VARCHAR  authority at the end
-- checks:  unique(person_id, carer_no); days > 0
-- source:  SSDA903 guide, RNE; see placement_chain
with
final as (
    select
        c.person_id, c.carer_no, c.period_no,
        (c.carer_no - min(c.carer_no) over (partition by c.person_id, c.period_no) + 1)::integer as no_in_period,
        c.start_date, c.end_date, c.seen_until,
        (coalesce(c.end_date, c.seen_until + 1) - c.start_date)::integer as days,
        c.placements, c.placement_type, c.la
    from (
        select
            p.person_id, p.carer_no,
            min(p.period_no) as period_no,
            min(e.DECOM) as start_date,
            max(e.seen_until) as seen_until,
            case when bool_or(e.DEC is null) then null else max(e.DEC) end as end_date,
            count(distinct p.placement_no)::smallint as placements,
            arg_max(e.placement_type, e.episode_no) as placement_type,
            arg_max(e.la, e.episode_no) as la
        from placement_chain p
        join episode e using (person_id, episode_no)
        group by p.person_id, p.carer_no
    ) c
)
select * from final
order by person_id, carer_no
