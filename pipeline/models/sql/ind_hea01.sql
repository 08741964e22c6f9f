-- model:   ind_hea01
-- grain:   one row per measure, time_period, geographic_level, area_code, breakdown, category
-- inputs:  population_year, oc2_year, area
-- columns:
--   indicator_id         VARCHAR HEA01
--   measure              VARCHAR health_assessment, teeth_check, immunisations, health_check (under 5)
--   time_period          VARCHAR collection year, four digits
--   time_identifier      VARCHAR Reporting year
--   geographic_level     VARCHAR National, Regional or Local authority
--   area_code            VARCHAR ONS code
--   area_name            VARCHAR name of the area
--   breakdown            VARCHAR total, sex, age_group or placement_type
--   category             VARCHAR Total, or the value of the breakdown
--   numerator            BIGINT  children for whom the answer is yes
--   denominator          BIGINT  children looked after for 12 months on 31 March; under 5 for health_check
--   value                DOUBLE  100 times numerator over denominator; NULL when denominator is 0
--   value_kind           VARCHAR percentage
--   unit                 VARCHAR what is counted
--   coverage_numerator   BIGINT  children for whom there is an answer
--   coverage_denominator BIGINT  as denominator
-- checks:  unique(measure, time_period, geographic_level, area_code, breakdown, category); denominator >= 0; numerator <= denominator; coverage_numerator <= coverage_denominator
-- source:  indicator catalogue, HEA01
with
item as (
    select unnest(['health_assessment', 'teeth_check', 'immunisations', 'health_check']) as measure
),
answer as (
    select i.measure, p.*,
        case i.measure when 'health_assessment' then o.HEALTH_ASSESSMENT
                       when 'teeth_check' then o.TEETH_CHECK
                       when 'immunisations' then o.IMMUNISATIONS
                       else o.HEALTH_CHECK end as flag
    from population_year p
    cross join item i
    left join oc2_year o using (person_id, year)
    where p.cla12 and (i.measure <> 'health_check' or p.age < 5)
),
fact as (
    select measure, year, la, sex, age_group, placement_type,
        coalesce(flag = 1, false)::integer as numerator, 1 as denominator,
        (flag is not null)::integer as coverage_numerator, 1 as coverage_denominator
    from answer
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
        'HEA01' as indicator_id, measure, year::varchar as time_period, 'Reporting year' as time_identifier,
        geographic_level, area_code, area_name, b.breakdown as breakdown, b.category as category,
        sum(numerator)::bigint as numerator,
        sum(denominator)::bigint as denominator,
        case when sum(denominator) > 0 then 100 * sum(numerator) / sum(denominator) end as value,
        'percentage' as value_kind, 'child' as unit,
        sum(coverage_numerator)::bigint as coverage_numerator,
        sum(coverage_denominator)::bigint as coverage_denominator
    from cells
    group by all
)
select * from final
order by measure, time_period, geographic_level, area_code, breakdown, category
