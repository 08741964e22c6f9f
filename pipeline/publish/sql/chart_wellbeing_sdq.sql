-- model:   chart_wellbeing_sdq
-- grain:   one row per sdq_high, satisfaction_low
-- inputs:  research.chart_wellbeing_sdq
-- columns:
--   sdq_high         BOOLEAN SDQ score of 17 or more
--   satisfaction_low BOOLEAN life satisfaction of 4 or less out of 10
--   n                BIGINT  (children and years) with both, over all years, to the nearest 10
--   share            INTEGER (per cent) of children with both, rounded half up from unrounded counts; NULL when symbol says why
--   symbol           VARCHAR c hidden, k more than 0 but rounds to 0, z nobody to count; NULL when everything is shown
-- checks:  unique(sdq_high, satisfaction_low)
-- source:  SDQ of the return and the wellbeing survey, linked
with counted as (
    select high_sdq as sdq_high, low_satisfaction as satisfaction_low, cast(sum(n) as bigint) as n
    from research.chart_wellbeing_sdq
    group by all
), final as (
    select sdq_high, satisfaction_low, rounded(n) as n, share(n, sum(n) over ()) as share, share_symbol(n, sum(n) over ()) as symbol
    from counted
)
select * from final
order by sdq_high, satisfaction_low
