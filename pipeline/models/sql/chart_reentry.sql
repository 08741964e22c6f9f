-- model:   chart_reentry
-- grain:   one row per way_out, months: return to care after the end of a period
-- inputs:  period_of_care, ref.run
-- columns:
--   way_out VARCHAR  way out of the period that ended
--   months  SMALLINT months since the end, 0 to 36; the curve stops where fewer than 10 are at risk
--   share   DOUBLE   share that came back by then, 0 to 1, by Kaplan and Meier
--   at_risk BIGINT   children out of care and in view
-- checks:  unique(way_out, months); share between 0 and 1; at_risk >= 10
-- source:  periods of care that ended by going home, to relatives or under an order, before the 17th birthday; coming back is the event, the end of the data censors
with
spell as (
    select p.way_out,
        coalesce(n.start_date, (select make_date(last_year::bigint, 4, 1) from ref.run)) - p.end_date as days,
        n.person_id is not null as back
    from period_of_care p
    left join period_of_care n on n.person_id = p.person_id and n.period_no = p.period_no + 1
    where p.way_out in ('home_planned', 'home_unplanned', 'relatives', 'residence_order', 'special_guardianship') and p.age_at_end < 17
),
seen as (
    select way_out, greatest(days, 1) as days, back from spell where days >= 0
),
day as (
    select way_out, days, count(*) as seen, count(*) filter (where back) as returns from seen group by all
),
risk as (
    select *, sum(seen) over (partition by way_out order by days desc) as at_risk from day
),
survival as (
    select *, sum(case when returns < at_risk then round(ln(1 - returns / at_risk), 12)::decimal(18, 12) end) over (
        partition by way_out order by days) as log_out
    from risk
),
month as (
    select m::smallint as months, round(m * 365.25 / 12)::integer as until from range(37) r(m)
),
grid as (
    select w.way_out, m.months, m.until, (select count(*) from seen s where s.way_out = w.way_out and s.days >= m.until) as at_risk
    from month m
    cross join (select distinct way_out from seen) w
),
final as (
    select g.way_out, g.months, round(1 - exp(coalesce(min(s.log_out) filter (where s.days <= g.until), 0)::double), 6) as share, g.at_risk
    from grid g
    left join survival s using (way_out)
    where g.at_risk >= 10
    group by g.way_out, g.months, g.at_risk
)
select * from final
order by way_out, months
