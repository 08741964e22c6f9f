-- model:   transition_at_18
-- grain:   one row per person_id: a young person, looked after in the 12 months before the 18th birthday or a care leaver, and mental health services around that day
-- inputs:  child, period_of_care, care_leaver_year, leaver_follow_up, population_year, contact, referral, stg_mhsds_contact, ref.run
-- columns:
--   person_id    VARCHAR  linked person
--   year         SMALLINT collection year of the 18th birthday
--   la           VARCHAR  authority responsible in that year; of a care leaver, the first that tells
--   turned_18    DATE     the day care ended where it ended at 18 in the month of birth, else the 15th of that month
--   day_known    BOOLEAN  care ended on it
--   last_before  DATE     last attended contact with a service for children in the 12 months before; NULL when there was none
--   first_after  DATE     first attended contact with any mental health service on the birthday or later
--   first_adult  DATE     first attended contact with a service for adults on the birthday or later
--   sub_icb      VARCHAR  health area at the referral of the last contact before, or unknown
--   followed     BOOLEAN  contacts are there for every year from 12 months before the birthday to 12 months after
--   alive_until  DATE     last birthday before the return that tells of the death; NULL when none does
--   seen_until   DATE     last day of the last year with contacts
-- checks:  unique(person_id); last_before is null or last_before < turned_18; first_after is null or first_after >= turned_18; first_adult is null or first_adult >= first_after
-- source:  indicator catalogue, LEA05. The extracts give a birthday to the month
with
told as (
    -- years of deliveries: a date that is wrong makes no year
    select distinct year from stg_mhsds_contact
),
born as (
    select c.person_id, c.birth_year + 18 as birth_year, c.birth_month,
        max(p.end_date) as left_at_18
    from child c
    left join period_of_care p on p.person_id = c.person_id and year(p.end_date) = c.birth_year + 18 and month(p.end_date) = c.birth_month and p.age_at_end = 18
    where c.birth_year is not null and c.birth_month is not null
    group by all
),
turned as (
    select person_id, coalesce(left_at_18, make_date(birth_year::bigint, birth_month::bigint, 15)) as turned_18, left_at_18 is not null as day_known,
        (birth_year + (birth_month >= 4)::integer)::smallint as year
    from born
),
cohort as (
    select t.* from turned t
    cross join ref.run r
    where t.year between r.first_year and r.last_year
        and (t.person_id in (select person_id from care_leaver_year) or t.person_id in (select person_id from leaver_follow_up)
            or t.person_id in (select p.person_id from period_of_care p join turned u on u.person_id = p.person_id
                where p.start_date < u.turned_18 and coalesce(p.end_date, p.seen_until + 1) > (u.turned_18 - interval 12 month)::date))
),
told_la as (
    select c.person_id, coalesce(y.la, arg_min(l.la, l.year)) as la, min(l.age) filter (where l.IN_TOUCH = 'DIED') as died_at
    from cohort c
    left join population_year y on y.person_id = c.person_id and y.year = c.year
    left join care_leaver_year l on l.person_id = c.person_id
    group by c.person_id, y.la
),
last_la as (
    select person_id, arg_max(la_last, period_no) as la from period_of_care group by person_id
),
attended as (
    select c.person_id, c.turned_18,
        arg_max(k.referral_no, (k.contact_date, k.contact_no)) filter (where k.child_service and k.contact_date < c.turned_18 and k.contact_date >= (c.turned_18 - interval 12 month)::date) as referral_no,
        max(k.contact_date) filter (where k.child_service and k.contact_date < c.turned_18 and k.contact_date >= (c.turned_18 - interval 12 month)::date) as last_before,
        min(k.contact_date) filter (where k.contact_date >= c.turned_18) as first_after,
        min(k.contact_date) filter (where not k.child_service and k.contact_date >= c.turned_18) as first_adult
    from cohort c
    join contact k on k.person_id = c.person_id and k.attended
    group by c.person_id, c.turned_18
),
final as (
    select c.person_id, c.year,
        coalesce(a.la, l.la) as la,
        c.turned_18, c.day_known, k.last_before, k.first_after, k.first_adult,
        coalesce(r.sub_icb, 'unknown') as sub_icb,
        (year((c.turned_18 - interval 12 month)::date) + (month(c.turned_18) >= 4)::integer) in (select year from told)
            and c.year in (select year from told) and (c.year + 1) in (select year from told) as followed,
        (c.turned_18 + (a.died_at - 19)::integer * interval 12 month)::date as alive_until,
        make_date((select max(year) from told)::bigint, 3, 31) as seen_until
    from cohort c
    join told_la a on a.person_id = c.person_id
    left join last_la l on l.person_id = c.person_id
    left join attended k on k.person_id = c.person_id
    left join referral r on r.person_id = c.person_id and r.referral_no = k.referral_no
    where coalesce(a.died_at > 18, true)
)
select * from final
order by person_id
