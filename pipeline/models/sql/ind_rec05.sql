-- model:   ind_rec05
-- grain:   one row per measure, time_period, geographic_level, area_code, breakdown, category
-- inputs:  sdq, population_year, area
-- columns:
--   indicator_id         VARCHAR REC05
--   measure              VARCHAR always empty: one figure
--   time_period          VARCHAR collection year, four digits
--   time_identifier      VARCHAR Reporting year
--   geographic_level     VARCHAR National, Regional or Local authority
--   area_code            VARCHAR ONS code
--   area_name            VARCHAR name of the area
--   breakdown            VARCHAR total, sex, age_group or placement_type
--   category             VARCHAR Total, or the value of the breakdown
--   numerator            BIGINT  always NULL: the sum is no count
--   denominator          BIGINT  children of REC04 for whom an expectation could be formed
--   value                DOUBLE  mean of the follow-up score less the expected one; NULL when none can be formed
--   lower                DOUBLE  always NULL
--   upper                DOUBLE  always NULL
--   value_kind           VARCHAR net_change
--   unit                 VARCHAR what is counted
--   coverage_numerator   BIGINT  as denominator
--   coverage_denominator BIGINT  children with a change
-- checks:  unique(measure, time_period, geographic_level, area_code, breakdown, category); denominator >= 0; coverage_numerator <= coverage_denominator
-- source:  indicator catalogue, REC05. Expected is m2 + r (s2/s1)(x1 - m1), with means, deviations and correlation over all paired children of all years of the same age group and gap, less the reporting group: the children of the same cell and year. A reference of fewer than 10 children, or without spread, gives none
with
pairs as (
    select s.year, p.la, p.sex, p.age_group, p.placement_type, s.years_between as gap, s.first_score::bigint as x, s.SDQ_SCORE::bigint as y
    from sdq s
    join population_year p using (person_id, year)
    where s.change is not null
),
counted as (
    select year, la, sex, age_group, placement_type, gap,
        count(*) as n, sum(x) as sx, sum(y) as sy, sum(x * x) as sxx, sum(x * y) as sxy
    from pairs
    group by all
),
everybody as (
    select age_group as band, gap, sum(n)::bigint as n, sum(sx)::bigint as sx, sum(sy)::bigint as sy, sum(sxx)::bigint as sxx, sum(sxy)::bigint as sxy
    from counted
    group by all
),
cells as (
    select f.*, f.age_group as band, a.geographic_level, a.area_code, a.area_name,
        unnest([
            {'breakdown': 'total', 'category': 'Total'},
            {'breakdown': 'sex', 'category': f.sex},
            {'breakdown': 'age_group', 'category': f.age_group},
            {'breakdown': 'placement_type', 'category': f.placement_type}]) as b
    from counted f
    join area a using (la)
),
grouped as (
    select year, geographic_level, area_code, area_name, b.breakdown as breakdown, b.category as category, band, gap,
        sum(n)::bigint as n, sum(sx)::bigint as sx, sum(sy)::bigint as sy, sum(sxx)::bigint as sxx, sum(sxy)::bigint as sxy
    from cells
    group by all
),
reference as (
    select g.*, e.n - g.n as rn, e.sx - g.sx as rsx, e.sy - g.sy as rsy, e.sxx - g.sxx as rsxx, e.sxy - g.sxy as rsxy
    from grouped g
    join everybody e using (band, gap)
),
net as (
    select *,
        -- r s2/s1 is the covariance over the variance of the first score
        case when rn >= 10 and rn * rsxx > rsx * rsx
             then (sy - n * (rsy / rn) - (rn * rsxy - rsx * rsy) / (rn * rsxx - rsx * rsx) * (sx - n * (rsx / rn)))::decimal(18, 6) end as beyond
    from reference
),
summed as (
    select year, geographic_level, area_code, area_name, breakdown, category,
        sum(beyond) as beyond, coalesce(sum(n) filter (where beyond is not null), 0)::bigint as used, sum(n)::bigint as n
    from net
    group by all
),
final as (
    select 'REC05' as indicator_id, '' as measure, year::varchar as time_period, 'Reporting year' as time_identifier,
        geographic_level, area_code, area_name, breakdown, category,
        null::bigint as numerator, used as denominator,
        case when used > 0 then round(beyond::double / used, 6) end as value,
        null::double as lower, null::double as upper, 'net_change' as value_kind, 'child with 2 or more scores' as unit,
        used as coverage_numerator, n as coverage_denominator
    from summed
)
select * from final
order by measure, time_period, geographic_level, area_code, breakdown, category
