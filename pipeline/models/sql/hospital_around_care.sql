-- model:   hospital_around_care
-- grain:   one row per person_id, stage, year with days of which a hospital extract could tell
-- inputs:  period_of_care, population_year, child, admission, ed_attendance, stg_hes_apc, stg_hes_ae, ref.code
-- columns:
--   person_id         VARCHAR  linked person
--   stage             VARCHAR  before (the 2 years before the first entry into care), in_care, or after (2 years after an exit, or until care begins again)
--   year              SMALLINT collection year: of the days in care; of the entry; of the exit
--   la                VARCHAR  authority: responsible in the year; at the entry; at the exit
--   days              INTEGER  days of the stage in years with emergency department records
--   attendances       INTEGER  first attendances on them
--   major_attendances INTEGER  of them, in major departments
--   days_10_17        INTEGER  days of the stage, aged 10 to 17, in years with admission records; ages are to the month, 0 when the birth is not known
--   self_harm         INTEGER  emergency admissions for self-harm on them
--   injury            INTEGER  emergency admissions for other injury on them
-- checks:  unique(person_id, stage, year); days_10_17 >= 0; major_attendances <= attendances; days > 0 or days_10_17 > 0
-- source:  indicator catalogue, HEA02 and HEA03. After an adoption, a death, a move abroad or to another authority, and after an end that is lost, there is nothing to follow. The day of entry is in care, the day of exit after it
with
told as (
    -- years of deliveries: the first one begins with stays from the year before, of which it tells nothing else
    select year, bool_or(kind = 'admission') as admissions, bool_or(kind = 'attendance') as attendances
    from (select distinct year, 'admission' as kind from stg_hes_apc union all select distinct year, 'attendance' from stg_hes_ae)
    group by year
),
spell as materialized (
    select p.*, coalesce(p.end_date, p.seen_until + 1) as until, r.code_group,
        lead(p.start_date) over (partition by p.person_id order by p.period_no) as next_start
    from period_of_care p
    left join ref.code r on r.code_set = 'REC' and r.code = p.REC
),
stretch as (
    select person_id, 'in_care' as stage, null::smallint as cohort, null as la, start_date as from_day, until as to_day from spell
    union all
    select person_id, 'before', (year(start_date) + (month(start_date) >= 4)::integer)::smallint, la_first, (start_date - interval 24 month)::date, start_date
    from spell
    where period_no = 1 and RNE = 'S'
    union all
    select person_id, 'after', (year(end_date) + (month(end_date) >= 4)::integer)::smallint, la_last, end_date,
        least((end_date + interval 24 month)::date, coalesce(next_start, date '9999-12-31'))
    from spell
    where end_date is not null and way_out <> 'lost' and coalesce(code_group not in ('adoption', 'death', 'abroad', 'transfer'), true)
),
bounded as (
    select *, year(from_day) + (month(from_day) >= 4)::integer as from_year, year(to_day - 1) + (month(to_day - 1) >= 4)::integer as to_year
    from stretch
    where to_day > from_day
),
-- a join by the ends of a span unfolds whole columns of rows at once, which a list of years for each row does not
reach as (
    select from_year, to_year, unnest(range(from_year, to_year + 1))::smallint as of_year from (select distinct from_year, to_year from bounded)
),
yearly as (
    select * from bounded join reach using (from_year, to_year)
),
clipped as (
    select y.person_id, y.stage, y.cohort, y.la, y.of_year, t.admissions, t.attendances,
        greatest(y.from_day, make_date(y.of_year::bigint - 1, 4, 1), coalesce(make_date(c.birth_year::bigint, c.birth_month::bigint, 1), y.from_day)) as from_day,
        least(y.to_day, make_date(y.of_year::bigint, 4, 1)) as to_day,
        make_date(c.birth_year::bigint + 10, c.birth_month::bigint, 1) as turned_10,
        make_date(c.birth_year::bigint + 18, c.birth_month::bigint, 1) as turned_18
    from yearly y
    join told t on t.year = y.of_year
    join child c on c.person_id = y.person_id
),
piece as materialized (
    select person_id, stage, coalesce(cohort, of_year) as year, of_year, la, from_day, to_day, turned_10, turned_18,
        case when attendances then to_day - from_day else 0 end as days,
        case when admissions and turned_10 is not null then greatest(0, least(to_day, turned_18) - greatest(from_day, turned_10)) else 0 end as days_10_17
    from clipped
    where to_day > from_day
),
stayed as (
    select p.person_id, p.stage, p.year,
        count(*) filter (where a.cause_group = 'self_harm') as self_harm,
        count(*) filter (where a.cause_group = 'other_injury') as injury
    from admission a
    join piece p on p.person_id = a.person_id and p.of_year = a.year and a.admitted >= p.from_day and a.admitted < p.to_day
    where a.emergency and a.admitted >= p.turned_10 and a.admitted < p.turned_18
    group by all
),
arrived as (
    select p.person_id, p.stage, p.year, count(*) as attendances, count(*) filter (where a.department = 'major') as major
    from ed_attendance a
    join piece p on p.person_id = a.person_id and p.of_year = a.year and a.arrived >= p.from_day and a.arrived < p.to_day
    where a.first
    group by all
),
summed as (
    select person_id, stage, year, arg_max(la, from_day) as la, sum(days)::integer as days, sum(days_10_17)::integer as days_10_17
    from piece
    group by person_id, stage, year
),
final as (
    select s.person_id, s.stage, s.year,
        coalesce(s.la, y.la) as la,
        s.days,
        coalesce(e.attendances, 0)::integer as attendances,
        coalesce(e.major, 0)::integer as major_attendances,
        s.days_10_17,
        coalesce(a.self_harm, 0)::integer as self_harm,
        coalesce(a.injury, 0)::integer as injury
    from summed s
    left join population_year y on y.person_id = s.person_id and y.year = s.year
    left join stayed a on a.person_id = s.person_id and a.stage = s.stage and a.year = s.year
    left join arrived e on e.person_id = s.person_id and e.stage = s.stage and e.year = s.year
    where s.days > 0 or s.days_10_17 > 0
)
select * from final
order by person_id, stage, year
