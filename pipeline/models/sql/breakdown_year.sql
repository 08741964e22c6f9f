-- model:   breakdown_year
-- grain:   one row per person_id, year: the groups that a person counts in when figures are broken down
-- inputs:  population_year, care_leaver_year, period_of_care, child, school_year, ref.code, ref.year
-- columns:
--   person_id          VARCHAR  linked person
--   year               SMALLINT collection year
--   sex                VARCHAR  male, female or unknown
--   age_group          VARCHAR  under_1, 1_4, 5_9, 10_15, 16_plus or unknown, on 31 March
--   uasc_status        VARCHAR  uasc or not_uasc: unaccompanied asylum-seeking in some return
--   ethnicity_major    VARCHAR  group of ETHNIC
--   category_of_need   VARCHAR  CIN of the period of care, or unknown
--   legal_status       VARCHAR  group of LS: care_order, adoption_order, voluntary, respite, protection, youth_justice or unknown
--   placement_type     VARCHAR  group of PLACE, or unknown
--   placement_provider VARCHAR  PLACE_PROVIDER, PR0 to PR5, or unknown
--   time_in_care_band  VARCHAR  under_6_months, 6_12_months, 1_2_years, 2_5_years, 5_plus_years or unknown, on 31 March; where the start was not seen, unknown until 5 years were
--   entry_age_band     VARCHAR  age_group on the first day of the last period of care of the year; unknown where that day was not seen
--   sen_provision      VARCHAR  none, support or plan in the school year under way, or unknown
-- checks:  unique(person_id, year)
-- source:  indicator catalogue, standard breakdowns. Who is in none of these tables counts in totals only
with
entered as (
    -- a start that was not seen lies before period_start: who was there for less than 5 years may have been so for longer
    select person_id, year, sex, age_group, uasc, ethnicity_group, CIN, LS, placement_type, PLACE_PROVIDER, age,
        case when years_in_care is not null or period_start <= (make_date(year::bigint, 3, 31) - interval 60 month) then period_start end as period_start,
        make_date(year::bigint, 3, 31) as day
    from population_year
    union all
    select l.person_id, l.year, l.sex, '16_plus', c.uasc, c.ethnicity_group, null, null, l.placement_type, null, l.age, null, null
    from care_leaver_year l
    join child c using (person_id)
    anti join population_year p on p.person_id = l.person_id and p.year = l.year
),
last_period as (
    select p.person_id, y.year, arg_max(case when p.RNE = 'S' then coalesce(p.age_at_start, -1) else -1 end, p.period_no) as age_at_start
    from period_of_care p
    join ref.year y on p.start_date <= y.last_day and (p.end_date is null or p.end_date >= y.first_day)
    group by p.person_id, y.year
),
final as (
    select e.person_id, e.year, e.sex, e.age_group,
        case when e.uasc then 'uasc' else 'not_uasc' end as uasc_status,
        e.ethnicity_group as ethnicity_major,
        coalesce(e.CIN, 'unknown') as category_of_need,
        coalesce(replace(k.code_group, ' ', '_'), 'unknown') as legal_status,
        e.placement_type,
        coalesce(e.PLACE_PROVIDER, 'unknown') as placement_provider,
        case when e.period_start is null then 'unknown'
             when e.period_start > (e.day - interval 6 month) then 'under_6_months'
             when e.period_start > (e.day - interval 12 month) then '6_12_months'
             when e.period_start > (e.day - interval 24 month) then '1_2_years'
             when e.period_start > (e.day - interval 60 month) then '2_5_years'
             else '5_plus_years' end as time_in_care_band,
        case when coalesce(q.age_at_start, -1) < 0 then 'unknown' when q.age_at_start < 1 then 'under_1' when q.age_at_start < 5 then '1_4'
             when q.age_at_start < 10 then '5_9' when q.age_at_start < 16 then '10_15' else '16_plus' end as entry_age_band,
        coalesce(s.sen, 'unknown') as sen_provision
    from entered e
    left join last_period q on q.person_id = e.person_id and q.year = e.year
    left join ref.code k on k.code_set = 'LS' and k.code = e.LS
    left join school_year s on s.person_id = e.person_id and s.year = e.year
)
select * from final
order by person_id, year
