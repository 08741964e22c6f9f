-- model:   admission
-- grain:   one row per person_id, admission_no: a stay in hospital of a child of the returns
-- inputs:  stg_hes_apc, child, ref.code
-- columns:
--   person_id    VARCHAR  linked person
--   admission_no INTEGER  1 for the person's first
--   admitted     DATE     day on which the stay began
--   discharged   DATE     day on which it ended; the end of the last episode where DISDATE is blank
--   nights       INTEGER  nights in hospital
--   episodes     SMALLINT finished episodes of the stay
--   method       VARCHAR  ADMIMETH
--   method_group VARCHAR  emergency, elective, maternity, birth or other
--   emergency    BOOLEAN  an emergency admission
--   cause        VARCHAR  CAUSE_4 that decides the group; NULL without an external cause
--   cause_group  VARCHAR  self_harm, other_injury, or none
--   diagnosis    VARCHAR  DIAG_4_01 of the first episode
--   year         SMALLINT collection year in which the stay began
-- checks:  unique(person_id, admission_no); discharged is null or discharged >= admitted; not emergency or method_group = 'emergency'
-- source:  Hospital Episode Statistics, admitted care: the episodes of a stay share their day of admission. Self-harm in any episode makes the stay one for self-harm
with
method as (
    select code, code_group from ref.code where code_set = 'HES_ADMIMETH'
),
block as (
    select left(code, 3) as first_code, right(code, 3) as last_code, code_group from ref.code where code_set = 'HES_CAUSE'
),
word as (
    select e.*
    from (select s.* from stg_hes_apc s semi join (select la, year, max("load") as "load" from stg_hes_apc group by la, year) l on l.la = s.la and l.year = s.year and l."load" = s."load") e
    semi join child c on c.person_id = e.person_id
    where e.ADMIDATE is not null and e.EPISTART is not null
    qualify row_number() over (partition by e.person_id, e.EPIKEY order by e.year desc, e.file desc, e."row" desc) = 1
),
caused as (
    select w.*, case when b.code_group in ('self_harm', 'other_injury') then b.code_group end as cause_group
    from word w
    left join block b on left(w.CAUSE_4, 3) between b.first_code and b.last_code
),
stay as (
    select
        person_id, ADMIDATE as admitted,
        greatest(ADMIDATE, coalesce(max(DISDATE), max(EPIEND))) as discharged,
        count(*)::smallint as episodes,
        arg_min(ADMIMETH, (coalesce(EPIORDER, 99), EPISTART, EPIEND, EPIKEY)) as method,
        arg_min(DIAG_4_01, (coalesce(EPIORDER, 99), EPISTART, EPIEND, EPIKEY)) as diagnosis,
        arg_min(struct_pack(cause := CAUSE_4, cause_group := cause_group), (cause_group <> 'self_harm', coalesce(EPIORDER, 99), EPISTART, EPIEND, EPIKEY))
            filter (where cause_group is not null) as why
    from caused
    group by person_id, ADMIDATE
),
final as (
    select
        s.person_id,
        row_number() over (partition by s.person_id order by s.admitted)::integer as admission_no,
        s.admitted, s.discharged,
        (s.discharged - s.admitted)::integer as nights,
        s.episodes, s.method,
        coalesce(m.code_group, 'other') as method_group,
        coalesce(m.code_group = 'emergency', false) as emergency,
        s.why.cause as cause,
        coalesce(s.why.cause_group, 'none') as cause_group,
        s.diagnosis,
        (year(s.admitted) + (month(s.admitted) >= 4)::integer)::smallint as year
    from stay s
    left join method m on m.code = s.method
)
select * from final
order by person_id, admission_no
