-- model:   ind_saf01
-- grain:   a fact is a child looked after at any time in the year and a kind of spell, or a child's spells missing in the year
-- inputs:  population_year, missing_year
-- shape:   ratio
-- columns:
--   measure              VARCHAR missing, away (without authorisation, whereabouts known), ended_later_day
--   numerator            BIGINT  children with one or more spells in the year; of ended_later_day, spells missing that ended on a later day than they began
--   denominator          BIGINT  children looked after at any time in the year; of ended_later_day, spells missing
--   coverage_numerator   BIGINT  as denominator; of ended_later_day, children with such a spell, not spells, so that publishing can tell when few children are behind the share
--   coverage_denominator BIGINT  as denominator; of ended_later_day, children with a spell missing, one too that was open on the day it began when the return closed
-- checks:
-- source:  indicator catalogue, SAF01. How readily authorities report differs
with
kind as (
    select unnest(['missing', 'away']) as kind
)
select k.kind as measure, p.person_id, p.year, p.la, (m.person_id is not null)::integer as numerator, 1 as denominator,
    1 as coverage_numerator, 1 as coverage_denominator
from population_year p
cross join kind k
left join (select distinct person_id, year, kind from missing_year) m on m.person_id = p.person_id and m.year = p.year and m.kind = k.kind
where not p.respite_only
union all
select 'ended_later_day', person_id, year, la, count(*) filter (where later_day), count(later_day), (count(later_day) > 0)::integer, 1
from missing_year
where kind = 'missing'
group by person_id, year, la
