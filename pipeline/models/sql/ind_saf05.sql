-- model:   ind_saf05
-- grain:   a fact is a child looked after on 31 March and a kind of living
-- inputs:  placed_on_31_march
-- shape:   ratio
-- columns:
--   measure              VARCHAR restricted (secure children's home, or under a deprivation of liberty order), unregulated (placements that are not all inspected)
--   numerator            BIGINT  children living so
--   denominator          BIGINT  children looked after on 31 March
--   coverage_numerator   BIGINT  of them, children whose placement is known
-- checks:
-- source:  indicator catalogue, SAF05; code set UNREGULATED has the placements by year. Orders are known from the return of 2027
with
kind as (
    select unnest(['restricted', 'unregulated']) as measure
)
select k.measure, p.person_id, p.year, p.la, if(k.measure = 'restricted', p.secure or p.deprived, p.unregulated)::integer as numerator, 1 as denominator,
    (p.PLACE is not null)::integer as coverage_numerator
from placed_on_31_march p
cross join kind k
