-- model:   chart_placement_mix
-- grain:   one row per year, placement_type
-- inputs:  population_year
-- columns:
--   year           SMALLINT collection year
--   placement_type VARCHAR  group of PLACE on 31 March
--   n              BIGINT   children looked after on 31 March
-- checks:  unique(year, placement_type)
-- source:  indicator catalogue, standard breakdowns
with
final as (
    select year, placement_type, count(*) as n from population_year where looked_after group by year, placement_type
)
select * from final
order by year, placement_type
