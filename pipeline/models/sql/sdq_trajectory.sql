-- model:   sdq_trajectory
-- grain:   one row per person_id, period_no with scores in at least two years of one period of care
-- inputs:  sdq, sdq_threshold
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
-- source:  thresholds in sdq_threshold. Change since first score, not since entry
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
    select s.*,
        s.last_score - s.first_score as change,
        abs(s.last_score - s.first_score) >= t.reliable_change as reliable,
        s.first_score >= t.high_from and s.last_score <= t.normal_to and s.first_score - s.last_score >= t.reliable_change as recovered,
        case when s.highest <= t.normal_to then 'stable_low'
             when s.lowest >= t.high_from then 'stable_high'
             when s.last_score - s.first_score <= -t.reliable_change then 'improving'
             when s.last_score - s.first_score >= t.reliable_change then 'worsening'
             else 'mixed' end as trajectory
    from summed s
    cross join sdq_threshold t
)
select * from final
order by person_id, period_no
