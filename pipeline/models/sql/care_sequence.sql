-- model:   care_sequence
-- grain:   one row per person_id whose first period of care began in a year all of whose children could be seen for the months of the window
-- inputs:  care_exit, person_month, month_state, ref.run, ref.parameter
-- columns:
--   person_id VARCHAR  linked person
--   cohort    SMALLINT collection year in which the period started
--   la        VARCHAR  authority at the start
--   pattern   VARCHAR  a letter of month_state a month, from the month of entry; NULL when some month is not known
-- checks:  unique(person_id)
-- source:  indicator catalogue, STA08; the window's months are its parameter
with
span as (
    select max(value)::integer as months from ref.parameter where indicator_id = 'STA08' and parameter = 'months'
),
due as (
    select c.person_id, c.cohort, c.la
    from care_exit c
    cross join span s
    cross join ref.run r
    where c.cohort * 12 + s.months <= r.last_year * 12
),
spelt as (
    select m.person_id, string_agg(t.letter, '' order by m.month_no) as pattern, count(*) as months
    from person_month m
    join month_state t using (state)
    cross join span s
    where m.month_no < s.months
    group by m.person_id
),
final as (
    select d.person_id, d.cohort, d.la, case when p.months = s.months then p.pattern end as pattern
    from due d
    cross join span s
    left join spelt p using (person_id)
)
select * from final
order by person_id
