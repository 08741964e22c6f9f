-- model:   coverage
-- grain:   one row per indicator_id, measure, time_period, geographic_level, area_code: all children
-- inputs:  control.judged, control.run
-- columns:
--   indicator_id     VARCHAR  id in the outcomes framework
--   measure          VARCHAR  part of an indicator that has several; empty when it has one
--   time_period      VARCHAR  as in indicator
--   time_identifier  VARCHAR  as in indicator
--   geographic_level VARCHAR  National, Regional or Local authority
--   area_code        VARCHAR  ONS code of the area
--   area_name        VARCHAR  its name
--   known            BIGINT   (children) with a known value, rounded for England and regions; NULL when hidden
--   eligible         BIGINT   (children) who could have one, rounded for England and regions; NULL when hidden
--   coverage         INTEGER  (per cent) known of eligible, rounded half up from unrounded counts; NULL when symbol says why
--   symbol           VARCHAR  c, k, z or x in place of coverage; NULL when it is shown
--   vintage          VARCHAR  published snapshot that the row belongs to
-- checks:  unique(indicator_id, measure, time_period, geographic_level, area_code)
-- source:  research.indicator_cell after primary suppression and rounding
with final as (
    select indicator_id, measure, time_period, time_identifier, geographic_level, area_code, area_name,
        case when not hide_coverage then (coverage_numerator + round_to // 2) // round_to * round_to end as known,
        case when not hide_coverage then (coverage_denominator + round_to // 2) // round_to * round_to end as eligible,
        case when coalesce(judged, '') = '' then coverage_shown end as coverage,
        judged as symbol, vintage
    from (
        select j.*, r.vintage, case
            when coverage_denominator is null or coverage_numerator is null then 'x'
            when coverage_denominator = 0 then 'z'
            when hide_coverage then 'c'
            when coverage_shown = 0 and coverage_numerator > 0 then 'k'
        end as judged
        from control.judged j cross join control.run r
        where breakdown = 'total'
    )
)
select * from final
order by indicator_id, measure, time_identifier, time_period, geographic_level, area_code
