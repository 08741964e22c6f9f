-- model:   chart_placement_moves
-- grain:   one row per year, placements
-- inputs:  research.chart_placement_moves
-- columns:
--   year       INTEGER collection year, that ends on 31 March of it
--   placements VARCHAR placements in the year: 1, 2, or 3 or more
--   n          BIGINT  (children) to the nearest 10
--   share      INTEGER (per cent) of the year's children, rounded half up from unrounded counts; NULL when symbol says why
--   symbol     VARCHAR c hidden, k more than 0 but rounds to 0, z nobody to count; NULL when everything is shown
-- checks:  unique(year, placements)
-- source:  return of looked-after children (SSDA903)
with counted as (
    select cast(year as integer) as year, cast(placements as varchar) as placements, n,
        sum(n) over (partition by year) as total
    from research.chart_placement_moves
), final as (
    select year, placements, rounded(n) as n, share(n, total) as share, share_symbol(n, total) as symbol from counted
)
select * from final
order by year, placements
