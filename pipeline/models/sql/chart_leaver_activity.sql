-- model:   chart_leaver_activity
-- grain:   one row per year, age, activity
-- inputs:  care_leaver_year
-- columns:
--   year     SMALLINT collection year
--   age      SMALLINT completed years on 31 March, 17 to 21
--   activity VARCHAR  eet, neet or not_known
--   n        BIGINT   care leavers in the base
-- checks:  unique(year, age, activity)
-- source:  indicator catalogue, LEA01
with
final as (
    select year, age, activity, count(*) as n from care_leaver_year where in_base and age between 17 and 21 group by all
)
select * from final
order by year, age, activity
