-- model:   ind_rec05
-- grain:   a fact is a child with a score in the year and an earlier one in the same period of care
-- inputs:  sdq_change, population_year
-- shape:   net_change
-- columns:
--   measure              VARCHAR always empty: one figure
--   denominator          BIGINT  children of REC04 for whom an expectation could be formed
--   value                DOUBLE  mean of the score less the expected one; NULL when none can be formed
--   coverage_denominator BIGINT  children of REC04
-- checks:
-- source:  indicator catalogue, REC05. Compared are children of the same age group and years since the first score, of all years
select '' as measure, s.year, s.la, s.person_id, s.first_score as before, s.SDQ_SCORE as after,
    concat_ws('/', p.age_group, s.years_between) as alike,
    [{'breakdown': 'first_sdq_band', 'category': s.first_band}] as more
from sdq_change s
join population_year p using (person_id, year)
where s.change is not null
