-- model:   ind_sta06
-- grain:   a fact is a review of a child of 4 or over
-- inputs:  review
-- shape:   ratio
-- columns:
--   measure              VARCHAR always empty: one figure
--   numerator            BIGINT  of them, reviews at which the child's views were heard
--   denominator          BIGINT  reviews with a code that tells how the child took part
--   coverage_denominator BIGINT  reviews
-- checks:
-- source:  indicator catalogue, STA06
select '' as measure, person_id, year, la, coalesce(voice, false)::integer as numerator, (voice is not null)::integer as denominator,
    1 as coverage_denominator
from review
where year is not null and age_4
