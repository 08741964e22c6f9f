-- model:   chart_placement_mix
-- grain:   one row per year, placement
-- inputs:  research.chart_placement_mix
-- columns:
--   year      INTEGER collection year, that ends on 31 March of it
--   placement VARCHAR group of placements
--   n         BIGINT  (children) to the nearest 10
--   share     INTEGER (per cent) of the year's children, rounded half up from unrounded counts; NULL when symbol says why
--   symbol    VARCHAR c hidden, k more than 0 but rounds to 0, z nobody to count; NULL when everything is shown
-- checks:  unique(year, placement)
-- source:  return of looked-after children (SSDA903)
with counted as (
    select cast(year as integer) as year, cast(placement_group as varchar) as placement, n,
        sum(n) over (partition by year) as total
    from research.chart_placement_mix
), final as (
    select year, placement, rounded(n) as n, share(n, total) as share, share_symbol(n, total) as symbol from counted
)
select * from final
order by year, placement
