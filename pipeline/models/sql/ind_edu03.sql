-- model:   ind_edu03
-- grain:   one row per measure, time_period, geographic_level, area_code, breakdown, category
-- inputs:  population_year, child, school_year, area
-- columns:
--   indicator_id         VARCHAR EDU03
--   measure              VARCHAR overall (sessions), persistent and severe (pupils)
--   time_period          VARCHAR academic year as 202324
--   time_identifier      VARCHAR Academic year
--   geographic_level     VARCHAR National, Regional or Local authority
--   area_code            VARCHAR ONS code
--   area_name            VARCHAR name of the area
--   breakdown            VARCHAR total, sex, age_group or placement_type
--   category             VARCHAR Total, or the value of the breakdown
--   numerator            BIGINT  sessions missed; pupils who missed 10 per cent or more, 50 per cent or more, of their own possible sessions
--   denominator          BIGINT  sessions possible; pupils with possible sessions, looked after for 12 months on 31 March
--   value                DOUBLE  100 times numerator over denominator; NULL when denominator is 0
--   value_kind           VARCHAR percentage
--   unit                 VARCHAR what is counted
--   coverage_numerator   BIGINT  pupils of compulsory school age with possible sessions
--   coverage_denominator BIGINT  children looked after for 12 months on 31 March and of compulsory school age
-- checks:  unique(measure, time_period, geographic_level, area_code, breakdown, category); denominator >= 0; numerator <= denominator; coverage_numerator <= coverage_denominator
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
),
fact as (
    select i.measure, year, la, sex, age_group, placement_type,
        case when not known then 0 when i.measure = 'overall' then sessions_absent when i.measure = 'persistent' then persistent::integer else severe::integer end as numerator,
        case when not known then 0 when i.measure = 'overall' then sessions_possible else 1 end as denominator,
        (due and known)::integer as coverage_numerator, due::integer as coverage_denominator
    from pupil
    cross join item i
    where (due or known) and year in (select year from school_year)
),
counted as (
    select measure, year, la, sex, age_group, placement_type,
        sum(numerator) as numerator, sum(denominator) as denominator,
        sum(coverage_numerator) as coverage_numerator, sum(coverage_denominator) as coverage_denominator
    from fact
    group by all
),
cells as (
    select f.*, a.geographic_level, a.area_code, a.area_name,
        unnest([
            {'breakdown': 'total', 'category': 'Total'},
            {'breakdown': 'sex', 'category': f.sex},
            {'breakdown': 'age_group', 'category': f.age_group},
            {'breakdown': 'placement_type', 'category': f.placement_type}]) as b
    from counted f
    join area a using (la)
),
final as (
    select
        'EDU03' as indicator_id, measure, ((year - 1)::varchar || lpad((year % 100)::varchar, 2, '0')) as time_period, 'Academic year' as time_identifier,
        geographic_level, area_code, area_name, b.breakdown as breakdown, b.category as category,
        sum(numerator)::bigint as numerator,
        sum(denominator)::bigint as denominator,
        case when sum(denominator) > 0 then 100 * sum(numerator) / sum(denominator) end as value,
        'percentage' as value_kind, 'pupil' as unit,
        sum(coverage_numerator)::bigint as coverage_numerator,
        sum(coverage_denominator)::bigint as coverage_denominator
    from cells
    group by all
)
select * from final
order by measure, time_period, geographic_level, area_code, breakdown, category
