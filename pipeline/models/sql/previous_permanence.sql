-- model:   previous_permanence
-- grain:   one row per person_id, year in which a period of care started: what the child had before its first start in the year
-- inputs:  period_of_care, stg_prevperm, ref.year
-- columns:
--   person_id         VARCHAR  linked person
--   year              SMALLINT collection year
--   period_no         INTEGER  first period of care that started in the year
--   la                VARCHAR  authority at its start
--   start_date        DATE     its first day
--   PREV_PERM         VARCHAR  as the year's return has it; NULL when it doesn't say
--   permanence        VARCHAR  adoption, special_guardianship, child_arrangements or none; NULL when not known
--   linked_exit       DATE     end of the last earlier period of care that ended with adoption, special guardianship or an order; NULL when linkage knows of none
--   order_date        DATE     DATE_PERM, in the middle of the month when only the day is missing; NULL when less is known or it lies after start_date
--   days              INTEGER  from linked_exit, or else order_date, to start_date; NULL when neither is known or the child had no permanence
-- checks:  unique(person_id, year); days >= 0
-- source:  indicator catalogue, HOM03; SSDA903 PrevPerm. An adopted child comes back under a new identity, so that adoptions are seldom linked
with
started as (
    select p.person_id, y.year, p.period_no, p.la_first as la, p.start_date
    from period_of_care p
    join ref.year y on p.start_date between y.first_day and y.last_day
    where p.RNE = 'S'
    qualify row_number() over (partition by p.person_id, y.year order by p.period_no) = 1
),
told as (
    select s.* from stg_prevperm s semi join (select la, year, max("load") as "load" from stg_prevperm group by la, year) l on l.la = s.la and l.year = s.year and l."load" = s."load" where person_id is not null
),
word as (
    select s.person_id, s.year, t.PREV_PERM,
        try_cast(lpad(t.DATE_PERM_year::varchar, 4, '0') || '-' || t.DATE_PERM_month || '-' || coalesce(t.DATE_PERM_day, 15) as date) as order_date
    from started s
    join told t using (person_id, year)
    qualify row_number() over (partition by s.person_id, s.year
        order by t.la = s.la desc, t.PREV_PERM is null, t.PREV_PERM = 'P4', t.la, t.child_key, t.file desc, t."row" desc) = 1
),
before as (
    select s.person_id, s.year, max(p.end_date) as linked_exit
    from started s
    join period_of_care p on p.person_id = s.person_id and p.period_no < s.period_no and p.way_out in ('adoption', 'special_guardianship', 'residence_order')
    group by s.person_id, s.year
),
final as (
    select
        s.person_id, s.year, s.period_no, s.la, s.start_date, w.PREV_PERM,
        case w.PREV_PERM when 'P1' then 'adoption' when 'P2' then 'special_guardianship' when 'P3' then 'child_arrangements' when 'Z1' then 'none' end as permanence,
        b.linked_exit,
        case when w.order_date <= s.start_date then w.order_date end as order_date,
        case when b.linked_exit is not null or w.PREV_PERM in ('P1', 'P2', 'P3')
             then s.start_date - coalesce(b.linked_exit, case when w.order_date <= s.start_date then w.order_date end) end::integer as days
    from started s
    left join word w using (person_id, year)
    left join before b using (person_id, year)
)
select * from final
order by person_id, year
