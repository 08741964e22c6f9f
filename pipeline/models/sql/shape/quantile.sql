-- model:   quantile
-- grain:   one row per measure, time_period, geographic_level, area_code, breakdown, category
-- inputs:  breakdown_year, area, ref.indicator
-- columns:
--   indicator_id         VARCHAR as in indicator_catalogue
--   measure              VARCHAR part of the indicator, and median or p90
--   time_period          VARCHAR collection year, or academic year as 202324
--   time_identifier      VARCHAR Reporting year or Academic year
--   geographic_level     VARCHAR National, Regional or Local authority
--   area_code            VARCHAR ONS code
--   area_name            VARCHAR name of the area
--   breakdown            VARCHAR total, or what the unit is broken down by. Authorities and regions have total, sex, age_group and uasc_status alone
--   category             VARCHAR Total, or the value of the breakdown
--   numerator            BIGINT  always NULL: a quantile is no count
--   denominator          BIGINT  number of values
--   value                DOUBLE  the quantile, between two values where it falls there; NULL when there is no value
--   lower                DOUBLE  always NULL
--   upper                DOUBLE  always NULL
--   value_kind           VARCHAR quantile
--   unit                 VARCHAR what is counted
--   coverage_numerator   BIGINT  those about whom the answer is known
--   coverage_denominator BIGINT  those about whom it should be
-- checks:  unique(measure, time_period, geographic_level, area_code, breakdown, category); denominator >= 0; coverage_numerator <= coverage_denominator
-- source:  indicator catalogue, conventions. Facts give measure, person_id, year, la, amount (NULL when not known) and, where not everybody should have one, coverage_numerator and coverage_denominator; more is a list of breakdowns of the indicator's own
with
@listed,
summed as (
    select l.measure, l.year, a.geographic_level, a.area_code, a.area_name, l.breakdown, l.category,
        count(l.amount) as n, quantile_cont(l.amount::double, [0.5, 0.9]) as q,
        sum(coalesce(l.coverage_numerator, (l.amount is not null)::integer))::bigint as coverage_numerator,
        sum(coalesce(l.coverage_denominator, 1))::bigint as coverage_denominator
    from listed l
    join area a using (la)
    where (a.geographic_level = 'National' or l.breakdown in ('total', 'sex', 'age_group', 'uasc_status'))
    group by all
),
named as (
    select *, unnest([{'name': 'median', 'value': q[1]}, {'name': 'p90', 'value': q[2]}]) as v from summed
),
final as (
    select $indicator as indicator_id, concat_ws('_', nullif(s.measure, ''), s.v.name) as measure,
        case when i.time_identifier = 'Academic year' then (s.year - 1)::varchar || lpad((s.year % 100)::varchar, 2, '0') else s.year::varchar end as time_period,
        i.time_identifier, s.geographic_level, s.area_code, s.area_name, s.breakdown, s.category,
        null::bigint as numerator, s.n as denominator, round(s.v.value, 6) as value, null::double as lower, null::double as upper,
        'quantile' as value_kind, i.unit, s.coverage_numerator, s.coverage_denominator
    from named s
    join ref.indicator i on i.indicator_id = $indicator
)
select * from final
order by measure, time_period, geographic_level, area_code, breakdown, category
