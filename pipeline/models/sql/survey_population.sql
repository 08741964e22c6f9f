-- model:   survey_population
-- grain:   one row per person_id, year: a child of an age to answer, looked after on 31 March of a year with a survey
-- inputs:  population_year, survey, sdq
-- columns:
--   person_id      VARCHAR  linked person
--   year           SMALLINT collection year
--   la             VARCHAR  authority responsible
--   held           BOOLEAN  that authority held the survey in the year, or another did in which the child answered
--   responded      BOOLEAN  there is an answered form that linkage gave to the child
--   age            SMALLINT completed years on 31 March, 8 to 17
--   sex            VARCHAR  male, female or unknown
--   placement_type VARCHAR  group of PLACE
--   SDQ_SCORE      INTEGER  of the year; NULL when there is none
--   days_in_care   INTEGER  since the start of the period of care on 31 March; NULL when it was not seen
-- checks:  unique(person_id, year); held or not responded
-- source:  indicator catalogue, WEL06. The delivery names no census date: 31 March stands for it. The form for care leavers is left out. Forms that linkage gave to nobody show as children who did not answer
with
answered as (
    select distinct person_id, year from survey where person_id is not null and form is distinct from 'care_leaver_16_25'
),
holder as (
    select distinct la, year from survey where form is distinct from 'care_leaver_16_25'
),
final as (
    select p.person_id, p.year, p.la,
        -- who moved to an authority without a survey may have answered before
        h.la is not null or a.person_id is not null as held,
        a.person_id is not null as responded,
        p.age, p.sex, p.placement_type, s.SDQ_SCORE,
        case when p.years_in_care is not null then make_date(p.year::bigint, 3, 31) - p.period_start end::integer as days_in_care
    from population_year p
    left join answered a on a.person_id = p.person_id and a.year = p.year
    left join holder h on h.la = p.la and h.year = p.year
    left join sdq s on s.person_id = p.person_id and s.year = p.year
    where p.looked_after and p.age between 8 and 17 and p.year in (select year from holder)
)
select * from final
order by person_id, year
