-- model:   chart_sdq_bands
-- grain:   one row per year, band
-- inputs:  research.chart_sdq_bands
-- columns:
--   year   INTEGER collection year, that ends on 31 March of it
--   band   VARCHAR normal (0 to 13), borderline (14 to 16) or concern (17 to 40)
--   n      BIGINT  (children) to the nearest 10
--   share  INTEGER (per cent) of the year's scores, rounded half up from unrounded counts; NULL when symbol says why
--   symbol VARCHAR c hidden, k more than 0 but rounds to 0, z nobody to count; NULL when everything is shown
-- checks:  unique(year, band)
-- source:  return of looked-after children (SSDA903)
with counted as (
    select cast(year as integer) as year, cast(band as varchar) as band, n,
        sum(n) over (partition by year) as total
    from research.chart_sdq_bands
    where band <> 'not_scored'
), final as (
    select year, band, rounded(n) as n, share(n, total) as share, share_symbol(n, total) as symbol from counted
)
select * from final
order by year, band
