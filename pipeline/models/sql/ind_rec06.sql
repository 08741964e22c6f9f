-- model:   ind_rec06
-- grain:   a fact is a child with a score in the year and one due or given in an earlier year of the same period of care, and an outcome
-- inputs:  sdq_change
-- shape:   ratio
-- columns:
--   measure              VARCHAR improved (7 points or more lower than the first score), worsened (7 or more higher), no_reliable_change
--   numerator            BIGINT  children with this outcome
--   denominator          BIGINT  children with a score in the year and an earlier one in the same period of care
--   coverage_denominator BIGINT  children with a score due in the year and in an earlier one of the same period of care
-- checks:
-- source:  indicator catalogue, REC06. Children with a high first score improve more often by chance alone: beside REC05
with
outcome as (
    select unnest(['improved', 'no_reliable_change', 'worsened']) as measure
)
select o.measure, s.year, s.la, s.person_id,
    coalesce(s.reliable = o.measure, false)::integer as numerator, (s.change is not null)::integer as denominator,
    (s.change is not null)::integer as coverage_numerator, 1 as coverage_denominator,
    [{'breakdown': 'first_sdq_band', 'category': s.first_band}] as more
from sdq_change s
cross join outcome o
