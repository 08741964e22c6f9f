-- model:   ind_wel04
-- grain:   a fact is an answer to an item, or a child who could have answered it
-- inputs:  survey, survey_population
-- shape:   ratio
-- columns:
--   measure              VARCHAR trust_carer, feel_safe_home, trusted_adult, know_why_in_care, included_in_decisions
--   numerator            BIGINT  responses with the most positive answer to the item
--   denominator          BIGINT  responses of children with an answer to the item, linked or not
--   coverage_numerator   BIGINT  children looked after on 31 March and aged 8 to 17 with an answer to the item in the year
--   coverage_denominator BIGINT  children looked after on 31 March and aged 8 to 17, in years with a survey
-- checks:
-- source:  indicator catalogue, WEL04. The delivery has yes for the most positive answer, and no for all others
with
item as (
    select unnest(['trust_carer', 'feel_safe_home', 'trusted_adult', 'know_why_in_care', 'included_in_decisions']) as measure
),
form as (
    select year, la, person_id, unnest([
        {'measure': 'trust_carer', 'yes': trust_carer}, {'measure': 'feel_safe_home', 'yes': feel_safe_home},
        {'measure': 'trusted_adult', 'yes': trusted_adult}, {'measure': 'know_why_in_care', 'yes': know_why_in_care},
        {'measure': 'included_in_decisions', 'yes': included_in_decisions}], recursive := true)
    from survey
    where form is distinct from 'care_leaver_16_25'
),
answer as materialized (
    select * from form where yes is not null
),
answered as (
    select distinct person_id, year, measure from answer
)
select measure, year, la, person_id, yes as numerator, 1 as denominator, 0 as coverage_numerator, 0 as coverage_denominator
from answer
union all
select i.measure, p.year, p.la, p.person_id, 0, 0, (a.person_id is not null)::integer, 1
from survey_population p
cross join item i
left join answered a on a.person_id = p.person_id and a.year = p.year and a.measure = i.measure
