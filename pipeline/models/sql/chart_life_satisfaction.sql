-- model:   chart_life_satisfaction
-- grain:   one row per year, band
-- inputs:  survey
-- columns:
--   year SMALLINT collection year
--   band VARCHAR  low, medium, high or very_high
--   n    BIGINT   responses of children, care leavers left out
-- checks:  unique(year, band)
-- source:  indicator catalogue, WEL01
with
final as (
    select year, life_satisfaction_band as band, count(*) as n
    from survey
    where life_satisfaction is not null and form is distinct from 'care_leaver_16_25'
    group by all
)
select * from final
order by year, band
