-- model:   indicator_catalogue
-- grain:   one row per indicator_id: a definition of the outcomes framework
-- inputs:  ref.indicator
-- columns:
--   indicator_id VARCHAR three letters of the domain and a number
--   tier         VARCHAR core or extended
--   domain       VARCHAR part of life
--   title        VARCHAR name
--   status       VARCHAR official, adapted or proposed
--   unit         VARCHAR what is counted
--   denominator  VARCHAR definition
--   numerator    VARCHAR definition
--   value        VARCHAR definition, where it is no share
--   polarity     VARCHAR whether higher or lower is better
--   source       VARCHAR where the definition is from
--   note         VARCHAR note and warning
--   time_identifier VARCHAR Reporting year or Academic year
--   value_unit   VARCHAR what the value is in, where its kind doesn't say
--   rate_unit    VARCHAR of a rate per 1,000: day or person-year
--   waits        VARCHAR why there is no figure yet
-- checks:  unique(indicator_id)
-- source:  indicator catalogue
with
final as (
    select * from ref.indicator
)
select * from final
order by indicator_id
