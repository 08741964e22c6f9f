-- model:   ind_wel03
-- grain:   a fact is an answer, or a child who could have answered
-- inputs:  survey, survey_population
-- shape:   ratio
-- columns:
--   measure              VARCHAR always empty: one figure
--   numerator            BIGINT  responses that say that life is getting a bit or a lot better
--   denominator          BIGINT  responses of children with an answer, linked or not
--   coverage_numerator   BIGINT  children looked after on 31 March and aged 8 to 17 with an answer in the year
--   coverage_denominator BIGINT  children looked after on 31 March and aged 8 to 17, in years with a survey
-- checks:
-- source:  indicator catalogue, WEL03. The delivery has yes for both, and no for all other answers
with
answer as (
    select year, la, person_id, life_getting_better as better
    from survey
    where life_getting_better is not null and form is distinct from 'care_leaver_16_25'
),
answered as (
    select distinct person_id, year from answer
)
select '' as measure, year, la, person_id, better as numerator, 1 as denominator, 0 as coverage_numerator, 0 as coverage_denominator
from answer
union all
select '', p.year, p.la, p.person_id, 0, 0, (a.person_id is not null)::integer, 1
from survey_population p
left join answered a on a.person_id = p.person_id and a.year = p.year
