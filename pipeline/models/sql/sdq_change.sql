-- model:   sdq_change
-- grain:   one row per person_id, year with a score after the first of a period of care, or one due when an earlier one was
-- inputs:  sdq, sdq_threshold
-- columns:
--   person_id        VARCHAR  linked person
--   year             SMALLINT collection year; a score stands at its 31 March
--   la               VARCHAR  authority responsible
--   period_no        INTEGER  period of care
--   first_score_year SMALLINT year of the first score in this period of care; NULL when there is none so far
--   first_score      INTEGER  that score
--   first_band       VARCHAR  normal, borderline or concern
--   years_between    SMALLINT years from the first score to this year
--   SDQ_SCORE        INTEGER  score of the year; NULL when it is missing
--   change           INTEGER  SDQ_SCORE less first_score; NULL when either is missing
--   reliable         VARCHAR  improved or worsened by a reliable change, else no_reliable_change; NULL when change is
--   recovered        BOOLEAN  of a first score of concern: now normal, and reliably improved; NULL for other first scores and without a change
-- checks:  unique(person_id, year); change is null or years_between >= 1
-- source:  indicator catalogue, REC04 to REC07. Change since first score, not since entry
with
due as (
    select *, min(year) filter (where eligible) over (partition by person_id, period_no) as first_due
    from sdq
    where period_no is not null
),
begun as (
    select d.* exclude (first_score, first_score_year),
        -- a first score that is still to come is none to change from
        case when d.first_score_year < d.year then d.first_score_year end as first_score_year,
        case when d.first_score_year < d.year then d.first_score end as first_score
    from due d
    where d.change is not null or (d.eligible and d.first_due < d.year)
),
final as (
    select b.person_id, b.year, b.la, b.period_no, b.first_score_year, b.first_score,
        case when b.first_score <= t.normal_to then 'normal' when b.first_score < t.high_from then 'borderline' when b.first_score is not null then 'concern' end as first_band,
        (b.year - b.first_score_year)::smallint as years_between,
        b.SDQ_SCORE, b.change,
        case when b.change <= -t.reliable_change then 'improved' when b.change >= t.reliable_change then 'worsened'
             when b.change is not null then 'no_reliable_change' end as reliable,
        case when b.first_score >= t.high_from and b.change is not null then b.SDQ_SCORE <= t.normal_to and b.change <= -t.reliable_change end as recovered
    from begun b
    cross join sdq_threshold t
)
select * from final
order by person_id, year
