-- model:   chart_placement_mix
-- grain:   one row per year, level, placement
-- inputs:  research.chart_placement_mix
-- columns:
--   year      INTEGER  collection year, that ends on 31 March of it
--   level     VARCHAR  type for the types of placement, group for the four groups of them that the report shows
--   placement VARCHAR  type or group of placements
--   n         BIGINT   (children) to the nearest 10
--   share     INTEGER  (per cent) of the year's children, rounded half up from unrounded counts; NULL when symbol says why
--   symbol    VARCHAR  c hidden, k more than 0 but rounds to 0, z nobody to count; NULL when everything is shown
-- checks:  unique(year, level, placement)
-- source:  return of looked-after children (SSDA903)
with types as (
    select cast(year as integer) as year, coalesce(placement_type, 'not known') as placement, cast(sum(n) as bigint) as n,
        case
            when placement like 'foster%' then 'foster'
            when placement like 'residential%' or placement = 'secure' then 'residential'
            when placement like '%independent' then 'independent'
            else 'other'
        end as part
    from research.chart_placement_mix
    group by all
), counted as (
    select year, 'type' as level, placement, n from types
    union all
    select year, 'group', part, cast(sum(n) as bigint) from types group by all
), final as (
    select year, level, placement, rounded(n) as n, share(n, sum(n) over w) as share, share_symbol(n, sum(n) over w) as symbol
    from counted
    window w as (partition by year, level)
)
select * from final
order by year, level, placement
