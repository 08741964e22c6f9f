-- model:   chart_leaver_activity
-- grain:   one row per year, age, activity
-- inputs:  research.chart_leaver_activity
-- columns:
--   year     INTEGER collection year, that ends on 31 March of it
--   age      INTEGER (years) completed on 31 March
--   activity VARCHAR eet in education, employment or training; neet not; not_known
--   n        BIGINT  (care leavers) to the nearest 10
--   share    INTEGER (per cent) of care leavers of that age and year, rounded half up from unrounded counts; NULL when symbol says why
--   symbol   VARCHAR c hidden, k more than 0 but rounds to 0, z nobody to count; NULL when everything is shown
-- checks:  unique(year, age, activity)
-- source:  return of looked-after children (SSDA903)
with counted as (
    select cast(year as integer) as year, cast(age as integer) as age, cast(activity as varchar) as activity, n,
        sum(n) over (partition by year, age) as total
    from research.chart_leaver_activity
), final as (
    select year, age, activity, rounded(n) as n, share(n, total) as share, share_symbol(n, total) as symbol from counted
)
select * from final
order by year, age, activity
