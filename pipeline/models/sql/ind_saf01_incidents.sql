-- model:   ind_saf01_incidents
-- grain:   a fact is a child looked after in the year who was missing in it
-- inputs:  missing_year
-- shape:   mean
-- columns:
--   measure              VARCHAR incidents_per_missing_child
--   denominator          BIGINT  children with one or more spells missing in the year
--   value                DOUBLE  spells missing per such child
-- checks:
-- source:  indicator catalogue, SAF01
select 'incidents_per_missing_child' as measure, person_id, year, la, count(*) as amount
from missing_year
where kind = 'missing'
group by person_id, year, la
