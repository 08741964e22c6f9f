-- model:   area
-- grain:   one row per la, geographic_level: the areas whose figures an authority's children count in
-- inputs:  ref.authority
-- columns:
--   la               VARCHAR ONS code of an authority
--   geographic_level VARCHAR National, Regional or Local authority
--   area_code        VARCHAR ONS code of the area
--   area_name        VARCHAR its name
-- checks:  unique(la, geographic_level)
-- source:  list of authorities
with
final as (
    select ons_code as la, 'National' as geographic_level, 'E92000001' as area_code, 'England' as area_name from ref.authority
    union all
    select ons_code, 'Regional', region_code, region_name from ref.authority where region_code is not null and region_code <> ''
    union all
    select ons_code, 'Local authority', ons_code, la_name from ref.authority
)
select * from final
order by la, geographic_level
