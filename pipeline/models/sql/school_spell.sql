-- model:   school_spell
-- grain:   one row per person_id, spell_no: an unbroken time on the roll of one school, of a child of the returns
-- inputs:  stg_npd_census, child
-- columns:
--   person_id  VARCHAR  linked person
--   spell_no   INTEGER  1 for the person's first in school records
--   school     VARCHAR  URN; LAEstab where no URN is given
--   entry      DATE     EntryDate; NULL when not told
--   leaving    DATE     LeavingDate, else the day before the entry into the next school; NULL when neither is told
--   first_year SMALLINT calendar year in which the academic year of the first census ends
--   first_term VARCHAR  AUT, SPR or SUM
--   last_year  SMALLINT the same of the last census
--   last_term  VARCHAR  AUT, SPR or SUM
--   censuses   SMALLINT number of censuses
-- checks:  unique(person_id, spell_no); censuses > 0
-- source:  National Pupil Database extracts, termly census; subsidiary registrations are left out
with
census as (
    select distinct c.person_id, coalesce(c.URN, c.LAEstab) as school, c.EntryDate, c.LeavingDate, (c.AcademicYear // 100 + 1)::smallint as year, c.census_term as term,
        (c.AcademicYear // 100) * 3 + case c.census_term when 'AUT' then 0 when 'SPR' then 1 else 2 end as nth
    from (select s.* from stg_npd_census s semi join (select la, year, max("load") as "load" from stg_npd_census group by la, year) l on l.la = s.la and l.year = s.year and l."load" = s."load") c
    semi join child k on k.person_id = c.person_id
    where c.EnrolStatus is distinct from 'S' and c.AcademicYear is not null and c.census_term is not null
        and (c.URN is not null or c.LAEstab is not null)
),
placed as (
    select *, row_number() over history as place, lag(school) over history is distinct from school as begins
    from census
    window history as (partition by person_id order by nth, EntryDate, school, LeavingDate)
),
run as (
    select *, sum(begins::integer) over (partition by person_id order by place) as run_no from placed
),
spell as (
    select person_id, school, run_no,
        min(nth) as from_nth, max(nth) as to_nth,
        min(EntryDate) as entry, max(LeavingDate) as leaving,
        arg_min(year, nth) as first_year, arg_min(term, nth) as first_term,
        arg_max(year, nth) as last_year, arg_max(term, nth) as last_term,
        count(distinct nth)::smallint as censuses
    from run
    group by person_id, school, run_no
),
final as (
    select
        person_id,
        row_number() over w::integer as spell_no,
        school, entry,
        coalesce(leaving, case when lead(entry) over w > coalesce(entry, date '0001-01-01') then lead(entry) over w - 1 end)::date as leaving,
        first_year, first_term, last_year, last_term, censuses
    from spell
    window w as (partition by person_id order by from_nth, entry, to_nth, school)
)
select * from final
order by person_id, spell_no
