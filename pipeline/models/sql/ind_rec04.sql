-- model:   ind_rec04
-- grain:   one row per measure, time_period, geographic_level, area_code, breakdown, category
-- inputs:  sdq, population_year, area
-- columns:
--   indicator_id         VARCHAR REC04
--   measure              VARCHAR empty for the mean; lower_95 and upper_95 for its interval, where at least 2 children have a change
--   time_period          VARCHAR collection year, four digits
--   time_identifier      VARCHAR Reporting year
--   geographic_level     VARCHAR National, Regional or Local authority
--   area_code            VARCHAR ONS code
--   area_name            VARCHAR name of the area
--   breakdown            VARCHAR total, sex, age_group or placement_type
--   category             VARCHAR Total, or the value of the breakdown
--   numerator            BIGINT  sum of the last score less the first; NULL for the ends of the interval
--   denominator          BIGINT  children with a score in the year and an earlier one in the same period of care
--   value                DOUBLE  mean change, or an end of its 95 per cent interval; NULL when it can't be formed
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
    select s.year, p.la, p.sex, p.age_group, p.placement_type, s.change
    from due s
    join population_year p using (person_id, year)
    where s.change is not null or (s.eligible and s.first_due < s.year)
),
counted as (
    select year, la, sex, age_group, placement_type,
        coalesce(sum(change), 0) as total, coalesce(sum(change * change), 0) as squares, count(change) as n, count(*) as due
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
summed as (
    select year, geographic_level, area_code, area_name, b.breakdown as breakdown, b.category as category,
        sum(total)::bigint as total, sum(squares)::bigint as squares, sum(n)::bigint as n, sum(due)::bigint as due
    from cells
    group by all
),
measured as (
    select *, case when n > 0 then total / n end as mean,
        -- 1.96 standard errors, from integer sums
        case when n > 1 then 1.96 * sqrt(greatest(0, squares - total * total / n) / (n - 1) / n) end as half
    from summed
),
rows as (
    select '' as measure, *, total as numerator, mean as value from measured
    union all
    select 'lower_95', *, null, round(mean - half, 6) from measured where half is not null
    union all
    select 'upper_95', *, null, round(mean + half, 6) from measured where half is not null
),
final as (
    select 'REC04' as indicator_id, measure, year::varchar as time_period, 'Reporting year' as time_identifier,
        geographic_level, area_code, area_name, breakdown, category,
        numerator, n as denominator, value, 'mean' as value_kind, 'child with 2 or more scores' as unit,
        n as coverage_numerator, due as coverage_denominator
    from rows
)
select * from final
order by measure, time_period, geographic_level, area_code, breakdown, category
