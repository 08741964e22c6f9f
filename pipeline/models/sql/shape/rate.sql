-- model:   rate
-- grain:   one row per measure, time_period, geographic_level, area_code, breakdown, category
-- inputs:  breakdown_code, breakdown_category, area, ref.indicator, ref.poisson_limit
-- columns:
--   indicator_id         VARCHAR as in indicator_catalogue
--   measure              VARCHAR part of the indicator; empty when there is one figure
--   time_period          VARCHAR collection year, or academic year as 202324
--   time_identifier      VARCHAR Reporting year or Academic year
--   geographic_level     VARCHAR National, Regional or Local authority
--   area_code            VARCHAR ONS code
--   area_name            VARCHAR name of the area
--   breakdown            VARCHAR total, or what the unit is broken down by. Regions and authorities have total, sex, age_group and uasc_status alone
--   category             VARCHAR Total, or the value of the breakdown
--   numerator            BIGINT  events
--   denominator          BIGINT  days over which they are counted
--   value                DOUBLE  events per 1,000 of the indicator's rate_unit (days, or person-years of 365.25 days); NULL without a day
--   lower                DOUBLE  lower end of the 95 per cent Poisson interval of value: exact to 2,000 events, Byar's beyond; NULL when value is
--   upper                DOUBLE  its upper end
--   value_kind           VARCHAR rate
--   unit                 VARCHAR what is counted
--   coverage_numerator   BIGINT  children about whom the answer is known: not days, so that publishing can tell when few children are behind a rate
--   coverage_denominator BIGINT  children about whom it should be
-- checks:  unique(measure, time_period, geographic_level, area_code, breakdown, category); denominator >= 0; numerator >= 0; coverage_numerator <= coverage_denominator
-- source:  indicator catalogue, conventions. Facts, one a child, give measure, person_id, year, la, numerator, denominator, coverage_numerator and coverage_denominator (0 or 1 child); more is a list of breakdowns of the indicator's own
with
@counted,
measured as (
    select s.*, i.time_identifier, i.unit,
        case i.rate_unit when 'person-year' then 365250 else 1000 end / nullif(s.denominator, 0) as times,
        coalesce(p.lower, case when s.numerator > 0 then s.numerator * power(1 - 1 / (9.0 * s.numerator) - 1.959964 / (3 * sqrt(s.numerator)), 3) else 0 end) as few,
        coalesce(p.upper, (s.numerator + 1) * power(1 - 1 / (9.0 * (s.numerator + 1)) + 1.959964 / (3 * sqrt(s.numerator + 1)), 3)) as many
    from summed s
    join ref.indicator i on i.indicator_id = $indicator
    left join ref.poisson_limit p on p.events = s.numerator
),
final as (
    select $indicator as indicator_id, measure,
        case when time_identifier = 'Academic year' then (year - 1)::varchar || lpad((year % 100)::varchar, 2, '0') else year::varchar end as time_period,
        time_identifier, geographic_level, area_code, area_name, breakdown, category, numerator, denominator,
        round(times * numerator, 6) as value, round(times * few, 6) as lower, round(times * many, 6) as upper,
        'rate' as value_kind, unit, coverage_numerator, coverage_denominator
    from measured
)
select * from final
order by measure, time_period, geographic_level, area_code, breakdown, category
