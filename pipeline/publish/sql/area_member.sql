-- model:   area_member
-- grain:   one row per area_code, la: an authority whose children a health area's sheet counts, in the last year
-- inputs:  research.area_member, control.run
-- columns:
--   area_code VARCHAR code of a health area
--   area_name VARCHAR its name
--   la        VARCHAR ONS code of an authority
--   la_name   VARCHAR its name
--   vintage   VARCHAR published snapshot that the row belongs to
-- checks:  unique(area_code, la)
-- source:  lookup of health areas
with final as (
    select h.area_code, h.area_name, h.la, a.area_name as la_name, r.vintage
    from research.area_member h
    cross join control.run r
    join research.area_member a on a.geographic_level = 'Local authority' and a.la = h.la and a.year = h.year
    where h.geographic_level = 'Health area' and h.year = r.last_year
)
select * from final
order by area_code, la
