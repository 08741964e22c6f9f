-- model:   leaver_sequence
-- grain:   one row per person_id: what a care leaver did at the birthdays from the 18th to the 21st, where the returns reach over all four
-- inputs:  leaver_follow_up, care_leaver_year, child, ref.run
-- columns:
--   person_id VARCHAR  linked person
--   year      SMALLINT collection year of the 21st birthday
--   la        VARCHAR  authority that last told of a birthday, or else at the end of care
--   state_18  VARCHAR  eet, neet_ill, neet_parent, neet_other, unknown, or gone when the young person had died or returned home
--   state_19  VARCHAR  the same at 19
--   state_20  VARCHAR  at 20
--   state_21  VARCHAR  at 21
--   known     SMALLINT birthdays with a known state
--   eet       SMALLINT of them, in education, employment or training
--   in_base   BOOLEAN  had neither died nor returned home at 3 of the 4 birthdays or more
-- checks:  unique(person_id); eet <= known; known <= 4
-- source:  indicator catalogue, LEA04. Unknown also where no return tells of the birthday
with
person as (
    select person_id from care_leaver_year where age between 18 and 21
    union
    select person_id from leaver_follow_up where age between 18 and 21
),
birthday as (
    select p.person_id, a.age, c.birth_year + a.age + (c.birth_month >= 4)::integer as year,
        (c.birth_year + 21 + (c.birth_month >= 4)::integer)::smallint as last_year
    from person p
    join child c on c.person_id = p.person_id
    cross join (select unnest([18, 19, 20, 21]) as age) a
),
told as (
    select b.person_id, b.age, b.last_year, coalesce(y.la, f.la) as la, y.person_id is not null as in_return,
        case when y.in_base = false or y.person_id is null and f.contact in ('died', 'home') then 'gone'
             when y.activity = 'eet' then 'eet' when y.activity = 'neet' and y.ACTIV = 'G4' then 'neet_ill' when y.activity = 'neet' and y.ACTIV = 'G6' then 'neet_parent'
             when y.activity = 'neet' then 'neet_other' else 'unknown' end as state
    from birthday b
    cross join ref.run r
    left join care_leaver_year y on y.person_id = b.person_id and y.year = b.year
    left join leaver_follow_up f on f.person_id = b.person_id and f.age = b.age
    where b.last_year between r.first_year + 3 and r.last_year
),
final as (
    select person_id, last_year as year,
        arg_max(la, (in_return, age)) as la,
        max(state) filter (where age = 18) as state_18,
        max(state) filter (where age = 19) as state_19,
        max(state) filter (where age = 20) as state_20,
        max(state) filter (where age = 21) as state_21,
        count(*) filter (where state not in ('gone', 'unknown'))::smallint as known,
        count(*) filter (where state = 'eet')::smallint as eet,
        count(*) filter (where state <> 'gone') >= 3 as in_base
    from told
    group by person_id, last_year
)
select * from final
order by person_id
