-- model:   ind_wel06
-- grain:   a fact is a child of an age to answer, looked after on 31 March
-- inputs:  survey_population
-- shape:   ratio
-- columns:
--   measure              VARCHAR responded
--   numerator            BIGINT  children who answered
--   denominator          BIGINT  children looked after on 31 March and aged 8 to 17 in authorities that held the survey in the year
--   coverage_numerator   BIGINT  as denominator
--   coverage_denominator BIGINT  children looked after on 31 March and aged 8 to 17, in years with a survey
-- checks:
-- source:  indicator catalogue, WEL06. Answers that linkage gave to nobody aren't among those who answered
select 'responded' as measure, year, la, person_id, responded::integer as numerator, held::integer as denominator,
    held::integer as coverage_numerator, 1 as coverage_denominator
from survey_population
