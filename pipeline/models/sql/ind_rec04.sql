-- model:   ind_rec04
-- grain:   a fact is a child with a score in the year and one due or given in an earlier year of the same period of care
-- inputs:  sdq_change
-- shape:   mean
-- columns:
--   measure              VARCHAR always empty: one figure
--   denominator          BIGINT  children with a score in the year and an earlier one in the same period of care
--   value                DOUBLE  mean of the score less the first one
--   coverage_denominator BIGINT  children with a score due in the year and in an earlier one of the same period of care
-- checks:
-- source:  indicator catalogue, REC04. Groups chosen for a high first score fall by chance alone: never without REC05
select '' as measure, year, la, person_id, change as amount,
    [{'breakdown': 'first_sdq_band', 'category': first_band},
     {'breakdown': 'years_between', 'category': case when years_between >= 5 then '5_plus' else years_between::varchar end}] as more
from sdq_change
