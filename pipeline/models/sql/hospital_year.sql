-- model:   hospital_year
-- grain:   one row per person_id, year in which a child of the returns was admitted or came to an emergency department
-- inputs:  admission, ed_attendance
-- columns:
--   person_id             VARCHAR  linked person; who has a hospital record is linked_hospital of child
--   year                  SMALLINT collection year
--   admissions            SMALLINT stays that began in it
--   emergency_admissions  SMALLINT of them, emergencies
--   self_harm_admissions  SMALLINT of these, for self-harm
--   injury_admissions     SMALLINT of these, for other injury
--   nights                INTEGER  nights of the stays
--   attendances           SMALLINT arrivals at emergency departments
--   first_attendances     SMALLINT of them, first attendances
--   self_harm_attendances SMALLINT of these, after self-harm
-- checks:  unique(person_id, year); emergency_admissions <= admissions; first_attendances <= attendances
-- source:  Hospital Episode Statistics
with
stays as (
    select person_id, year,
        count(*) as admissions,
        count(*) filter (where emergency) as emergencies,
        count(*) filter (where emergency and cause_group = 'self_harm') as self_harm,
        count(*) filter (where emergency and cause_group = 'other_injury') as injury,
        sum(nights) as nights
    from admission group by person_id, year
),
arrivals as (
    select person_id, year,
        count(*) as attendances,
        count(*) filter (where first) as firsts,
        count(*) filter (where first and reason = 'self_harm') as self_harm
    from ed_attendance group by person_id, year
),
final as (
    select
        coalesce(s.person_id, a.person_id) as person_id,
        coalesce(s.year, a.year) as year,
        coalesce(s.admissions, 0)::smallint as admissions,
        coalesce(s.emergencies, 0)::smallint as emergency_admissions,
        coalesce(s.self_harm, 0)::smallint as self_harm_admissions,
        coalesce(s.injury, 0)::smallint as injury_admissions,
        coalesce(s.nights, 0)::integer as nights,
        coalesce(a.attendances, 0)::smallint as attendances,
        coalesce(a.firsts, 0)::smallint as first_attendances,
        coalesce(a.self_harm, 0)::smallint as self_harm_attendances
    from stays s
    full join arrivals a on a.person_id = s.person_id and a.year = s.year
)
select * from final
order by person_id, year
