-- model:   sdq
-- grain:   one row per person_id, year: an SDQ that was due or recorded
-- inputs:  oc2_year, population_year, sdq_threshold
-- columns:
--   person_id        VARCHAR  linked person
--   year             SMALLINT collection year; a score stands at its 31 March
--   la               VARCHAR  authority responsible
--   eligible         BOOLEAN  aged 5 to 16 on 31 March and looked after for 12 months: the published base
--   SDQ_SCORE        INTEGER  total difficulties, 0 to 40; NULL when there is none
--   SDQ_REASON       VARCHAR  why there is none
--   band             VARCHAR  normal 0 to 13, borderline 14 to 16, concern 17 to 40
--   high             BOOLEAN  SDQ_SCORE is 17 or more
--   age              SMALLINT completed years on 31 March
--   years_in_care    SMALLINT completed years since the start of the period of care
--   period_no        INTEGER  period of care under way on 31 March
--   first_score_year SMALLINT year of the first score in this period of care
--   first_score      INTEGER  that score
--   change           INTEGER  SDQ_SCORE less first_score; NULL in the year of the first score
--   years_between    SMALLINT years from the first score to this one
-- checks:  unique(person_id, year); SDQ_SCORE between 0 and 40 or SDQ_SCORE is null
-- source:  SSDA903 OC2; the return holds no date of assessment
with
due as (
    select person_id, year, la, cla12 and age between 5 and 16 as eligible, age, years_in_care, period_no
    from population_year
),
both_sides as (
    select
        coalesce(d.person_id, o.person_id) as person_id,
        coalesce(d.year, o.year) as year,
        coalesce(d.la, o.la) as la,
        coalesce(d.eligible, false) as eligible,
        o.SDQ_SCORE, o.SDQ_REASON, d.age, d.years_in_care, d.period_no
    from due d
    full join oc2_year o on o.person_id = d.person_id and o.year = d.year
    where d.eligible or o.SDQ_SCORE is not null or o.SDQ_REASON is not null
),
final as (
    select
        person_id, year, la, eligible, SDQ_SCORE, SDQ_REASON,
        case when SDQ_SCORE <= t.normal_to then 'normal' when SDQ_SCORE < t.high_from then 'borderline' when SDQ_SCORE is not null then 'concern' end as band,
        SDQ_SCORE >= t.high_from as high,
        age, years_in_care, period_no,
        case when period_no is not null then min(year) filter (where SDQ_SCORE is not null) over period end as first_score_year,
        case when period_no is not null then first_value(SDQ_SCORE ignore nulls) over period end as first_score,
        case when period_no is not null and year > min(year) filter (where SDQ_SCORE is not null) over period
             then SDQ_SCORE - first_value(SDQ_SCORE ignore nulls) over period end as change,
        case when period_no is not null and year > min(year) filter (where SDQ_SCORE is not null) over period and SDQ_SCORE is not null
             then (year - min(year) filter (where SDQ_SCORE is not null) over period)::smallint end as years_between
    from both_sides
    cross join sdq_threshold t
    window period as (partition by person_id, period_no order by year rows between unbounded preceding and unbounded following)
)
select * from final
order by person_id, year
