-- model:   sdq_threshold
-- grain:   one row: where a total SDQ score turns
-- inputs:  ref.parameter
-- columns:
--   normal_to       INTEGER highest score of the normal band
--   high_from       INTEGER lowest score that is a cause for concern; between the two is borderline
--   reliable_change INTEGER least change, in points, that measurement error alone seldom makes
--   sd              DOUBLE  standard deviation of the parent's total from which reliable_change comes
--   alpha           DOUBLE  its internal consistency
-- checks:  normal_to < high_from; reliable_change = round(1.96 * sd * sqrt(2 * (1 - alpha)))
-- source:  indicator catalogue, parameters of REC03 and REC06. 1.96 times 5.8 times the root of 2 (1 - .82) is 6.82, in whole points 7
with
final as (
    select
        (max(value) filter (where indicator_id = 'REC03' and parameter = 'normal_to'))::integer as normal_to,
        (max(value) filter (where indicator_id = 'REC03' and parameter = 'concern_from'))::integer as high_from,
        (max(value) filter (where indicator_id = 'REC06' and parameter = 't_parent_carer_total'))::integer as reliable_change,
        max(value) filter (where indicator_id = 'REC06' and parameter = 'sd') as sd,
        max(value) filter (where indicator_id = 'REC06' and parameter = 'alpha') as alpha
    from ref.parameter
)
select * from final
order by normal_to
