-- model:   chart_sdq_by_years_in_care
-- grain:   one row per years_in_care
-- inputs:  research.chart_sdq_by_years_in_care
-- columns:
--   years_in_care INTEGER (years) whole years since the period of care began
--   p25           DOUBLE  (points) lower quartile of SDQ scores; NULL when symbol says why
--   median        DOUBLE  (points) median; NULL when symbol says why
--   p75           DOUBLE  (points) upper quartile; NULL when symbol says why
--   scored        BIGINT  (child years) with a score, to the nearest 10
--   eligible      BIGINT  (child years) that should have one, to the nearest 10
--   coverage      INTEGER (per cent) scored of eligible
--   symbol        VARCHAR c when too few scores stand behind the quartiles; NULL when they are shown
-- checks:  unique(years_in_care)
-- source:  return of looked-after children (SSDA903)
with judged as (
    select cast(years_in_care as integer) as years_in_care, p25, median, p75, scored, eligible, scored >= quantile_minimum() as enough
    from research.chart_sdq_by_years_in_care
), final as (
    select years_in_care,
        case when enough then p25 end::double as p25, case when enough then median end::double as median, case when enough then p75 end::double as p75,
        rounded(scored) as scored, rounded(eligible) as eligible, share(scored, eligible) as coverage,
        case when not enough then 'c' end as symbol
    from judged
)
select * from final
order by years_in_care
