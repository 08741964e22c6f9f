-- model:   ind_sta01
-- grain:   a fact is a child looked after on 31 March
-- inputs:  population_year
-- shape:   ratio
-- columns:
--   measure              VARCHAR always empty: one figure
--   numerator            BIGINT  of them, children with 3 or more placements with any day in the year
--   denominator          BIGINT  children looked after on 31 March
--   coverage_numerator   BIGINT  of them, children whose placement is known
-- checks:
-- source:  indicator catalogue, STA01
select '' as measure, person_id, year, la, (placements >= 3)::integer as numerator, 1 as denominator,
    (placement_type <> 'unknown')::integer as coverage_numerator
from population_year
where looked_after
