-- model:   chart_exits_incidence
-- grain:   one row per months, way_out: cumulative incidence of the ways out of the first period of care
-- inputs:  care_exit
-- columns:
--   cohort    VARCHAR  total: all cohorts whose start was seen
--   months    SMALLINT months since the start, 0 to 60; the curve stops where fewer than 10 are at risk
--   way_out   VARCHAR  way out of care
--   incidence DOUBLE   share that left this way by then, 0 to 1, by Aalen and Johansen
--   at_risk   BIGINT   children still in care and in view
-- checks:  unique(cohort, months, way_out); incidence between 0 and 1; at_risk >= 10
-- source:  indicator catalogue, HOM01
with
day as (
    select days, count(*) as seen, count(way_out) as exits from care_exit group by days
),
risk as (
    select *, sum(seen) over (order by days desc) as at_risk from day
),
survival as (
    select *, exp(coalesce(sum(case when exits < at_risk then round(ln(1 - exits / at_risk), 12)::decimal(18, 12) end) over (
        order by days rows between unbounded preceding and 1 preceding), 0)::double) as before
    from risk
),
rise as (
    select t.way_out, t.days, (s.before * t.exits / s.at_risk)::decimal(18, 12) as rise
    from (select way_out, days, count(*) as exits from care_exit where way_out is not null group by all) t
    join survival s using (days)
),
month as (
    select m::smallint as months, round(m * 365.25 / 12)::integer as until from range(61) r(m)
),
grid as (
    select m.months, m.until, w.way_out, (select count(*) from care_exit c where c.days >= m.until) as at_risk
    from month m
    cross join (select distinct way_out from care_exit where way_out is not null) w
),
final as (
    select 'total' as cohort, g.months, g.way_out,
        round(coalesce(sum(r.rise) filter (where r.days <= g.until), 0)::double, 6) as incidence,
        g.at_risk
    from grid g
    left join rise r using (way_out)
    where g.at_risk >= 10
    group by g.months, g.way_out, g.at_risk
)
select * from final
order by cohort, months, way_out
