-- model:   chart_attendance_around_entry
-- grain:   one row per term: school terms before and after the first entry to care
-- inputs:  pupil_term
-- columns:
--   term              SMALLINT -6 to 6; 0 is the term in which the child entered care
--   sessions_possible BIGINT   half days
--   sessions_absent   BIGINT   half days missed
--   n                 BIGINT   children
-- checks:  unique(term); sessions_absent <= sessions_possible
-- source:  National Pupil Database extracts. Autumn is September to December, spring January to Easter (counted to 31 March), summer the rest
with
final as (
    select terms_from_entry::smallint as term, sum(sessions_possible)::bigint as sessions_possible, sum(sessions_absent)::bigint as sessions_absent, count(*) as n
    from pupil_term
    where terms_from_entry between -6 and 6 and sessions_possible > 0
    group by terms_from_entry
)
select * from final
order by term
