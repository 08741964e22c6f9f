-- model:   missing_spell
-- grain:   one row per person_id, missing_no: a time missing or away without authorisation
-- inputs:  stg_missing, authority_group, ref.year
-- columns:
--   person_id  VARCHAR  linked person
--   missing_no INTEGER  1 for the person's first
--   la         VARCHAR  authority that has the last word
--   kind       VARCHAR  missing, or away when the whereabouts were known
--   start_date DATE     first day
--   end_date   DATE     last day, may be the first; NULL while open, or when no later return says
--   seen_until DATE     last day about which the return speaks
--   days       INTEGER  nights away; an open spell counts to the day after seen_until
--   year       SMALLINT return that has the last word
-- checks:  unique(person_id, missing_no); days >= 0
-- source:  SSDA903 Missing; the later return wins. A spell that ends before it starts is left out
with
last_load as (
    select s.* from stg_missing s
    semi join (select la, year, max("load") as "load" from stg_missing group by la, year) l on l.la = s.la and l.year = s.year and l."load" = s."load"
),
word as (
    select m.*, coalesce(g.authority_group, m.la) as authority_group
    from last_load m
    left join authority_group g on g.la = m.la
    where m.person_id is not null and m.MIS_START is not null and (m.MIS_END is null or m.MIS_END >= m.MIS_START)
    qualify row_number() over (partition by m.person_id, authority_group, m.MIS_START
        order by m.year desc, m.MIS_END is null, m.MIS_END desc, m.file desc, m."row" desc) = 1
),
final as (
    select
        w.person_id,
        row_number() over (partition by w.person_id order by w.MIS_START, w.MIS_END, w.la)::integer as missing_no,
        w.la,
        case w.MISSING when 'M' then 'missing' when 'A' then 'away' else 'unknown' end as kind,
        w.MIS_START as start_date,
        w.MIS_END as end_date,
        y.last_day as seen_until,
        greatest(0, coalesce(w.MIS_END, y.last_day + 1) - w.MIS_START)::integer as days,
        w.year
    from word w
    join ref.year y on y.year = w.year
)
select * from final
order by person_id, missing_no
