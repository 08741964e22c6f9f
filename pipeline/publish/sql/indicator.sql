-- model:   indicator
-- grain:   one row per indicator_id, measure, time_period, geographic_level, area_code, breakdown, category
-- inputs:  control.judged, control.run
-- columns:
--   indicator_id     VARCHAR  id in the outcomes framework, such as REC01
--   time_period      VARCHAR  reporting year as 2025, academic year as 202425
--   time_identifier  VARCHAR  Reporting year (1 April to 31 March) or Academic year (1 September to 31 August)
--   geographic_level VARCHAR  National, Regional or Local authority
--   area_code        VARCHAR  ONS code of the area
--   area_name        VARCHAR  its name
--   breakdown        VARCHAR  what is split by: total for all, else a column of breakdown_year in the research database, or a split of the indicator's own
--   category         VARCHAR  the part of the breakdown; Total for all children
--   numerator        BIGINT   (children) count behind a share, of kappa the smallest part of the two by two, rounded for England and regions; NULL when hidden, and for values that aren't of a count
--   denominator      BIGINT   (children) what the value is of, rounded for England and regions; NULL when hidden
--   value            DOUBLE   (see unit) rounded half up from unrounded counts; NULL when symbol says why
--   unit             VARCHAR  what the value is in: per cent, points, days, mean or another
--   coverage         INTEGER  (per cent) children with a known value of those who could have one; NULL when hidden or nobody could
--   symbol           VARCHAR  c hidden, k more than 0 but rounds to 0, z nobody to count, x not available; NULL when the value is shown
--   vintage          VARCHAR  published snapshot that the row belongs to
--   measure          VARCHAR  part of an indicator that has several, such as normal, borderline, concern; empty when it has one
--   lower            DOUBLE   (see unit) lower end of the 95 per cent interval of value; NULL when the value is hidden or has none
--   upper            DOUBLE   (see unit) its upper end
-- checks:  unique(indicator_id, measure, time_period, geographic_level, area_code, breakdown, category)
-- source:  research.indicator_cell after primary suppression and rounding
with final as (
    select indicator_id, time_period, time_identifier, geographic_level, area_code, area_name, breakdown, category,
        case when counted and symbol is distinct from 'c' and not hide_numerator and not hide_denominator and not few then (numerator + round_to // 2) // round_to * round_to end as numerator,
        case when not hide_denominator then (denominator + round_to // 2) // round_to * round_to end as denominator,
        case when symbol is null then shown end as value,
        value_unit as unit,
        case when not hide_coverage and not (coverage_shown = 0 and coverage_numerator > 0) then coverage_shown end as coverage,
        symbol, control.run.vintage,
        measure, case when symbol is null then lower_shown end as lower, case when symbol is null then upper_shown end as upper
    from control.judged cross join control.run
)
select * from final
order by indicator_id, measure, time_identifier, time_period, geographic_level, area_code, breakdown, category
