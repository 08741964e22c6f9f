-- model:   ind_wel05
-- grain:   one row per measure, time_period, geographic_level, area_code, breakdown, category
-- inputs:  sdq_survey, area
-- columns:
--   indicator_id         VARCHAR WEL05
--   measure              VARCHAR both, sdq_only, survey_only, neither, one_of_two, kappa: high is an SDQ score of 17 or more, low a life satisfaction of 4 or less
--   time_period          VARCHAR collection year, four digits
--   time_identifier      VARCHAR Reporting year
--   geographic_level     VARCHAR National, Regional or Local authority
--   area_code            VARCHAR ONS code
--   area_name            VARCHAR name of the area
--   breakdown            VARCHAR total, sex, age_group or placement_type
--   category             VARCHAR Total, or the value of the breakdown
--   numerator            BIGINT  children in the part of the two by two; NULL for kappa
--   denominator          BIGINT  children with both a score and an answer
--   value                DOUBLE  100 times numerator over denominator, or agreement beyond chance; NULL when it can't be formed
--   lower                DOUBLE  always NULL
--   upper                DOUBLE  always NULL
--   value_kind           VARCHAR percentage or kappa
--   unit                 VARCHAR what is counted
--   coverage_numerator   BIGINT  as denominator
--   coverage_denominator BIGINT  children with a score, aged 8 and over
-- checks:  unique(measure, time_period, geographic_level, area_code, breakdown, category); denominator >= 0; numerator is null or numerator <= denominator; coverage_numerator <= coverage_denominator
-- source:  indicator catalogue, WEL05
with
counted as (
    select year, la, sex, age_group, placement_type,
        count(*) as scored, count(life_satisfaction) as n,
        count(*) filter (where high_sdq and low_satisfaction) as both_high,
        count(*) filter (where high_sdq and not low_satisfaction) as sdq_only,
        count(*) filter (where not high_sdq and low_satisfaction) as survey_only,
        count(*) filter (where not high_sdq and not low_satisfaction) as neither
    from sdq_survey
    where year in (select year from sdq_survey where life_satisfaction is not null)
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
summed as (
    select year, geographic_level, area_code, area_name, b.breakdown as breakdown, b.category as category,
        sum(scored)::bigint as scored, sum(n)::bigint as n, sum(both_high)::bigint as p, sum(sdq_only)::bigint as q,
        sum(survey_only)::bigint as r, sum(neither)::bigint as s
    from cells
    group by all
),
chance as (
    select *, (p + q) * (p + r) + (r + s) * (q + s) as expected from summed
),
rows as (
    select *, unnest([
        {'measure': 'both', 'part': p}, {'measure': 'sdq_only', 'part': q}, {'measure': 'survey_only', 'part': r},
        {'measure': 'neither', 'part': s}, {'measure': 'one_of_two', 'part': q + r}, {'measure': 'kappa', 'part': null}]) as m
    from chance
),
final as (
    select 'WEL05' as indicator_id, m.measure as measure, year::varchar as time_period, 'Reporting year' as time_identifier,
        geographic_level, area_code, area_name, breakdown, category,
        m.part as numerator, n as denominator,
        case when m.measure = 'kappa' then case when n * n > expected then round((n * (p + s) - expected) / (n * n - expected), 6) end
             when n > 0 then 100 * m.part / n end as value,
        null::double as lower, null::double as upper, case when m.measure = 'kappa' then 'kappa' else 'percentage' end as value_kind,
        'child with both' as unit,
        n as coverage_numerator, scored as coverage_denominator
    from rows
)
select * from final
order by measure, time_period, geographic_level, area_code, breakdown, category
