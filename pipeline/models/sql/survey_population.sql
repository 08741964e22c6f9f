-- model:   survey_population
-- grain:   one row per person_id, year: a child of an age to answer, looked after on 31 March of a year with a survey
-- inputs:  population_year, child, survey, sdq
-- columns:
--   person_id      VARCHAR  linked person
--   year           SMALLINT collection year
--   la             VARCHAR  authority responsible
--   asked          BOOLEAN  that authority held the survey in the year, and on the middle day of its answers the child was 8 or older and in this period of care
--   responded      BOOLEAN  was asked, and there is an answered form that linkage gave to the child
--   age            SMALLINT completed years on 31 March, 8 to 17
--   sex            VARCHAR  male, female or unknown
--   placement_type VARCHAR  group of PLACE
--   SDQ_SCORE      INTEGER  of the year; NULL when there is none
--   days_in_care   INTEGER  since the start of the period of care on 31 March; NULL when it was not seen
-- checks:  unique(person_id, year); asked or not responded
-- source:  indicator catalogue, WEL06. The delivery names no census date: the middle day of an authority's answers stands for it. Forms for care leavers are left out. Forms that linkage gave to nobody show as children who did not answer
with
answered as (
    select distinct person_id, year from survey where person_id is not null and form is distinct from 'care_leaver_16_25'
),
holder as (
    select la, year, quantile_disc(survey_date, 0.5) as census_day from survey where form is distinct from 'care_leaver_16_25' group by la, year
),
due as (
    select p.*, a.person_id is not null as answered,
        coalesce(p.period_start <= h.census_day
            and year(h.census_day) - c.birth_year - (c.birth_month > month(h.census_day))::integer >= 8, false) as asked
    from population_year p
    join child c on c.person_id = p.person_id
    left join answered a on a.person_id = p.person_id and a.year = p.year
    left join holder h on h.la = p.la and h.year = p.year
    where p.looked_after and p.age between 8 and 17 and p.year in (select year from holder)
),
final as (
    select d.person_id, d.year, d.la, d.asked, d.asked and d.answered as responded,
        d.age, d.sex, d.placement_type, s.SDQ_SCORE,
        case when d.years_in_care is not null then make_date(d.year::bigint, 3, 31) - d.period_start end::integer as days_in_care
    from due d
    left join sdq s on s.person_id = d.person_id and s.year = d.year
)
select * from final
order by person_id, year
