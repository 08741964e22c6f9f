-- model:   ind_wel05
-- grain:   a fact is a child aged 8 or over with an SDQ score, and a part of the two by two
-- inputs:  sdq_survey
-- shape:   ratio
-- columns:
--   measure              VARCHAR both, sdq_only, survey_only, neither, one_of_two: high is an SDQ score of 17 or more, low a life satisfaction of 4 or less
--   numerator            BIGINT  children in the part
--   denominator          BIGINT  children with both a score and an answer
--   coverage_denominator BIGINT  children with a score, aged 8 and over, in years with an answer
-- checks:
-- source:  indicator catalogue, WEL05
with
part as (
    select unnest([
        {'measure': 'both', 'parts': ['both']}, {'measure': 'sdq_only', 'parts': ['sdq_only']}, {'measure': 'survey_only', 'parts': ['survey_only']},
        {'measure': 'neither', 'parts': ['neither']}, {'measure': 'one_of_two', 'parts': ['sdq_only', 'survey_only']}], recursive := true)
),
scored as (
    select *,
        case when low_satisfaction is null then null when high_sdq and low_satisfaction then 'both' when high_sdq then 'sdq_only'
             when low_satisfaction then 'survey_only' else 'neither' end as part
    from sdq_survey
    where year in (select year from sdq_survey where life_satisfaction is not null)
)
select p.measure, c.year, c.la, c.person_id,
    coalesce(list_contains(p.parts, c.part), false)::integer as numerator, (c.part is not null)::integer as denominator,
    (c.part is not null)::integer as coverage_numerator, 1 as coverage_denominator
from scored c
cross join part p
