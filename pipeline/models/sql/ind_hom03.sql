-- model:   ind_hom03
-- grain:   a fact is a child who started a period of care in the year and a kind of permanence
-- inputs:  previous_permanence
-- shape:   ratio
-- columns:
--   measure              VARCHAR any, adoption, special_guardianship, child_arrangements
--   numerator            BIGINT  children who had left care, or lived, under this kind of permanence before
--   denominator          BIGINT  children who started a period of care
--   coverage_numerator   BIGINT  of them, children of whom it is known
-- checks:
-- source:  indicator catalogue, HOM03. PREV_PERM P4, a blank and no row are not known
with
kind as (
    select unnest(['any', 'adoption', 'special_guardianship', 'child_arrangements']) as measure
)
select k.measure, p.person_id, p.year, p.la,
    coalesce(if(k.measure = 'any', p.permanence <> 'none', p.permanence = k.measure), false)::integer as numerator,
    1 as denominator, (p.permanence is not null)::integer as coverage_numerator
from previous_permanence p
cross join kind k
