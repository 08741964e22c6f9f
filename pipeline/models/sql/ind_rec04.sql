-- model:   ind_rec04
-- grain:   one row per measure, time_period, geographic_level, area_code, breakdown, category
-- inputs:  sdq, population_year, area
-- columns:
--   indicator_id         VARCHAR REC04
--   measure              VARCHAR always empty: one figure
--   time_period          VARCHAR collection year, four digits
--   time_identifier      VARCHAR Reporting year
--   geographic_level     VARCHAR National, Regional or Local authority
--   area_code            VARCHAR ONS code
--   area_name            VARCHAR name of the area
--   breakdown            VARCHAR total, sex, age_group or placement_type
--   category             VARCHAR Total, or the value of the breakdown
--   numerator            BIGINT  sum of the last score less the first
--   denominator          BIGINT  children with a score in the year and an earlier one in the same period of care
--   value                DOUBLE  numerator over denominator; NULL when denominator is 0
--   value_kind           VARCHAR mean
--   unit                 VARCHAR what is counted
--   coverage_numerator   BIGINT  as denominator
--   coverage_denominator BIGINT  children with a score due in the year and in an earlier one of the same period of care
-- checks:  unique(measure, time_period, geographic_level, area_code, breakdown, category); denominator >= 0; coverage_numerator <= coverage_denominator
-- source:  indicator catalogue, REC04. Groups chosen for a high first score fall by chance alone: never without REC05
with
due as (
    select *, min(year) filter (where eligible) over (partition by person_id, period_no) as first_due
    from sdq
    where period_no is not null
),
fact as (
    select '' as measure, s.year, p.la, p.sex, p.age_group, p.placement_type,
        coalesce(s.change, 0) as numerator,
        (s.change is not null)::integer as denominator,
        (s.change is not null)::integer as coverage_numerator, 1 as coverage_denominator
    from due s
    join population_year p using (person_id, year)
    where s.change is not null or (s.eligible and s.first_due < s.year)
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
        'REC04' as indicator_id, measure, year::varchar as time_period, 'Reporting year' as time_identifier,
        geographic_level, area_code, area_name, b.breakdown as breakdown, b.category as category,
        sum(numerator)::bigint as numerator,
        sum(denominator)::bigint as denominator,
        case when sum(denominator) > 0 then sum(numerator) / sum(denominator) end as value,
        'mean' as value_kind, 'child with 2 or more scores' as unit,
        sum(coverage_numerator)::bigint as coverage_numerator,
        sum(coverage_denominator)::bigint as coverage_denominator
    from cells
    group by all
)
select * from final
order by measure, time_period, geographic_level, area_code, breakdown, category
