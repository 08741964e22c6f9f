-- model:   chart_sdq_by_years_in_care
-- grain:   one row per years_in_care
-- inputs:  sdq
-- columns:
--   years_in_care SMALLINT completed years since the start of the period of care
--   p25           DOUBLE   lower quartile of the scores
--   median        DOUBLE   middle of the scores
--   p75           DOUBLE   upper quartile
--   scored        BIGINT   eligible scores, over all years
--   eligible      BIGINT   scores that were due
-- checks:  unique(years_in_care); scored <= eligible
-- source:  SSDA903 OC2; periods of care whose start was not seen are left out
with
final as (
    select years_in_care,
        quantile_cont(SDQ_SCORE, 0.25) as p25,
        quantile_cont(SDQ_SCORE, 0.5) as median,
        quantile_cont(SDQ_SCORE, 0.75) as p75,
        count(SDQ_SCORE) as scored,
        count(*) as eligible
    from sdq
    where eligible and years_in_care is not null
    group by years_in_care
)
select * from final
order by years_in_care
