-- model:   ind_rec07
-- grain:   a fact is a child whose first score in this period of care was of concern, with a later score given or due in the year
-- inputs:  sdq_change
-- shape:   ratio
-- columns:
--   measure              VARCHAR always empty: one figure
--   numerator            BIGINT  of them, children with a score of 13 or less in the year, 7 points or more below the first
--   denominator          BIGINT  children with a first score of 17 or more and a later score in the year
--   coverage_denominator BIGINT  children with a first score of 17 or more and a later score given or due in the year
-- checks:
-- source:  indicator catalogue, REC07. The year's score is the latest as the year stands. Some would recover by regression to the mean alone: beside REC05
select '' as measure, year, la, person_id,
    coalesce(recovered, false)::integer as numerator, (change is not null)::integer as denominator,
    (change is not null)::integer as coverage_numerator, 1 as coverage_denominator
from sdq_change
where first_band = 'concern'
