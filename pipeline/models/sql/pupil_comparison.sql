-- model:   pupil_comparison
-- grain:   one row per person_id, year, comparison: a pupil in a group whose school figures are compared, in an academic year
-- inputs:  social_care_group, pupil_year, population_year, child, stg_npd_census, ref.authority
-- columns:
--   person_id  VARCHAR  linked person
--   year       SMALLINT calendar year in which the academic year ends
--   comparison VARCHAR  cla12, cppo or cino, as in social_care_group; all for everybody with a school record of the year, those included
--   la         VARCHAR  authority responsible; of the group all, where none is, the authority of the returns or of the school; NULL when none is known
--   age        SMALLINT completed years on 31 August, when the academic year began, to the month; NULL when no return tells the birth
--   school_age BOOLEAN  of compulsory school age on that day: 5 to 15; NULL when the age is not known
-- checks:  unique(person_id, year, comparison)
-- source:  indicator catalogue, EDU01 to EDU04
with
school as (
    select person_id, (AcademicYear // 100 + 1)::smallint as year,
        arg_min(left(LAEstab, 3), (case census_term when 'SPR' then 1 when 'AUT' then 2 else 3 end, EntryDate is null, EntryDate, LAEstab)) as old_la_code
    from (select s.* from stg_npd_census s semi join (select la, year, max("load") as "load" from stg_npd_census group by la, year) l on l.la = s.la and l.year = s.year and l."load" = s."load")
    where person_id is not null and AcademicYear is not null and LAEstab is not null and EnrolStatus is distinct from 'S'
    group by all
),
school_la as (
    select s.person_id, s.year, min(a.ons_code) as la
    from school s
    join ref.authority a on a.old_la_code = s.old_la_code and make_date(s.year::bigint, 3, 31) between coalesce(a.valid_from, date '1900-01-01') and coalesce(a.valid_to, date '9999-12-31')
    group by s.person_id, s.year
),
member as (
    select person_id, year, case social_care_group when 'CLA_12_months' then 'cla12' else lower(social_care_group) end as comparison, la
    from social_care_group
    union all
    select p.person_id, p.year, 'all', coalesce(p.la, y.la, s.la)
    from pupil_year p
    left join population_year y on y.person_id = p.person_id and y.year = p.year
    left join school_la s on s.person_id = p.person_id and s.year = p.year
),
final as (
    select m.person_id, m.year, m.comparison, m.la,
        (m.year - 1 - c.birth_year - (c.birth_month > 8)::integer)::smallint as age,
        m.year - 1 - c.birth_year - (c.birth_month > 8)::integer between 5 and 15 as school_age
    from member m
    left join child c on c.person_id = m.person_id
)
select * from final
order by person_id, year, comparison
