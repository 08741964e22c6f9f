-- model:   ind_wel06
-- grain:   a fact is a child of an age to answer, looked after on 31 March
-- inputs:  survey_population
-- shape:   ratio
-- columns:
--   measure              VARCHAR responded
--   numerator            BIGINT  children who answered
--   denominator          BIGINT  children looked after on 31 March and aged 8 to 17 who were asked: where the survey was held they were 8 or older and in care on its middle day
--   coverage_numerator   BIGINT  as denominator
--   coverage_denominator BIGINT  children looked after on 31 March and aged 8 to 17, in years with a survey
-- checks:
-- source:  indicator catalogue, WEL06. The delivery names no census date: the middle day of an authority's answers stands for it. Answers that linkage gave to nobody aren't among those who answered
select 'responded' as measure, year, la, person_id, responded::integer as numerator, asked::integer as denominator,
    asked::integer as coverage_numerator, 1 as coverage_denominator
from survey_population
