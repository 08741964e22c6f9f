-- model:   school_move
-- grain:   one row per person_id, spell_no: the start at a school, from another or from none
-- inputs:  school_spell, ref.year
-- columns:
--   person_id   VARCHAR  linked person
--   spell_no    INTEGER  the school moved to, as in school_spell
--   move_date   DATE     EntryDate; NULL when not told
--   year        SMALLINT collection year of that day; NULL when no return is of that year
--   from_school VARCHAR  school of the spell before; NULL when no census has one
--   school      VARCHAR  school moved to
--   mid_year    BOOLEAN  outside 1 August to 30 September; NULL when the date is not told
-- checks:  unique(person_id, spell_no)
-- source:  indicator catalogue, STA11
with
final as (
    select
        s.person_id, s.spell_no, s.entry as move_date, y.year,
        lag(s.school) over (partition by s.person_id order by s.spell_no) as from_school,
        s.school,
        month(s.entry) not in (8, 9) as mid_year
    from school_spell s
    left join ref.year y on s.entry between y.first_day and y.last_day
)
select * from final
order by person_id, spell_no
