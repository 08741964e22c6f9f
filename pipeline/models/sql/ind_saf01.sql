-- model:   ind_saf01
-- grain:   a fact is a child looked after at any time in the year and a kind of spell, or a spell
-- inputs:  population_year, missing_year
-- shape:   ratio
-- columns:
--   measure              VARCHAR missing, away (without authorisation, whereabouts known), ended_later_day
--   numerator            BIGINT  children with one or more spells in the year; of ended_later_day, spells missing that ended on a later day than they began
--   denominator          BIGINT  children looked after at any time in the year; of ended_later_day, spells missing
--   coverage_numerator   BIGINT  as denominator
--   coverage_denominator BIGINT  as denominator, and of ended_later_day spells too that were open on the day they began when the return closed
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
select 'ended_later_day', person_id, year, la, coalesce(later_day, false)::integer, (later_day is not null)::integer, (later_day is not null)::integer, 1
from missing_year
where kind = 'missing'
