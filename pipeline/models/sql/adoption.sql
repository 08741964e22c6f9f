-- model:   adoption
-- grain:   one row per person_id, period_no: a period of care that ended with adoption
-- inputs:  period_of_care, episode_chain, stg_ad1, ref.year
-- columns:
--   person_id     VARCHAR  linked person
--   period_no     INTEGER  period of care that ended
--   year          SMALLINT collection year of the adoption
--   la            VARCHAR  authority at the end
--   start_date    DATE     entry into care: DECOM of the period's first episode; NULL when its start was not seen
--   age_at_start  SMALLINT completed years on that day
--   decision_date DATE     DATE_INT
--   match_date    DATE     DATE_MATCH
--   placed_date   DATE     DECOM of the period's first episode with PLACE A3 to A6
--   adopted_date  DATE     DEC
-- checks:  unique(person_id, period_no)
-- source:  indicator catalogue, HOM04; SSDA903 AD1, of which the last return about the child counts. A foster carer's adoption begins where A3 or A5 does, not where the child moved in
with
told as (
    select s.* from stg_ad1 s semi join (select la, year, max("load") as "load" from stg_ad1 group by la, year) l on l.la = s.la and l.year = s.year and l."load" = s."load"
),
word as (
    select person_id, DATE_INT, DATE_MATCH
    from told
    where person_id is not null
    qualify row_number() over (partition by person_id order by year desc, DATE_INT is null, DATE_MATCH is null, la, child_key, file desc, "row" desc) = 1
),
placed as (
    select c.person_id, c.period_no, min(c.DECOM) as placed_date from episode_chain c where c.placement_type = 'adoption' group by c.person_id, c.period_no
),
final as (
    select
        p.person_id, p.period_no, y.year, p.la_last as la,
        case when p.RNE = 'S' then p.start_date end as start_date,
        case when p.RNE = 'S' then p.age_at_start end as age_at_start,
        w.DATE_INT as decision_date, w.DATE_MATCH as match_date, a.placed_date, p.end_date as adopted_date
    from period_of_care p
    join ref.year y on p.end_date between y.first_day and y.last_day
    left join word w using (person_id)
    left join placed a using (person_id, period_no)
    where p.way_out = 'adoption'
)
select * from final
order by person_id, period_no
