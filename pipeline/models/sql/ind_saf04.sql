-- model:   ind_saf04
-- grain:   a fact is a child looked after on 31 March
-- inputs:  placed_on_31_march
-- shape:   ratio
-- columns:
--   measure              VARCHAR always empty: one figure
--   numerator            BIGINT  of them, children placed more than 20 miles from home and outside the authority
--   denominator          BIGINT  children looked after on 31 March, those of unknown distance included as the published figure has it
--   coverage_numerator   BIGINT  of them, children of whom the distance is known
-- checks:
-- source:  indicator catalogue, SAF04. Distance is a straight line from the home that the child came from
select '' as measure, person_id, year, la, coalesce(PL_DISTANCE_BAND = 'over_20_miles' and PL_LOCATION = 'OUT', false)::integer as numerator, 1 as denominator,
    (PL_DISTANCE_BAND is not null)::integer as coverage_numerator
from placed_on_31_march
