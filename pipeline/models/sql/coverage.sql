-- model:   coverage
-- grain:   one row per indicator_id, measure, time_period, geographic_level, area_code: how many of those that should be known are
-- inputs:  indicator_cell
-- columns:
--   indicator_id     VARCHAR as in indicator_catalogue
--   measure          VARCHAR sub-row of the indicator
--   time_period      VARCHAR collection year, or academic year as 202324
--   time_identifier  VARCHAR Reporting year or Academic year
--   geographic_level VARCHAR National, Regional or Local authority
--   area_code        VARCHAR ONS code
--   area_name        VARCHAR name of the area
--   known            BIGINT  those about whom the answer is known
--   eligible         BIGINT  those about whom it should be
--   share            DOUBLE  100 times known over eligible; NULL when nobody is eligible
-- checks:  unique(indicator_id, measure, time_period, geographic_level, area_code); known <= eligible
-- source:  indicator catalogue, conventions: every rate is published with its coverage
with
final as (
    select indicator_id, measure, time_period, time_identifier, geographic_level, area_code, area_name,
        coverage_numerator as known, coverage_denominator as eligible,
        case when coverage_denominator > 0 then 100 * coverage_numerator / coverage_denominator end as share
    from indicator_cell
    where breakdown = 'total'
)
select * from final
order by indicator_id, measure, time_period, geographic_level, area_code
