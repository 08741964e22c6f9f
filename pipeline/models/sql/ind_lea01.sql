-- model:   ind_lea01
-- grain:   one row per measure, time_period, geographic_level, area_code, breakdown, category
-- inputs:  care_leaver_year, area
-- columns:
--   indicator_id         VARCHAR LEA01
--   measure              VARCHAR eet, neet and not_known, each for ages 17_18 and 19_21
--   time_period          VARCHAR collection year, four digits
--   time_identifier      VARCHAR Reporting year
--   geographic_level     VARCHAR National, Regional or Local authority
--   area_code            VARCHAR ONS code
--   area_name            VARCHAR name of the area
--   breakdown            VARCHAR total, sex, age_group or placement_type
--   category             VARCHAR Total, or the value of the breakdown
--   numerator            BIGINT  young people with the activity
--   denominator          BIGINT  young people of the age in the return, less those who died or returned home
--   value                DOUBLE  100 times numerator over denominator; NULL when denominator is 0
--   value_kind           VARCHAR percentage
--   unit                 VARCHAR what is counted
--   coverage_numerator   BIGINT  young people whose activity is known
--   coverage_denominator BIGINT  as denominator
-- checks:  unique(measure, time_period, geographic_level, area_code, breakdown, category); denominator >= 0; numerator <= denominator; coverage_numerator <= coverage_denominator
-- source:  indicator catalogue, LEA01. Those who refuse contact, need no services or are not in touch stay in
with
item as (
    select unnest(['eet', 'neet', 'not_known']) as activity
),
fact as (
    select i.activity || '_' || l.age_group as measure, l.year, l.la, l.sex, l.age_group, l.placement_type,
        (l.activity = i.activity)::integer as numerator, 1 as denominator,
        (l.activity <> 'not_known')::integer as coverage_numerator, 1 as coverage_denominator
    from care_leaver_year l
    cross join item i
    where l.in_base and l.age_group in ('17_18', '19_21')
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
        'LEA01' as indicator_id, measure, year::varchar as time_period, 'Reporting year' as time_identifier,
        geographic_level, area_code, area_name, b.breakdown as breakdown, b.category as category,
        sum(numerator)::bigint as numerator,
        sum(denominator)::bigint as denominator,
        case when sum(denominator) > 0 then 100 * sum(numerator) / sum(denominator) end as value,
        'percentage' as value_kind, 'care leaver' as unit,
        sum(coverage_numerator)::bigint as coverage_numerator,
        sum(coverage_denominator)::bigint as coverage_denominator
    from cells
    group by all
)
select * from final
order by measure, time_period, geographic_level, area_code, breakdown, category
