-- model:   chart_placement_moves
-- grain:   one row per year, placements
-- inputs:  population_year
-- columns:
--   year       SMALLINT collection year
--   placements VARCHAR  placements in the year: 1, 2, or 3 or more
--   n          BIGINT   children looked after on 31 March
-- checks:  unique(year, placements)
-- source:  indicator catalogue, STA01
with
final as (
    select year, case when placements >= 3 then '3 or more' when placements = 2 then '2' else '1' end as placements, count(*) as n
    from population_year where looked_after group by all
)
select * from final
order by year, placements
