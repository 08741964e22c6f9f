-- model:   indicator_catalogue
-- grain:   one row per indicator_id: a definition of the outcomes framework
-- inputs:  research.indicator_catalogue
-- columns:
--   indicator_id VARCHAR three letters of the domain and a number
--   tier         VARCHAR core or extended
--   domain       VARCHAR part of life
--   title        VARCHAR name
--   status       VARCHAR official (follows a published measure), adapted (its window or population is changed) or proposed (no release has it)
--   unit         VARCHAR what is counted
--   denominator  VARCHAR who or what it is of
--   numerator    VARCHAR who or what of them is counted
--   value        VARCHAR how the value is made, where it is no share
--   polarity     VARCHAR whether higher or lower is better, or none
--   source       VARCHAR where the definition is from
--   note         VARCHAR what a reader must know
--   waits        VARCHAR why there is no figure yet; NULL when there is one
-- checks:  unique(indicator_id)
-- source:  outcomes framework
with final as (
    select indicator_id, tier, domain, title, status, unit, denominator, numerator, value, polarity, source, note, waits from research.indicator_catalogue
)
select * from final
order by indicator_id
