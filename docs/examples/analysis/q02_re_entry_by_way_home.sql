-- Of children who went home, what share came back into care within 3, 6, 12 and 24 months, by whether the return was planned?
-- Tables: return_home (one row per person_id, period_no). Kaplan-Meier: those whose view ends count while they could be seen.
-- Mind: all years together. By year of the return home these are figures of HOM02 (indicator_cell, measure re_entry_12m and so on).
with
day as (
    select planned_or_not, greatest(days, 1) as day, count(*) as leave_view, count(re_entry) as come_back
    from return_home
    group by all
),
risk as (
    select *, sum(leave_view) over (partition by planned_or_not order by day desc) as at_risk from day
)
select
    planned_or_not,
    max(at_risk)::bigint as returns_home,
    months,
    coalesce(sum(come_back) filter (where day <= round(months * 365.25 / 12)), 0)::bigint as came_back,
    round(100 * (1 - coalesce(product(1 - come_back / at_risk) filter (where day <= round(months * 365.25 / 12)), 1)), 2) as re_entry_per_cent
from risk
cross join (select unnest([3, 6, 12, 24]) as months)
group by planned_or_not, months
order by planned_or_not, months;
