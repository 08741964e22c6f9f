-- model:   ind_edu04
-- grain:   a fact is a pupil in a group that is compared, and a measure
-- inputs:  pupil_comparison, pupil_year
-- shape:   ratio
-- columns:
--   measure              VARCHAR suspended and excluded (permanently), each for cla12 (looked after for 12 months on 31 March), cppo, cino and all
--   numerator            BIGINT  pupils with one or more suspensions; pupils permanently excluded
--   denominator          BIGINT  pupils of the group who were at a school: a census entry, possible sessions, a suspension or an exclusion
--   coverage_numerator   BIGINT  of compulsory school age and at a school
--   coverage_denominator BIGINT  pupils of the group of compulsory school age; of those whose age no return tells, only who has a school record
-- checks:
-- source:  indicator catalogue, EDU04. A pupil counts once however many suspensions there were. There is no figure for years without any
with
item as (
    select unnest(['suspended', 'excluded']) as measure
),
pupil as (
    select g.person_id, g.year, g.comparison, g.la, y.suspensions, y.excluded,
        coalesce(y.schools > 0 or y.sessions_possible > 0 or y.suspensions > 0 or y.excluded, false) as known,
        coalesce(g.school_age, y.person_id is not null) as due
    from pupil_comparison g
    left join pupil_year y on y.person_id = g.person_id and y.year = g.year
)
select i.measure || '_' || p.comparison as measure, p.person_id, p.year, p.la,
    case when not known then 0 when i.measure = 'suspended' then (suspensions > 0)::integer else excluded::integer end as numerator,
    known::integer as denominator,
    (due and known)::integer as coverage_numerator, due::integer as coverage_denominator
from pupil p
cross join item i
where (due or known) and p.year in (select year from pupil_year where suspensions > 0 or excluded)
