-- model:   social_worker_spell
-- grain:   one row per person_id, spell_no: a time with one social worker
-- inputs:  stg_swepisodes, authority_group, ref.year
-- columns:
--   person_id  VARCHAR  linked person
--   spell_no   INTEGER  1 for the person's first
--   la         VARCHAR  authority that has the last word
--   SW_ID      UUID     keyed pseudonym of the worker; who comes back has the same
--   start_date DATE     first day
--   end_date   DATE     day on which the next worker begins, may be the first; NULL while open, or when no later return says
--   seen_until DATE     last day about which the return speaks
--   days       INTEGER  days with the worker; an open spell counts to the day after seen_until
--   SW_REASON  VARCHAR  why the change happened
--   year       SMALLINT return that has the last word
-- checks:  unique(person_id, spell_no); days >= 0
-- source:  SSDA903 SWEpisodes, from the return of 2024; the later return wins. An open spell that is not sent again ends where the next of the authority starts. A spell that ends before it starts is left out
with
last_load as (
    select s.* from stg_swepisodes s
    semi join (select la, year, max("load") as "load" from stg_swepisodes group by la, year) l on l.la = s.la and l.year = s.year and l."load" = s."load"
),
word as (
    select s.*, coalesce(g.authority_group, s.la) as authority_group
    from last_load s
    left join authority_group g on g.la = s.la
    where s.person_id is not null and s.SW_DECOM is not null and (s.SW_DEC is null or s.SW_DEC >= s.SW_DECOM)
    qualify row_number() over (partition by s.person_id, authority_group, s.SW_DECOM
        order by s.year desc, s.SW_DEC is null, s.SW_DEC desc, s.la, s.child_key, s.file desc, s."row" desc) = 1
),
ended as (
    select
        * exclude (SW_DEC),
        -- the later return has another worker, so the open spell of the older one is over
        case when SW_DEC is null and lead(year) over w > year then lead(SW_DECOM) over w else SW_DEC end as SW_DEC
    from word
    window w as (partition by person_id, authority_group order by SW_DECOM)
),
final as (
    select
        e.person_id,
        row_number() over (partition by e.person_id order by e.SW_DECOM, e.SW_DEC, e.la)::integer as spell_no,
        e.la,
        e.SW_ID,
        e.SW_DECOM as start_date,
        e.SW_DEC as end_date,
        y.last_day as seen_until,
        greatest(0, coalesce(e.SW_DEC, y.last_day + 1) - e.SW_DECOM)::integer as days,
        e.SW_REASON,
        e.year
    from ended e
    join ref.year y on y.year = e.year
)
select * from final
order by person_id, spell_no
