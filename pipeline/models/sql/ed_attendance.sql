-- model:   ed_attendance
-- grain:   one row per person_id, attendance_no: a child of the returns in an emergency department
-- inputs:  stg_hes_ae, child, ref.code
-- columns:
--   person_id     VARCHAR  linked person
--   attendance_no INTEGER  1 for the person's first
--   arrived       DATE     day of arrival
--   category      VARCHAR  first, follow_up or other
--   first         BOOLEAN  a first attendance, not a follow-up: what the indicators count
--   department    VARCHAR  major, single_specialty, minor or other
--   ambulance     BOOLEAN  came by ambulance; NULL when not known
--   reason        VARCHAR  self_harm, injury, illness or other
--   disposal      VARCHAR  admitted, discharged, moved, left or other
--   year          SMALLINT collection year of the arrival
-- checks:  unique(person_id, attendance_no)
-- source:  Hospital Episode Statistics, emergency departments
with
word as (
    select e.*
    from (select s.* from stg_hes_ae s semi join (select la, year, max("load") as "load" from stg_hes_ae group by la, year) l on l.la = s.la and l.year = s.year and l."load" = s."load") e
    semi join child c on c.person_id = e.person_id
    where e.ARRIVALDATE is not null
    qualify row_number() over (partition by e.person_id, e.AEKEY order by e.year desc, e.file desc, e."row" desc) = 1
),
final as (
    select
        w.person_id,
        row_number() over (partition by w.person_id order by w.ARRIVALDATE, w.AEKEY)::integer as attendance_no,
        w.ARRIVALDATE as arrived,
        coalesce(c.code_group, 'other') as category,
        coalesce(c.code_group = 'first', false) as first,
        coalesce(d.code_group, 'other') as department,
        case a.code_group when 'ambulance' then true when 'other' then false end as ambulance,
        coalesce(g.code_group, 'other') as reason,
        coalesce(x.code_group, 'other') as disposal,
        (year(w.ARRIVALDATE) + (month(w.ARRIVALDATE) >= 4)::integer)::smallint as year
    from word w
    left join ref.code c on c.code_set = 'HES_AEATTENDCAT' and c.code = w.AEATTENDCAT
    left join ref.code d on d.code_set = 'HES_AEDEPTTYPE' and d.code = w.AEDEPTTYPE
    left join ref.code a on a.code_set = 'HES_AEARRIVALMODE' and a.code = w.AEARRIVALMODE
    left join ref.code g on g.code_set = 'HES_AEPATGROUP' and g.code = w.AEPATGROUP
    left join ref.code x on x.code_set = 'HES_AEATTENDDISP' and x.code = w.AEATTENDDISP
)
select * from final
order by person_id, attendance_no
