-- model:   ratio
-- grain:   one row per measure, time_period, geographic_level, area_code, breakdown, category
-- inputs:  breakdown_code, breakdown_category, area, ref.indicator
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
--   numerator            BIGINT  count above the line
--   denominator          BIGINT  count below the line
--   value                DOUBLE  100 times numerator over denominator; NULL when denominator is 0
--   lower                DOUBLE  lower end of Wilson's 95 per cent interval of value; NULL when value is
--   upper                DOUBLE  its upper end
--   value_kind           VARCHAR percentage
--   unit                 VARCHAR what is counted
--   coverage_numerator   BIGINT  those about whom the answer is known
--   coverage_denominator BIGINT  those about whom it should be
-- checks:  unique(measure, time_period, geographic_level, area_code, breakdown, category); denominator >= 0; numerator between 0 and denominator; coverage_numerator <= coverage_denominator
-- source:  indicator catalogue, conventions. Facts give measure, person_id, year, la, numerator, denominator and, where not all are known, coverage_numerator and coverage_denominator; more is a list of breakdowns of the indicator's own
with
@counted,
final as (
    select $indicator as indicator_id, s.measure,
        case when i.time_identifier = 'Academic year' then (s.year - 1)::varchar || lpad((s.year % 100)::varchar, 2, '0') else s.year::varchar end as time_period,
        i.time_identifier, s.geographic_level, s.area_code, s.area_name, s.breakdown, s.category, s.numerator, s.denominator,
        case when s.denominator > 0 then 100 * s.numerator / s.denominator end as value,
        case when s.denominator > 0 then round(100 * greatest(0, (s.numerator + 1.920729 - 1.959964 * sqrt(s.numerator * (s.denominator - s.numerator) / s.denominator + 0.960365)) / (s.denominator + 3.841459)), 6) end as lower,
        case when s.denominator > 0 then round(100 * least(1, (s.numerator + 1.920729 + 1.959964 * sqrt(s.numerator * (s.denominator - s.numerator) / s.denominator + 0.960365)) / (s.denominator + 3.841459)), 6) end as upper,
        'percentage' as value_kind, i.unit, s.coverage_numerator, s.coverage_denominator
    from summed s
    join ref.indicator i on i.indicator_id = $indicator
)
select * from final
order by measure, time_period, geographic_level, area_code, breakdown, category
