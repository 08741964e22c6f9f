-- model:   authority
-- grain:   one row per ons_code: an authority while its code was in force
-- inputs:  ref.authority
-- columns:
--   old_la_code VARCHAR   3 digits
--   ons_code    VARCHAR   ONS code, 9 characters
--   la_name     VARCHAR   name
--   region_code VARCHAR   ONS code of the region
--   region_name VARCHAR   name of the region
--   valid_from  DATE      first day in force
--   valid_to    DATE      last day in force; NULL while it is
--   successors  VARCHAR[] ONS codes that followed
-- checks:  unique(ons_code)
-- source:  list of authorities with their successors
with
final as (
    select * from ref.authority
)
select * from final
order by ons_code
