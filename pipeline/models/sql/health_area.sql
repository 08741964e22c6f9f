-- model:   health_area
-- grain:   one row per sub_icb, la, valid_from: an authority while a health area stands for it
-- inputs:  ref.health_area
-- columns:
--   sub_icb      VARCHAR code, as OrgIDSubICBLocResidence has it
--   sub_icb_name VARCHAR name
--   la           VARCHAR ONS code of an authority
--   valid_from   DATE    first day; NULL when not bounded
--   valid_to     DATE    last day; NULL while it holds
-- checks:  unique(sub_icb, la, valid_from)
-- source:  lookup of health areas; the one that comes with the product is invented, a stand-in for your own
with
final as (
    select * from ref.health_area
)
select * from final
order by sub_icb, la, valid_from
