-- model:   area
-- grain:   one row per area_code of indicator
-- inputs:  indicator, research.authority, control.run
-- columns:
--   area_code        VARCHAR  ONS code
--   area_name        VARCHAR  name
--   geographic_level VARCHAR  National, Regional or Local authority
--   region_code      VARCHAR  ONS code of an authority's region; NULL for others
--   region_name      VARCHAR  its name
--   vintage          VARCHAR  published snapshot that the row belongs to
-- checks:  unique(area_code)
-- source:  list of local authorities
with region as (
    select distinct on (ons_code) ons_code, region_code, region_name from research.authority order by ons_code, region_code
), final as (
    select distinct on (i.area_code) i.area_code, i.area_name, i.geographic_level, g.region_code, g.region_name, r.vintage
    from indicator i
    left join region g on g.ons_code = i.area_code and i.geographic_level = 'Local authority'
    cross join control.run r
    order by i.area_code, i.area_name
)
select * from final
order by area_code
