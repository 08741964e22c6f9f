-- model:   ind_edu03
-- grain:   a fact is a pupil in a group that is compared, and a measure
-- inputs:  pupil_comparison, pupil_year
-- shape:   ratio
-- columns:
--   measure              VARCHAR overall (sessions), persistent and severe (pupils), each for cla12 (looked after for 12 months on 31 March), cppo, cino and all
--   numerator            BIGINT  sessions missed; pupils who missed 10 per cent or more, 50 per cent or more, of their own possible sessions
--   denominator          BIGINT  sessions possible; pupils with possible sessions
--   coverage_numerator   BIGINT  pupils of compulsory school age with possible sessions
--   coverage_denominator BIGINT  pupils of the group of compulsory school age; of those whose age no return tells, only who has a school record
-- checks:
-- source:  indicator catalogue, EDU03. Sessions are summed over schools and terms before a rate is taken. The three groups are told by type of school too
with
item as (
    select unnest(['overall', 'persistent', 'severe']) as measure
),
pupil as (
    select g.person_id, g.year, g.comparison, g.la, y.sessions_possible, y.sessions_absent, y.persistent, y.severe,
        coalesce(y.sessions_possible > 0, false) as known,
        coalesce(g.school_age, y.person_id is not null) as due,
        case when g.comparison <> 'all' then [{'breakdown': 'school_type', 'category': coalesce(y.school_phase, 'unknown')}] end as more
    from pupil_comparison g
    left join pupil_year y on y.person_id = g.person_id and y.year = g.year
)
select i.measure || '_' || p.comparison as measure, p.person_id, p.year, p.la,
    case when not known then 0 when i.measure = 'overall' then sessions_absent when i.measure = 'persistent' then persistent::integer else severe::integer end as numerator,
    case when not known then 0 when i.measure = 'overall' then sessions_possible else 1 end as denominator,
    (due and known)::integer as coverage_numerator, due::integer as coverage_denominator,
    p.more
from pupil p
cross join item i
where (due or known) and p.year in (select year from pupil_year where sessions_possible > 0)
