-- model:   chart_exits_incidence
-- grain:   one row per months, way_out: up to the last month with enough still at risk
-- inputs:  research.chart_exits_incidence
-- columns:
--   months    INTEGER (months) since the period of care began
--   way_out   VARCHAR way out of care
--   incidence INTEGER (per cent) cumulative, rounded half up; NULL when symbol says why
--   at_risk   BIGINT  (periods of care) still under observation, to the nearest 10
--   symbol    VARCHAR k when more than 0 rounds to 0; NULL when the incidence is shown
-- checks:  unique(months, way_out)
-- source:  return of looked-after children (SSDA903)
with enough as (
    select cast(months as integer) as months, way_out, at_risk, cast(incidence as decimal(18, 9)) as incidence
    from research.chart_exits_incidence
    where at_risk >= curve_minimum()
), judged as (
    select *, cast(floor(incidence + 0.5) as integer) as shown from enough
), final as (
    select months, way_out, case when shown > 0 or incidence = 0 then shown end as incidence, rounded(at_risk) as at_risk,
        case when shown = 0 and incidence > 0 then 'k' end as symbol
    from judged
)
select * from final
order by months, way_out
