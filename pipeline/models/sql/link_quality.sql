-- model:   link_quality
-- grain:   one row per section, item, subgroup: a figure about the linkage
-- inputs:  spine.link_quality
-- columns:
--   section  VARCHAR part of the linkage report
--   item     VARCHAR what was measured
--   subgroup VARCHAR of whom; empty for all
--   value    DOUBLE  the figure
--   note     VARCHAR what to know about it
-- checks:  section is not null
-- source:  linkage
with
final as (
    select * from spine.link_quality
)
select * from final
order by section, item, subgroup, value, note
