-- model:   ind_rec03
-- grain:   a fact is an eligible child and a band
-- inputs:  sdq
-- shape:   ratio
-- columns:
--   measure              VARCHAR normal (0 to 13), borderline (14 to 16), concern (17 to 40)
--   numerator            BIGINT  children with a score in the band
--   denominator          BIGINT  eligible children with a score
--   coverage_denominator BIGINT  eligible children
-- checks:
-- source:  indicator catalogue, REC03
with
band as (
    select unnest(['normal', 'borderline', 'concern']) as measure
)
select b.measure, s.year, s.la, s.person_id,
    coalesce(s.band = b.measure, false)::integer as numerator,
    (s.SDQ_SCORE is not null)::integer as denominator,
    (s.SDQ_SCORE is not null)::integer as coverage_numerator, 1 as coverage_denominator
from sdq s
cross join band b
where s.eligible
