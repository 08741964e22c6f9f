-- model:   ind_rec09
-- grain:   one row per measure, time_period, geographic_level, area_code, breakdown, category
-- inputs:  high_sdq, area
-- columns:
--   indicator_id         VARCHAR REC09
--   measure              VARCHAR always empty: one figure
--   time_period          VARCHAR collection year, four digits
--   time_identifier      VARCHAR Reporting year
--   geographic_level     VARCHAR National, Regional or Local authority
--   area_code            VARCHAR ONS code
--   area_name            VARCHAR name of the area
--   breakdown            VARCHAR total, sex, age_group or placement_type
--   category             VARCHAR Total, or the value of the breakdown
--   numerator            BIGINT  of them, children with an attended contact or an open referral between 1 April before and 30 September after the score
--   denominator          BIGINT  children with a score of 17 or more who are linked to a health record
--   value                DOUBLE  100 times numerator over denominator; NULL when denominator is 0
--   value_kind           VARCHAR percentage
--   unit                 VARCHAR what is counted
--   coverage_numerator   BIGINT  as denominator
--   coverage_denominator BIGINT  children with a score of 17 or more
-- checks:  unique(measure, time_period, geographic_level, area_code, breakdown, category); denominator >= 0; numerator <= denominator; coverage_numerator <= coverage_denominator
-- source:  indicator catalogue, REC09. The last year is cut short where deliveries end before 30 September
with
fact as (
    select '' as measure, year, la, sex, age_group, placement_type,
        (linked and (contact or open_referral))::integer as numerator, linked::integer as denominator,
        linked::integer as coverage_numerator, 1 as coverage_denominator
    from high_sdq
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
        'REC09' as indicator_id, measure, year::varchar as time_period, 'Reporting year' as time_identifier,
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
