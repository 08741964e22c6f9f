-- model:   chart_attendance_around_entry
-- grain:   one row per term: school terms before and after the first entry to care
-- inputs:  stg_npd_absence, child
-- columns:
--   term              SMALLINT -6 to 6; 0 is the term in which the child entered care
--   sessions_possible BIGINT   half days
--   sessions_absent   BIGINT   half days missed
--   n                 BIGINT   children
-- checks:  unique(term); sessions_absent <= sessions_possible
-- source:  National Pupil Database extracts. Autumn is September to December, spring January to Easter (counted to 31 March), summer the rest
with
last_load as (
    select s.* from stg_npd_absence s
    semi join (select la, year, max("load") as "load" from stg_npd_absence group by la, year) l on l.la = s.la and l.year = s.year and l."load" = s."load"
    where person_id is not null
),
sessions as (
    select person_id, (AcademicYear // 100) * 3 + case term when 'AUT' then 0 when 'SPR' then 1 else 2 end as at,
        sum(SessionsPossible) as possible, sum(OverallAbsence) as absent
    from last_load
    where AcademicYear is not null and term is not null
    group by all
),
entry as (
    select person_id,
        case when month(first_entry) >= 9 then year(first_entry) * 3
             when month(first_entry) <= 3 then (year(first_entry) - 1) * 3 + 1
             else (year(first_entry) - 1) * 3 + 2 end as at
    from child
    where first_entry is not null
),
final as (
    select (s.at - e.at)::smallint as term, sum(s.possible)::bigint as sessions_possible, sum(s.absent)::bigint as sessions_absent, count(*) as n
    from sessions s
    join entry e using (person_id)
    where s.at - e.at between -6 and 6 and s.possible > 0
    group by s.at - e.at
)
select * from final
order by term
