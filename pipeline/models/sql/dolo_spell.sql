-- model:   dolo_spell
-- grain:   one row per person_id, spell_no: a time under a deprivation of liberty order
-- inputs:  stg_dolo, authority_group, ref.year
-- columns:
--   person_id  VARCHAR  linked person
--   spell_no   INTEGER  1 for the person's first
--   la         VARCHAR  authority that has the last word
--   start_date DATE     first day
--   end_date   DATE     last day, may be the first; NULL while open, or when no later return says
--   seen_until DATE     last day about which the return speaks
--   days       INTEGER  nights under the order; an open one counts to the day after seen_until
--   year       SMALLINT return that has the last word
-- checks:  unique(person_id, spell_no); days >= 0
-- source:  SSDA903 DoLo, from the return of 2027; the later return wins. An order that ends before it starts is left out
with
last_load as (
    select s.* from stg_dolo s
    semi join (select la, year, max("load") as "load" from stg_dolo group by la, year) l on l.la = s.la and l.year = s.year and l."load" = s."load"
),
word as (
    select d.*, coalesce(g.authority_group, d.la) as authority_group
    from last_load d
    left join authority_group g on g.la = d.la
    where d.person_id is not null and d.DOLO_START is not null and (d.DOLO_END is null or d.DOLO_END >= d.DOLO_START)
    qualify row_number() over (partition by d.person_id, authority_group, d.DOLO_START
        order by d.year desc, d.DOLO_END is null, d.DOLO_END desc, d.la, d.child_key, d.file desc, d."row" desc) = 1
),
final as (
    select
        w.person_id,
        row_number() over (partition by w.person_id order by w.DOLO_START, w.DOLO_END, w.la)::integer as spell_no,
        w.la,
        w.DOLO_START as start_date,
        w.DOLO_END as end_date,
        y.last_day as seen_until,
        greatest(0, coalesce(w.DOLO_END, y.last_day + 1) - w.DOLO_START)::integer as days,
        w.year
    from word w
    join ref.year y on y.year = w.year
)
select * from final
order by person_id, spell_no
