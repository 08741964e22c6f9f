-- model:   chart_wellbeing_sdq
-- grain:   one row per high_sdq, low_satisfaction
-- inputs:  sdq_survey
-- columns:
--   high_sdq         BOOLEAN SDQ score of 17 or more
--   low_satisfaction BOOLEAN life satisfaction of 4 or less
--   n                BIGINT  children and years with both, over all years
-- checks:  unique(high_sdq, low_satisfaction)
-- source:  indicator catalogue, WEL05
with
final as (
    select high_sdq, low_satisfaction, count(*) as n from sdq_survey where life_satisfaction is not null group by all
)
select * from final
order by high_sdq, low_satisfaction
