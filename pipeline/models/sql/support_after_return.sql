-- model:   support_after_return
-- grain:   one row per person_id, period_no, day: a return home and a day after it on which the child was still at home and under 18
-- inputs:  return_home, child, cin_referral, cin_plan, stg_cin_referral, authority_group, ref.year
-- columns:
--   person_id       VARCHAR  linked person
--   period_no       INTEGER  period of care that ended, as in return_home
--   day             INTEGER  days after the return home: 1, 90, 180 or 365
--   date            DATE     that day
--   year            SMALLINT collection year of the return home
--   la              VARCHAR  authority at the end of care
--   planned_or_not  VARCHAR  planned or unplanned
--   observable      BOOLEAN  the child has a record in the children in need census, and the authority sent the census of the year in which the day lies
--   need            BOOLEAN  a referral for which more followed was open; NULL when not observable, as in the two below
--   need_plan       BOOLEAN  a child in need plan was open
--   protection_plan BOOLEAN  a protection plan was open
--   supported       BOOLEAN  any of the three
-- checks:  unique(person_id, period_no, day); observable = (supported is not null)
-- source:  indicator catalogue, HOM05. Back in care is no longer at home. What a census leaves open was open on 31 March of its year; of later days it tells nothing. On its last day a referral or plan is open no more
with
day as (
    select unnest([1, 90, 180, 365]) as day
),
asked as (
    select r.person_id, r.period_no, d.day::integer as day, r.home_date + d.day as date, r.year, r.la, r.planned_or_not,
        (year(r.home_date + d.day) + (month(r.home_date + d.day) >= 4)::integer)::smallint as census_year, coalesce(g.authority_group, r.la) as authority_group
    from return_home r
    cross join day d
    left join authority_group g on g.la = r.la
    where d.day < r.days
),
census as (
    select distinct coalesce(g.authority_group, s.la) as authority_group, s.year
    from (select distinct la, year from stg_cin_referral) s
    left join authority_group g on g.la = s.la
),
spell as (
    select c.person_id, c.referred as start_date, c.closed as end_date, y.last_day as open_until, 'need' as kind
    from cin_referral c
    join ref.year y using (year)
    where not c.no_further_action
    union all
    select p.person_id, p.start_date, p.end_date, y.last_day, case p.kind when 'protection' then 'protection_plan' else 'need_plan' end
    from cin_plan p
    join ref.year y using (year)
),
open as (
    select a.person_id, a.period_no, a.day, bool_or(s.kind = 'need') as need, bool_or(s.kind = 'need_plan') as need_plan, bool_or(s.kind = 'protection_plan') as protection_plan
    from asked a
    join spell s on s.person_id = a.person_id and s.start_date <= a.date and (s.end_date > a.date or s.end_date is null and s.open_until >= a.date)
    group by a.person_id, a.period_no, a.day
),
final as (
    select
        a.person_id, a.period_no, a.day, a.date, a.year, a.la, a.planned_or_not,
        c.linked_cin and s.year is not null as observable,
        case when observable then coalesce(o.need, false) end as need,
        case when observable then coalesce(o.need_plan, false) end as need_plan,
        case when observable then coalesce(o.protection_plan, false) end as protection_plan,
        case when observable then o.person_id is not null end as supported
    from asked a
    join child c using (person_id)
    left join census s on s.authority_group = a.authority_group and s.year = a.census_year
    left join open o using (person_id, period_no, day)
)
select * from final
order by person_id, period_no, day
