-- model:   chart_reentry
-- grain:   one row per way_out, months: up to the last month with enough still at risk
-- inputs:  research.chart_reentry
-- columns:
--   way_out   VARCHAR  way in which the child had left care
--   months    INTEGER  (months) since then
--   incidence INTEGER  (per cent) back in care by then, rounded half up; NULL when symbol says why
--   at_risk   BIGINT   (children) out of care and still under observation, to the nearest 10
--   symbol    VARCHAR  k when more than 0 rounds to 0; NULL when the incidence is shown
-- checks:  unique(way_out, months)
-- source:  return of looked-after children (SSDA903); Kaplan and Meier
with enough as (
    select way_out, cast(months as integer) as months, at_risk, 100 * cast(share as decimal(18, 9)) as incidence
    from research.chart_reentry
    where at_risk >= curve_minimum()
), judged as (
    select *, cast(floor(incidence + 0.5) as integer) as shown from enough
), final as (
    select way_out, months, case when shown > 0 or incidence = 0 then shown end as incidence, rounded(at_risk) as at_risk,
        case when shown = 0 and incidence > 0 then 'k' end as symbol
    from judged
)
select * from final
order by way_out, months
