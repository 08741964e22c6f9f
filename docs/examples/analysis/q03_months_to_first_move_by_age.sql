-- How many months after entry do children first move to another placement, by age at entry?
-- Tables: period_of_care and its first two placements. The first move is the event; leaving care before it competes, the last return censors.
-- Mind: the share is a cumulative incidence (Aalen-Johansen), so who leaves care unmoved is not treated as if still there to move. Only first
-- periods of care whose start was seen.
with
entry as (
    select p.person_id, p.period_no,
        case when p.age_at_start < 1 then 'under 1' when p.age_at_start < 5 then '1 to 4' when p.age_at_start < 10 then '5 to 9'
             when p.age_at_start < 16 then '10 to 15' else '16 and over' end as age_at_entry,
        m.move_date is not null as moved,
        p.end_date is not null and p.way_out <> 'lost' as left_care,
        coalesce(m.move_date - p.start_date, p.days) as day
    from period_of_care p
    left join placement_move m on m.person_id = p.person_id and m.period_no = p.period_no and m.move_no = 1
    where p.period_no = 1 and p.RNE = 'S' and p.age_at_start is not null
),
day as (
    select age_at_entry, day, count(*) as n, count(*) filter (where moved) as moves, count(*) filter (where moved or left_care) as ends
    from entry
    group by all
),
risk as (
    select *, sum(n) over (partition by age_at_entry order by day desc) as at_risk from day
),
still as (
    select *, coalesce(product(1 - ends / at_risk) over (partition by age_at_entry order by day rows between unbounded preceding and 1 preceding), 1) as neither
    from risk
),
curve as (
    select *, sum(neither * moves / at_risk) over (partition by age_at_entry order by day) as moved from still
)
select
    age_at_entry,
    max(at_risk)::bigint as entries,
    round(100 * coalesce(max(moved) filter (where day <= 91), 0), 1) as moved_3_months,
    round(100 * coalesce(max(moved) filter (where day <= 183), 0), 1) as moved_6_months,
    round(100 * coalesce(max(moved) filter (where day <= 365), 0), 1) as moved_12_months,
    round(100 * coalesce(max(moved) filter (where day <= 731), 0), 1) as moved_24_months,
    round(min(day) filter (where moved >= 0.25) * 12 / 365.25, 1) as months_until_a_quarter_moved
from curve
group by age_at_entry
order by array_position(['under 1', '1 to 4', '5 to 9', '10 to 15', '16 and over'], age_at_entry);
