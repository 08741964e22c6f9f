-- model:   missing_year
-- grain:   one row per person_id, missing_no, year with any day of the spell: a time missing or away in one year
-- inputs:  missing_spell, population_year, ref.year
-- columns:
--   person_id   VARCHAR  linked person
--   missing_no  INTEGER  as in missing_spell
--   year        SMALLINT collection year
--   la          VARCHAR  authority responsible in that year
--   kind        VARCHAR  missing, or away when the whereabouts were known
--   later_day   BOOLEAN  ended on a later day than it began, or will; NULL when it began on the last day of the return and is open
-- checks:  unique(person_id, missing_no, year)
-- source:  indicator catalogue, SAF01: a spell open on 1 April counts, and counts in every year that it reaches. Of children looked after in the year, respite alone left out
with
final as (
    select m.person_id, m.missing_no, y.year, p.la, m.kind,
        case when m.end_date is not null then m.end_date > m.start_date when m.seen_until > m.start_date then true end as later_day
    from missing_spell m
    join ref.year y on m.start_date <= y.last_day and coalesce(m.end_date, m.seen_until) >= y.first_day
    join population_year p on p.person_id = m.person_id and p.year = y.year
    where not p.respite_only
)
select * from final
order by person_id, missing_no, year
