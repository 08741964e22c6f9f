-- model:   ind_rec01
-- grain:   a fact is an eligible child
-- inputs:  sdq, population_year
-- shape:   ratio
-- columns:
--   measure              VARCHAR always empty: one figure
--   numerator            BIGINT  eligible children with a score
--   denominator          BIGINT  children aged 5 to 16 on 31 March and looked after for 12 months
--   coverage_numerator   BIGINT  as numerator
-- checks:
-- source:  indicator catalogue, REC01
select '' as measure, s.year, p.la, p.person_id,
    (s.SDQ_SCORE is not null)::integer as numerator, 1 as denominator,
    (s.SDQ_SCORE is not null)::integer as coverage_numerator, 1 as coverage_denominator
from sdq s
join population_year p using (person_id, year)
where s.eligible
