-- model:   ind_sta07
-- grain:   a fact is a child with a day in care in the year
-- inputs:  stability_year
-- shape:   rate
-- columns:
--   measure              VARCHAR always empty: one figure
--   numerator            BIGINT  placement moves in the year
--   denominator          BIGINT  days looked after in the year
--   coverage_numerator   BIGINT  children with a day in care
--   coverage_denominator BIGINT  the same
-- checks:
-- source:  indicator catalogue, STA07
select '' as measure, person_id, year, la, moves as numerator, days as denominator, 1 as coverage_numerator, 1 as coverage_denominator
from stability_year
