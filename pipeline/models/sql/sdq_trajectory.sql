-- model:   sdq_trajectory
-- grain:   one row per person_id, period_no with scores in at least two years of one period of care
-- inputs:  sdq
-- columns:
--   person_id   VARCHAR  linked person
--   period_no   INTEGER  period of care
--   scores      SMALLINT number of scores
--   first_year  SMALLINT year of the first
--   last_year   SMALLINT year of the last
--   first_score INTEGER  total difficulties
--   last_score  INTEGER  total difficulties
--   lowest      INTEGER  of all scores
--   highest     INTEGER  of all scores
--   change      INTEGER  last less first
--   reliable    BOOLEAN  the change is 7 points or more, which measurement error alone seldom makes
--   recovered   BOOLEAN  a reliable fall from 17 or more to 13 or less
--   trajectory  VARCHAR  stable_low (all 13 or less), stable_high (all 17 or more), improving or worsening (reliable change), mixed
-- checks:  unique(person_id, period_no); scores >= 2; lowest <= highest
-- source:  reliable change of the parent total: 1.96 times 5.8 times the root of 2 (1 - .82) is 6.82. Change since first score, not since entry
with
summed as (
    select person_id, period_no,
        count(*)::smallint as scores,
        min(year) as first_year, max(year) as last_year,
        arg_min(SDQ_SCORE, year) as first_score, arg_max(SDQ_SCORE, year) as last_score,
        min(SDQ_SCORE) as lowest, max(SDQ_SCORE) as highest
    from sdq
    where SDQ_SCORE is not null and period_no is not null
    group by person_id, period_no
    having count(*) >= 2
),
final as (
    select *,
        last_score - first_score as change,
        abs(last_score - first_score) >= 7 as reliable,
        first_score >= 17 and last_score <= 13 and first_score - last_score >= 7 as recovered,
        case when highest <= 13 then 'stable_low'
             when lowest >= 17 then 'stable_high'
             when last_score - first_score <= -7 then 'improving'
             when last_score - first_score >= 7 then 'worsening'
             else 'mixed' end as trajectory
    from summed
)
select * from final
order by person_id, period_no
