-- model:   return_home
-- grain:   one row per person_id, period_no: a period of care that ended with the return home of a child under 17
-- inputs:  period_of_care, placement, child, ref.year
-- columns:
--   person_id         VARCHAR  linked person
--   period_no         INTEGER  period of care that ended
--   year              SMALLINT collection year of the return home
--   la                VARCHAR  authority at the end
--   planned_or_not    VARCHAR  planned (REC E4A) or unplanned (E4B)
--   home_date         DATE     DEC, the first day at home
--   age_at_exit       SMALLINT completed years on that day
--   time_in_care_band VARCHAR  under_6_months, 6_12_months, 1_2_years, 2_5_years or 5_plus_years in the period; unknown when its start was not seen
--   placement_type    VARCHAR  group of the last placement
--   re_entry          DATE     first day of the next period of care, in any authority; NULL when none was seen before the 18th birthday
--   days              INTEGER  days at home to re_entry, or to the end of what can be seen
--   adult_from        DATE     day after the month of the 18th birthday; NULL when the month of birth is not known
-- checks:  unique(person_id, period_no); age_at_exit < 17; days >= 0
-- source:  indicator catalogue, HOM02. View ends with the last return, and with the month of the 18th birthday: of the birthday only the month is known, and so no re-entry before it is lost. A next period that
--          doesn't begin with RNE S ends the view too: how the child came back is not known
with
last_placement as (
    select person_id, period_no, arg_max(placement_type, placement_no) as placement_type from placement group by person_id, period_no
),
exits as (
    select p.*, c.birth_year, c.birth_month,
        lead(p.start_date) over person as next_start, lead(p.RNE) over person as next_RNE, lead(p.age_at_start) over person as next_age,
        (last_day(make_date(c.birth_year::bigint + 18, c.birth_month::bigint, 1)) + 1)::date as adult_from
    from period_of_care p
    join child c using (person_id)
    window person as (partition by p.person_id order by p.period_no)
),
seen as (
    select
        e.*, y.year, l.placement_type,
        -- the day of birth is gone: without the age that came with DEC, the birthday is the last day of its month
        coalesce(e.age_at_end, year(e.end_date) - e.birth_year - (month(e.end_date) <= e.birth_month)::integer)::smallint as age,
        e.next_RNE = 'S' and e.next_start < coalesce(e.adult_from, date '9999-12-31') and coalesce(e.next_age < 18, true) as back,
        least((select max(last_day) + 1 from ref.year), e.next_start, e.adult_from) as view_ends
    from exits e
    join ref.year y on e.end_date between y.first_day and y.last_day
    left join last_placement l using (person_id, period_no)
    where e.way_out in ('home_planned', 'home_unplanned')
),
final as (
    select
        person_id, period_no, year, la_last as la, case way_out when 'home_planned' then 'planned' else 'unplanned' end as planned_or_not,
        end_date as home_date, age as age_at_exit,
        case when RNE is distinct from 'S' then 'unknown'
             when start_date > end_date - interval 6 month then 'under_6_months'
             when start_date > end_date - interval 12 month then '6_12_months'
             when start_date > end_date - interval 24 month then '1_2_years'
             when start_date > end_date - interval 60 month then '2_5_years'
             else '5_plus_years' end as time_in_care_band,
        coalesce(placement_type, 'unknown') as placement_type,
        case when back then next_start end as re_entry,
        (view_ends - end_date)::integer as days,
        adult_from
    from seen
    where age < 17
)
select * from final
order by person_id, period_no
