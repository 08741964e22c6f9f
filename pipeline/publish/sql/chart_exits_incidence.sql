-- model:   chart_exits_incidence
-- grain:   one row per months, level, way_out: up to the last month with enough still at risk
-- inputs:  research.chart_exits_incidence
-- columns:
--   months    INTEGER  (months) since the period of care began
--   level     VARCHAR  way for each way out, group for the four groups of them that the report shows
--   way_out   VARCHAR  way out of care, or group of them
--   incidence INTEGER  (per cent) cumulative, rounded half up; NULL when symbol says why
--   at_risk   BIGINT   (periods of care) still under observation, to the nearest 10
--   symbol    VARCHAR  k when more than 0 rounds to 0; NULL when the incidence is shown
-- checks:  unique(months, level, way_out)
-- source:  return of looked-after children (SSDA903); competing risks by Aalen and Johansen
with enough as (
    select cast(months as integer) as months, way_out, at_risk, 100 * cast(incidence as decimal(18, 9)) as incidence
    from research.chart_exits_incidence
    where cohort = 'total' and at_risk >= curve_minimum()
), grouped as (
    select months, 'way' as level, way_out, at_risk, incidence from enough
    union all
    select months, 'group', case
            when way_out in ('home_planned', 'home_unplanned') then 'home'
            when way_out = 'adoption' then 'adoption'
            when way_out in ('special_guardianship', 'residence_order') then 'guardianship'
            else 'other'
        end as part, min(at_risk), sum(incidence)
    from enough
    group by months, part
), judged as (
    select *, cast(floor(incidence + 0.5) as integer) as shown from grouped
), final as (
    select months, level, way_out, case when shown > 0 or incidence = 0 then shown end as incidence, rounded(at_risk) as at_risk,
        case when shown = 0 and incidence > 0 then 'k' end as symbol
    from judged
)
select * from final
order by months, level, way_out
