-- model:   ind_wel01
-- grain:   one row per measure, time_period, geographic_level, area_code, breakdown, category
-- inputs:  survey, population_year, area
-- columns:
--   indicator_id         VARCHAR WEL01
--   measure              VARCHAR low (0 to 4), medium (5 to 6), high (7 to 8), very_high (9 to 10)
--   time_period          VARCHAR collection year, four digits
--   time_identifier      VARCHAR Reporting year
--   geographic_level     VARCHAR National, Regional or Local authority
--   area_code            VARCHAR ONS code
--   area_name            VARCHAR name of the area
--   breakdown            VARCHAR total, sex, age_group or placement_type
--   category             VARCHAR Total, or the value of the breakdown
--   numerator            BIGINT  responses in the band
--   denominator          BIGINT  responses of children aged 8 and over with an answer, linked or not
--   value                DOUBLE  100 times numerator over denominator; NULL when denominator is 0
--   value_kind           VARCHAR percentage
--   unit                 VARCHAR what is counted
--   coverage_numerator   BIGINT  children looked after on 31 March and aged 8 to 17 with an answer in the year
--   coverage_denominator BIGINT  children looked after on 31 March and aged 8 to 17, in years with a survey
-- checks:  unique(measure, time_period, geographic_level, area_code, breakdown, category); denominator >= 0; numerator <= denominator; coverage_numerator <= coverage_denominator
-- source:  indicator catalogue, WEL01
with
band as (
    select unnest(['low', 'medium', 'high', 'very_high']) as measure
),
answer as (
    select year, la, sex, age_group, placement_type, life_satisfaction_band
    from survey
    where life_satisfaction is not null and form is distinct from 'care_leaver_16_25' and coalesce(age >= 8, true)
),
answered as (
    select distinct person_id, year from survey
    where life_satisfaction is not null and form is distinct from 'care_leaver_16_25'
),
fact as (
    select b.measure, a.year, a.la, a.sex, a.age_group, a.placement_type,
        (a.life_satisfaction_band = b.measure)::integer as numerator, 1 as denominator,
        0 as coverage_numerator, 0 as coverage_denominator
    from answer a
    cross join band b
    union all
    select b.measure, p.year, p.la, p.sex, p.age_group, p.placement_type, 0, 0, (a.person_id is not null)::integer, 1
    from population_year p
    cross join band b
    left join answered a on a.person_id = p.person_id and a.year = p.year
    where p.looked_after and p.age between 8 and 17 and p.year in (select year from survey)
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
        'WEL01' as indicator_id, measure, year::varchar as time_period, 'Reporting year' as time_identifier,
        geographic_level, area_code, area_name, b.breakdown as breakdown, b.category as category,
        sum(numerator)::bigint as numerator,
        sum(denominator)::bigint as denominator,
        case when sum(denominator) > 0 then 100 * sum(numerator) / sum(denominator) end as value,
        'percentage' as value_kind, 'survey response' as unit,
        sum(coverage_numerator)::bigint as coverage_numerator,
        sum(coverage_denominator)::bigint as coverage_denominator
    from cells
    group by all
)
select * from final
order by measure, time_period, geographic_level, area_code, breakdown, category
