-- model:   area_member
-- grain:   one row per geographic_level, year, la: the area that an authority's children count in on a sheet for planning
-- inputs:  area, health_area, ref.year
-- columns:
--   geographic_level VARCHAR  National, Health area or Local authority
--   year             SMALLINT collection year; a health area as of its 31 March
--   la               VARCHAR  ONS code of an authority
--   area_code        VARCHAR  ONS code, or code of the health area
--   area_name        VARCHAR  its name
-- checks:  unique(geographic_level, year, la)
-- source:  list of authorities and lookup of health areas, whose plans cover the children that their authorities are responsible for, wherever these live. An authority in several health areas counts in the one that began last, then in the first by code
with
health as (
    select y.year, h.la, h.sub_icb, h.sub_icb_name
    from health_area h
    join ref.year y on coalesce(h.valid_from <= y.last_day, true) and coalesce(h.valid_to >= y.last_day, true)
    qualify row_number() over (partition by y.year, h.la order by h.valid_from desc nulls last, h.sub_icb) = 1
),
final as (
    select a.geographic_level, y.year, a.la, a.area_code, a.area_name
    from area a
    cross join ref.year y
    where a.geographic_level in ('National', 'Local authority')
    union all
    select 'Health area', year, la, sub_icb, sub_icb_name from health
)
select * from final
order by geographic_level, year, la
