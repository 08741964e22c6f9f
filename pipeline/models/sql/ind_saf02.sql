-- model:   ind_saf02
-- grain:   a fact is a child of 10 to 17 looked after for 12 months
-- inputs:  population_year, oc2_year
-- shape:   ratio
-- columns:
--   measure              VARCHAR always empty: one figure
--   numerator            BIGINT  children convicted, cautioned or the like in the year (CONVICTED is 1)
--   denominator          BIGINT  children of 10 to 17 on 31 March looked after for 12 months
--   coverage_numerator   BIGINT  of them, children of whom it is known
-- checks:
-- source:  indicator catalogue, SAF02
select '' as measure, p.person_id, p.year, p.la, coalesce(o.CONVICTED = 1, false)::integer as numerator,
    1 as denominator, (o.CONVICTED is not null)::integer as coverage_numerator
from population_year p
left join oc2_year o using (person_id, year)
where p.cla12 and p.age between 10 and 17
