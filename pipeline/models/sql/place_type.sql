-- model:   place_type
-- grain:   one row per PLACE code
-- inputs:  ref.code
-- columns:
--   PLACE          VARCHAR placement code
--   placement_type VARCHAR group used in breakdowns; foster care is divided by whether the carer is a relative or friend
--   temporary      BOOLEAN T0 to T4: a stay away that is no placement of its own
--   foster         BOOLEAN U1 to U6
-- checks:  unique(PLACE)
-- source:  code set PLACE
with
final as (
    select
        code as PLACE,
        case when code_group = 'foster' and kin = 'yes' then 'foster_relative'
             when code_group = 'foster' then 'foster_other'
             else replace(replace(code_group, ' ', '_'), '-', '_') end as placement_type,
        code_group = 'temporary' as temporary,
        code_group = 'foster' as foster
    from ref.code
    where code_set = 'PLACE'
)
select * from final
order by PLACE
