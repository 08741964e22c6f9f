-- model:   ind_wel02
-- grain:   a fact is an answer to an item, or a child who could have answered it, and a band
-- inputs:  survey, survey_population
-- shape:   ratio
-- columns:
--   measure              VARCHAR happy_ and worthwhile_ with low (0 to 4), medium (5 to 6), high (7 to 8), very_high (9 to 10); anxious_ with very_low (0 to 1), low (2 to 3), medium (4 to 5), high (6 to 10)
--   numerator            BIGINT  responses in the band
--   denominator          BIGINT  responses of children aged 8 and over with an answer to the item, linked or not
--   coverage_numerator   BIGINT  children looked after on 31 March and aged 8 to 17 with an answer to the item in the year
--   coverage_denominator BIGINT  children looked after on 31 March and aged 8 to 17, in years with a survey
-- checks:
-- source:  indicator catalogue, WEL02. Forms of children alone, as WEL01
with
band as (
    select unnest([
        {'item': 'happy', 'band': 'low', 'least': 0, 'most': 4}, {'item': 'happy', 'band': 'medium', 'least': 5, 'most': 6},
        {'item': 'happy', 'band': 'high', 'least': 7, 'most': 8}, {'item': 'happy', 'band': 'very_high', 'least': 9, 'most': 10},
        {'item': 'worthwhile', 'band': 'low', 'least': 0, 'most': 4}, {'item': 'worthwhile', 'band': 'medium', 'least': 5, 'most': 6},
        {'item': 'worthwhile', 'band': 'high', 'least': 7, 'most': 8}, {'item': 'worthwhile', 'band': 'very_high', 'least': 9, 'most': 10},
        {'item': 'anxious', 'band': 'very_low', 'least': 0, 'most': 1}, {'item': 'anxious', 'band': 'low', 'least': 2, 'most': 3},
        {'item': 'anxious', 'band': 'medium', 'least': 4, 'most': 5}, {'item': 'anxious', 'band': 'high', 'least': 6, 'most': 10}], recursive := true)
),
form as (
    select year, la, person_id, unnest([
        {'item': 'happy', 'answer': happy_yesterday}, {'item': 'worthwhile', 'answer': worthwhile}, {'item': 'anxious', 'answer': anxious_yesterday}],
        recursive := true)
    from survey
    where form is distinct from 'care_leaver_16_25' and coalesce(age >= 8, true)
),
answer as materialized (
    select * from form where answer is not null
),
answered as (
    select distinct person_id, year, item from answer
)
select b.item || '_' || b.band as measure, a.year, a.la, a.person_id,
    (a.answer between b.least and b.most)::integer as numerator, 1 as denominator,
    0 as coverage_numerator, 0 as coverage_denominator
from answer a
join band b using (item)
union all
select b.item || '_' || b.band, p.year, p.la, p.person_id, 0, 0, (a.person_id is not null)::integer, 1
from survey_population p
cross join band b
left join answered a on a.person_id = p.person_id and a.year = p.year and a.item = b.item
