-- model:   ind_wel05_kappa
-- grain:   a fact is a child aged 8 or over with an SDQ score
-- inputs:  sdq_survey
-- shape:   agreement
-- columns:
--   measure              VARCHAR kappa
--   denominator          BIGINT  children with both a score and an answer
--   value                DOUBLE  agreement beyond chance of a score of 17 or more and a life satisfaction of 4 or less
--   coverage_denominator BIGINT  children with a score, aged 8 and over, in years with an answer
-- checks:
-- source:  indicator catalogue, WEL05
select 'kappa' as measure, year, la, person_id, high_sdq as one, low_satisfaction as other
from sdq_survey
where year in (select year from sdq_survey where life_satisfaction is not null)
