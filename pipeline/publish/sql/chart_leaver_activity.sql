-- model:   chart_leaver_activity
-- grain:   one row per year, age, status
-- inputs:  research.chart_leaver_activity
-- columns:
--   year   INTEGER collection year, that ends on 31 March of it
--   age    INTEGER completed years in the year
--   status VARCHAR eet in education, employment or training; neet not; unknown
--   n      BIGINT  (children) to the nearest 10
--   share  INTEGER (per cent) of the year's children, rounded half up from unrounded counts; NULL when symbol says why
--   symbol VARCHAR c hidden, k more than 0 but rounds to 0, z nobody to count; NULL when everything is shown
-- checks:  unique(year, age, status)
-- source:  return of looked-after children (SSDA903)
with counted as (
    select cast(year as integer) as year, cast(age as integer) as age, cast(status as varchar) as status, n,
        sum(n) over (partition by year, age) as total
    from research.chart_leaver_activity
), final as (
    select year, age, status, rounded(n) as n, share(n, total) as share, share_symbol(n, total) as symbol from counted
)
select * from final
order by year, age, status
