-- model:   way_out
-- grain:   one row per REC code
-- inputs:  ref.code
-- columns:
--   REC     VARCHAR reason for the end of an episode
--   way_out VARCHAR home_planned, home_unplanned, adoption, special_guardianship, residence_order, relatives, aged_out, other; lost for an end that a repair made; NULL where care goes on. E8 counts as aged_out from the 18th birthday
-- checks:  unique(REC)
-- source:  indicator catalogue, HOM01; code set REC
with
final as (
    select
        code as REC,
        case when leaves_care = 'no' then null
             when code = 'E4A' then 'home_planned'
             when code = 'E4B' then 'home_unplanned'
             when code_group = 'adoption' then 'adoption'
             when code_group = 'sgo' then 'special_guardianship'
             when code_group = 'order' then 'residence_order'
             when code_group = 'relatives' then 'relatives'
             when code_group in ('independence', 'adult') then 'aged_out'
             when code_group = 'synthetic' then 'lost'
             else 'other' end as way_out
    from ref.code
    where code_set = 'REC'
)
select * from final
order by REC
