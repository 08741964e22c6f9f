-- model:   difference
-- grain:   one row per measure, time_period, geographic_level, area_code, breakdown, category
-- inputs:  breakdown_year, area, ref.indicator
-- columns:
--   indicator_id         VARCHAR as in indicator_catalogue
--   measure              VARCHAR part of the indicator; empty when there is one figure
--   time_period          VARCHAR collection year, four digits
--   time_identifier      VARCHAR Reporting year
--   geographic_level     VARCHAR National or Regional
--   area_code            VARCHAR ONS code
--   area_name            VARCHAR name of the area
--   breakdown            VARCHAR total, uasc_status, or the indicator's own
--   category             VARCHAR Total, or the value of the breakdown
--   numerator            BIGINT  units in the group whose amount is known
--   denominator          BIGINT  all units whose amount is known
--   value                DOUBLE  mean of the group less mean of all, in standard deviations of all; NULL without a unit in the group or without spread
--   lower                DOUBLE  value less 1.96 standard errors of drawing the group by lot; one above 0 or an upper below 0 is a group that chance seldom gives
--   upper                DOUBLE  value and 1.96 standard errors
--   value_kind           VARCHAR difference
--   unit                 VARCHAR what is counted
--   coverage_numerator   BIGINT  as denominator
--   coverage_denominator BIGINT  all units
-- checks:  unique(measure, time_period, geographic_level, area_code, breakdown, category); numerator between 0 and denominator; lower <= upper or lower is null; coverage_numerator <= coverage_denominator
-- source:  indicator catalogue, conventions. Facts give measure, person_id, year, la, within (in the group) and amount (an integer, NULL when not known); more is a list of breakdowns of the indicator's own
with
counted as materialized (
    select f.measure, f.year, f.la, b.uasc_status, f.more, count(*) as units, count(f.amount) as n,
        sum(f.amount::bigint) as total, sum(f.amount::bigint * f.amount::bigint) as squares,
        count(f.amount) filter (where f.within) as n_within, sum(f.amount::bigint) filter (where f.within) as total_within
    from fact f
    left join breakdown_year b on b.person_id = f.person_id and b.year = f.year
    group by all
),
listed as (
    select *, 'total' as breakdown, 'Total' as category from counted
    union all select *, 'uasc_status', uasc_status from counted
    union all select * exclude (own), own.breakdown, own.category from (select *, unnest(more) as own from counted where more is not null)
),
summed as (
    select c.measure, c.year, a.geographic_level, a.area_code, a.area_name, c.breakdown, c.category,
        sum(c.units)::bigint as units, sum(c.n)::bigint as n, sum(c.total)::double as total, sum(c.squares)::double as squares,
        sum(c.n_within)::bigint as n_within, sum(c.total_within)::double as total_within
    from listed c
    join area a using (la)
    -- who is in no group counts in totals only; in an authority a difference would tell how few have a trait
    where c.category is not null and a.geographic_level <> 'Local authority'
    group by all
),
spread as (
    select *, case when n > 1 and n * squares > total * total then sqrt((squares - total * total / n) / (n - 1)) end as sd
    from summed
),
measured as (
    select *,
        case when n_within > 0 then (total_within / n_within - total / n) / sd end as value,
        case when n_within > 0 then sqrt((1 - n_within / n) / n_within) end as standard_error
    from spread
),
final as (
    select $indicator as indicator_id, m.measure, m.year::varchar as time_period, i.time_identifier,
        m.geographic_level, m.area_code, m.area_name, m.breakdown, m.category,
        m.n_within as numerator, m.n as denominator, round(m.value, 6) as value,
        round(m.value - 1.959964 * m.standard_error, 6) as lower, round(m.value + 1.959964 * m.standard_error, 6) as upper,
        'difference' as value_kind, i.unit, m.n as coverage_numerator, m.units as coverage_denominator
    from measured m
    join ref.indicator i on i.indicator_id = $indicator
)
select * from final
order by measure, time_period, geographic_level, area_code, breakdown, category
