-- model:   ind_edu03
-- grain:   a fact is a pupil and a measure
-- inputs:  population_year, child, school_year
-- shape:   ratio
-- columns:
--   measure              VARCHAR overall (sessions), persistent and severe (pupils)
--   numerator            BIGINT  sessions missed; pupils who missed 10 per cent or more, 50 per cent or more, of their own possible sessions
--   denominator          BIGINT  sessions possible; pupils with possible sessions, looked after for 12 months on 31 March
--   coverage_numerator   BIGINT  pupils of compulsory school age with possible sessions
--   coverage_denominator BIGINT  children looked after for 12 months on 31 March and of compulsory school age
-- checks:
-- source:  indicator catalogue, EDU03
with
item as (
    select unnest(['overall', 'persistent', 'severe']) as measure
),
pupil as (
    select p.*, s.sessions_possible, s.sessions_absent, s.persistent, s.severe,
        coalesce(s.sessions_possible > 0, false) as known,
        -- of compulsory school age on 31 August, when the academic year began
        p.year - 1 - c.birth_year - (c.birth_month > 8)::integer between 5 and 15 as due
    from population_year p
    join child c using (person_id)
    left join school_year s using (person_id, year)
    where p.cla12
)
select i.measure, year, la, person_id,
    case when not known then 0 when i.measure = 'overall' then sessions_absent when i.measure = 'persistent' then persistent::integer else severe::integer end as numerator,
    case when not known then 0 when i.measure = 'overall' then sessions_possible else 1 end as denominator,
    (due and known)::integer as coverage_numerator, due::integer as coverage_denominator
from pupil
cross join item i
where (due or known) and year in (select year from school_year)
