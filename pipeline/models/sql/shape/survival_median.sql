-- model:   survival_median
-- grain:   one row per measure, time_period, geographic_level, area_code, breakdown, category
-- inputs:  breakdown_year, area, ref.indicator
-- columns:
--   indicator_id         VARCHAR as in indicator_catalogue
--   measure              VARCHAR part of the indicator; empty when there is one figure
--   time_period          VARCHAR collection year of the cohort, in which time begins
--   time_identifier      VARCHAR Reporting year
--   geographic_level     VARCHAR National, Regional or Local authority
--   area_code            VARCHAR ONS code
--   area_name            VARCHAR name of the area
--   breakdown            VARCHAR total, or what the unit is broken down by. Regions have total, sex, age_group and uasc_status alone, authorities total and uasc_status
--   category             VARCHAR Total, or the value of the breakdown
--   numerator            BIGINT  always NULL: a median is no count
--   denominator          BIGINT  units in the cohort
--   value                DOUBLE  days by which Kaplan and Meier's survival falls to half; between two events where it stays at half from one to the other; NULL where it stays above
--   lower                DOUBLE  first day on which the lower end of the 95 per cent interval of survival, on the log(-log) scale, is half or less
--   upper                DOUBLE  first day on which its upper end is; NULL where it stays above
--   value_kind           VARCHAR quantile
--   unit                 VARCHAR what is counted
--   coverage_numerator   BIGINT  units with the event
--   coverage_denominator BIGINT  as denominator
-- checks:  unique(measure, time_period, geographic_level, area_code, breakdown, category); denominator >= 0; lower <= value or lower is null or value is null; value <= upper or upper is null; coverage_numerator <= coverage_denominator
-- source:  indicator catalogue, conventions. Facts give measure, person_id, year of the cohort, la, days (0 or more, to the event or the last day in view) and event (NULL when it was not seen); events before censoring on a tied day; more is a list of breakdowns of the indicator's own
with
@listed,
counted as (
    select measure, year, la, breakdown, category, days::integer as days, count(*) as n, count(event) as events
    from listed
    group by all
),
cell as materialized (
    select c.measure, c.year, a.geographic_level, a.area_code, a.area_name, c.breakdown, c.category, c.days,
        sum(c.n)::bigint as n, sum(c.events)::bigint as events
    from counted c
    join area a using (la)
    where a.geographic_level = 'National' or c.breakdown in ('total', 'uasc_status')
        or (a.geographic_level = 'Regional' and c.breakdown in ('sex', 'age_group'))
    group by all
),
risk as (
    select *,
        sum(n) over (partition by measure, year, geographic_level, area_code, breakdown, category order by days desc)::bigint as at_risk
    from cell
),
-- Logarithms and the terms of the variance are summed as decimals, which have no order.
curve as (
    select *,
        case when events < at_risk then round(ln(1 - events / at_risk), 12)::decimal(18, 12) else -60 end as fall,
        case when events < at_risk then events / (at_risk::double * (at_risk - events)) else 0 end::decimal(28, 18) as term
    from risk
    where events > 0
),
survival as (
    select measure, year, geographic_level, area_code, breakdown, category, days,
        round(exp((sum(fall) over upto)::double), 9) as s, sqrt((sum(term) over upto)::double) as relative_error,
        lead(days) over (partition by measure, year, geographic_level, area_code, breakdown, category order by days) as next_days
    from curve
    window upto as (partition by measure, year, geographic_level, area_code, breakdown, category order by days)
),
banded as (
    select *,
        case when s between 0.000001 and 0.999999 then power(s, exp(1.959964 * relative_error / abs(ln(s)))) else s end as low,
        case when s between 0.000001 and 0.999999 then power(s, exp(-1.959964 * relative_error / abs(ln(s)))) else s end as high
    from survival
),
crossed as (
    select measure, year, geographic_level, area_code, breakdown, category,
        arg_min(case when s = 0.5 and next_days is not null then (days + next_days) / 2 else days end, days) filter (where s <= 0.5) as value,
        min(days) filter (where low <= 0.5) as lower, min(days) filter (where high <= 0.5) as upper
    from banded
    group by all
),
size as (
    select measure, year, geographic_level, area_code, area_name, breakdown, category, sum(n)::bigint as n, sum(events)::bigint as events
    from cell
    group by all
),
final as (
    select $indicator as indicator_id, z.measure, z.year::varchar as time_period, i.time_identifier,
        z.geographic_level, z.area_code, z.area_name, z.breakdown, z.category,
        null::bigint as numerator, z.n as denominator, c.value::double as value, c.lower::double as lower, c.upper::double as upper,
        'quantile' as value_kind, i.unit, z.events as coverage_numerator, z.n as coverage_denominator
    from size z
    left join crossed c using (measure, year, geographic_level, area_code, breakdown, category)
    join ref.indicator i on i.indicator_id = $indicator
)
select * from final
order by measure, time_period, geographic_level, area_code, breakdown, category
