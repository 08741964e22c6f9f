-- model:   ind_sta02
-- grain:   a fact is a child looked after continuously for the two years to 31 March
-- inputs:  stability_year, population_year
-- shape:   ratio
-- columns:
--   measure              VARCHAR always empty: one figure
--   numerator            BIGINT  of them, children with 3 or more placements with any day in the two years
--   denominator          BIGINT  children in one period of care from 1 April two years before to 31 March
--   coverage_numerator   BIGINT  of them, children whose placement is known
-- checks:
-- source:  indicator catalogue, STA02. No figure for a year without a return of the year before
select '' as measure, s.person_id, s.year, s.la, (s.placements_two_years >= 3)::integer as numerator, 1 as denominator,
    (p.placement_type <> 'unknown')::integer as coverage_numerator
from stability_year s
join population_year p using (person_id, year)
where s.two_years
