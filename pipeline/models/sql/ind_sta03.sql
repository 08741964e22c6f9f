-- model:   ind_sta03
-- grain:   a fact is a child under 16 looked after continuously for two and a half years
-- inputs:  stability_year
-- shape:   ratio
-- columns:
--   measure              VARCHAR always empty: one figure
--   numerator            BIGINT  of them, children with the same carer for two years, or placed for adoption and for two years in that placement and the one just before it
--   denominator          BIGINT  children under 16 on 31 March, in one period of care for two and a half years, with a carer who is known
--   coverage_denominator BIGINT  the same, whether the carer is known or not
-- checks:
-- source:  indicator catalogue, STA03. No figure for a year without returns of the two years before
select '' as measure, person_id, year, la, coalesce(same_carer, false)::integer as numerator, (same_carer is not null)::integer as denominator,
    1 as coverage_denominator
from stability_year
where long_term
