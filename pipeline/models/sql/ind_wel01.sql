-- model:   ind_wel01
-- grain:   a fact is an answer, or a child who could have answered, and a band
-- inputs:  survey, survey_population
-- shape:   ratio
-- columns:
--   measure              VARCHAR low (0 to 4), medium (5 to 6), high (7 to 8), very_high (9 to 10)
--   numerator            BIGINT  responses in the band
--   denominator          BIGINT  responses of children aged 8 and over with an answer, linked or not
--   coverage_numerator   BIGINT  children looked after on 31 March and aged 8 to 17 with an answer in the year
--   coverage_denominator BIGINT  children looked after on 31 March and aged 8 to 17, in years with a survey
-- checks:
-- source:  indicator catalogue, WEL01
with
band as (
    select unnest(['low', 'medium', 'high', 'very_high']) as measure
),
answer as materialized (
    select year, la, person_id, life_satisfaction_band
    from survey
    where life_satisfaction is not null and form is distinct from 'care_leaver_16_25' and coalesce(age >= 8, true)
),
answered as (
    select distinct person_id, year from answer
)
select b.measure, a.year, a.la, a.person_id,
    (a.life_satisfaction_band = b.measure)::integer as numerator, 1 as denominator,
    0 as coverage_numerator, 0 as coverage_denominator
from answer a
cross join band b
union all
select b.measure, p.year, p.la, p.person_id, 0, 0, (a.person_id is not null)::integer, 1
from survey_population p
cross join band b
left join answered a on a.person_id = p.person_id and a.year = p.year
