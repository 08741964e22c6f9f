-- model:   net_change
-- grain:   one row per measure, time_period, geographic_level, area_code, breakdown, category
-- inputs:  breakdown_year, area, ref.indicator
-- columns:
--   indicator_id         VARCHAR as in indicator_catalogue
--   measure              VARCHAR part of the indicator; empty when there is one figure
--   time_period          VARCHAR collection year, four digits
--   time_identifier      VARCHAR Reporting year
--   geographic_level     VARCHAR National, Regional or Local authority
--   area_code            VARCHAR ONS code
--   area_name            VARCHAR name of the area
--   breakdown            VARCHAR total, or what the unit is broken down by. Authorities have total, sex, age_group and uasc_status alone
--   category             VARCHAR Total, or the value of the breakdown
--   numerator            BIGINT  always NULL: the sum is no count
--   denominator          BIGINT  units for which an expectation could be formed
--   value                DOUBLE  mean of what came after less what was to be expected; NULL when none can be formed
--   lower                DOUBLE  value less 1.96 standard errors, from the spread within the group and the uncertainty of what was expected; NULL with fewer than 2 units
--   upper                DOUBLE  value and 1.96 standard errors
--   value_kind           VARCHAR net_change
--   unit                 VARCHAR what is counted
--   coverage_numerator   BIGINT  as denominator
--   coverage_denominator BIGINT  units with a before and an after
-- checks:  unique(measure, time_period, geographic_level, area_code, breakdown, category); denominator >= 0; lower <= upper or lower is null; coverage_numerator <= coverage_denominator
-- source:  indicator catalogue, conventions. Facts give measure, person_id, year, la, before and after (integers) and alike: units are compared with those alike. Expected is m2 + r (s2/s1)(x1 - m1), with means, deviations and correlation over all alike of all years, less the reporting group: the units of the same cell and year. A reference of fewer than 10 units, or without spread, gives none; more is a list of breakdowns of the indicator's own
with
@listed,
counted as materialized (
    select measure, year, la, alike, breakdown, category,
        count(*) as n, sum(x) as sx, sum(y) as sy, sum(x * x) as sxx, sum(x * y) as sxy, sum(y * y) as syy
    from (select *, before::bigint as x, after::bigint as y from listed)
    group by all
),
everybody as (
    select measure, alike, sum(n)::bigint as n, sum(sx)::bigint as sx, sum(sy)::bigint as sy, sum(sxx)::bigint as sxx, sum(sxy)::bigint as sxy, sum(syy)::bigint as syy
    from counted
    where breakdown = 'total'
    group by all
),
cell as (
    select c.measure, c.year, a.geographic_level, a.area_code, a.area_name, c.breakdown, c.category, c.alike,
        sum(c.n)::bigint as n, sum(c.sx)::bigint as sx, sum(c.sy)::bigint as sy, sum(c.sxx)::bigint as sxx, sum(c.sxy)::bigint as sxy, sum(c.syy)::bigint as syy
    from counted c
    join area a using (la)
    where a.geographic_level <> 'Local authority' or c.breakdown in ('total', 'sex', 'age_group', 'uasc_status')
    group by all
),
reference as (
    select c.*, e.n - c.n as rn, e.sx - c.sx as rsx, e.sy - c.sy as rsy, e.sxx - c.sxx as rsxx, e.sxy - c.sxy as rsxy, e.syy - c.syy as rsyy
    from cell c
    join everybody e using (measure, alike)
),
line as (
    -- r s2/s1 is the covariance over the variance of the first
    select *,
        case when rn >= 10 and rn * rsxx > rsx * rsx then (rn * rsxy - rsx * rsy) / (rn * rsxx - rsx * rsx) end as slope,
        rsx / nullif(rn, 0) as mean_x, rsy / nullif(rn, 0) as mean_y, rsxx - rsx * (rsx / nullif(rn, 0)) as spread_x
    from reference
),
net as (
    select *,
        (sy - n * mean_y - slope * (sx - n * mean_x))::decimal(18, 6) as beyond,
        -- the squares of what is beyond, summed over the units
        (syy - 2 * mean_y * sy + n * mean_y * mean_y - 2 * slope * (sxy - mean_x * sy - mean_y * sx + n * mean_x * mean_y)
            + slope * slope * (sxx - 2 * mean_x * sx + n * mean_x * mean_x))::decimal(24, 6) as squares,
        -- variance of the sum that comes from the line
        case when slope is not null
             then greatest(0, rsyy - rsy * mean_y - slope * slope * spread_x) / (rn - 2)
                * (n * n / rn + (sx - n * mean_x) * (sx - n * mean_x) / spread_x) end::decimal(24, 6) as from_line
    from line
),
summed as (
    select measure, year, geographic_level, area_code, area_name, breakdown, category,
        sum(beyond)::double as beyond, sum(squares)::double as squares, sum(from_line)::double as from_line,
        coalesce(sum(n) filter (where beyond is not null), 0)::bigint as used, sum(n)::bigint as n
    from net
    group by all
),
measured as (
    select *,
        case when used > 1 then sqrt(greatest(0, squares - beyond * beyond / used) / (used - 1) / used + from_line / used / used) end as standard_error
    from summed
),
final as (
    select $indicator as indicator_id, m.measure, m.year::varchar as time_period, i.time_identifier,
        m.geographic_level, m.area_code, m.area_name, m.breakdown, m.category,
        null::bigint as numerator, m.used as denominator,
        case when m.used > 0 then round(m.beyond / m.used, 6) end as value,
        case when m.used > 1 then round(m.beyond / m.used - 1.959964 * m.standard_error, 6) end as lower,
        case when m.used > 1 then round(m.beyond / m.used + 1.959964 * m.standard_error, 6) end as upper,
        'net_change' as value_kind, i.unit, m.used as coverage_numerator, m.n as coverage_denominator
    from measured m
    join ref.indicator i on i.indicator_id = $indicator
)
select * from final
order by measure, time_period, geographic_level, area_code, breakdown, category
