-- model:   leaver_follow_up
-- grain:   one row per person_id, age: a birthday, the 17th to the 25th, of a young person who left care with a claim to support, whether or not a return tells of it
-- inputs:  period_of_care, episode_chain, child, care_leaver_year, ref.code, ref.run, ref.parameter
-- columns:
--   person_id    VARCHAR  linked person
--   age          SMALLINT the birthday
--   year         SMALLINT collection year in which it falls
--   left_year    SMALLINT collection year in which the last period of care ended
--   la           VARCHAR  authority that tells of the birthday, or else at the end of care
--   in_return    BOOLEAN  a return tells of it
--   contact      VARCHAR  in_touch, not_in_touch, refused or no_services; missing when no return tells; died and home (with parents for 6 months or more) from the first return that says so until another says otherwise
--   IN_TOUCH     VARCHAR  as sent; NULL without a row
--   ACTIV        VARCHAR  main activity; NULL without a row
--   ACCOM        VARCHAR  where the young person lives; NULL without a row
--   from_foster  BOOLEAN  care ended on the 18th birthday, to the month, in a foster placement
-- checks:  unique(person_id, age); in_return or contact in ('missing', 'died', 'home')
-- source:  indicator catalogue, LEA03 and LEA06. A claim to support: the weeks that the catalogue gives, or more, looked after since the 14th birthday, with some of it at 16 or over, and an end other than adoption, transfer, death or one that is lost. Birthdays on which the young person was still looked after are left out, and from the 22nd on those before the year from which returns tell of them
with
rule as (
    select max(value) filter (where parameter = 'weeks')::integer as weeks, max(value) filter (where parameter = 'age_22_from')::integer as age_22_from
    from ref.parameter
    where indicator_id = 'LEA03'
),
span as (
    select p.person_id, p.period_no, p.start_date, p.end_date, p.way_out, p.REC, p.la_last, c.birth_year, c.birth_month,
        coalesce(p.age_at_end, year(p.end_date) - c.birth_year - (c.birth_month > month(p.end_date))::integer) as age_at_end,
        make_date(c.birth_year::bigint + 14, c.birth_month::bigint, 1) as turned_14,
        make_date(c.birth_year::bigint + 16, c.birth_month::bigint, 1) as turned_16
    from period_of_care p
    join child c on c.person_id = p.person_id
    where c.birth_year is not null and c.birth_month is not null
),
since_14 as (
    select person_id, sum(greatest(0, end_date - greatest(start_date, turned_14))) as days from span group by person_id
),
leaver as (
    select s.person_id, s.period_no, s.la_last, s.birth_year, s.birth_month, s.age_at_end,
        (year(s.end_date) + (month(s.end_date) >= 4)::integer)::smallint as left_year,
        s.age_at_end = 18 and month(s.end_date) = s.birth_month and year(s.end_date) = s.birth_year + 18 as at_18
    from (select * from span qualify row_number() over (partition by person_id order by period_no desc) = 1) s
    join since_14 d on d.person_id = s.person_id
    left join ref.code r on r.code_set = 'REC' and r.code = s.REC
    cross join rule
    where s.end_date > s.turned_16 and s.age_at_end between 16 and 18 and d.days >= 7 * rule.weeks
        and s.way_out <> 'lost' and coalesce(r.code_group not in ('adoption', 'transfer', 'death'), true)
),
last_place as (
    select person_id, period_no, PLACE from episode_chain where is_last
),
birthday as (
    select l.*, a.age::smallint as age, (l.birth_year + a.age + (l.birth_month >= 4)::integer)::smallint as year
    from leaver l
    cross join (select unnest(range(17, 26)) as age) a
    -- care lasts until the 18th birthday at the latest: who leaves at 18 does so on it
    where l.age_at_end < a.age or l.age_at_end = 18 and a.age = 18
),
told as (
    select b.*, y.person_id is not null as in_return, y.la as told_la, y.IN_TOUCH, y.ACTIV, y.ACCOM,
        case y.IN_TOUCH when 'YES' then 'in_touch' when 'NO' then 'not_in_touch' when 'REFU' then 'refused' when 'NREQ' then 'no_services'
             when 'DIED' then 'died' when 'RHOM' then 'home' end as contact
    from birthday b
    cross join ref.run r
    cross join rule
    left join care_leaver_year y on y.person_id = b.person_id and y.year = b.year
    where b.year between r.first_year and r.last_year and (b.age <= 21 or b.year >= rule.age_22_from)
),
carried as (
    select *, last_value(contact ignore nulls) over (partition by person_id order by age) as last_contact from told
),
final as (
    select c.person_id, c.age, c.year, c.left_year, coalesce(c.told_la, c.la_last) as la, c.in_return,
        coalesce(c.contact, case when c.last_contact in ('died', 'home') then c.last_contact else 'missing' end) as contact,
        c.IN_TOUCH, c.ACTIV, c.ACCOM,
        c.at_18 and coalesce(p.PLACE in ('U1', 'U2', 'U3', 'U4', 'U5', 'U6'), false) as from_foster
    from carried c
    left join last_place p on p.person_id = c.person_id and p.period_no = c.period_no
)
select * from final
order by person_id, age
