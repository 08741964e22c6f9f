-- model:   stg_uasc
-- grain:   one row per la, year, load, file, row: unaccompanied asylum-seeking child, as sent
-- inputs:  lake.ssda903_uasc, person_key
-- columns:
--   person_id   VARCHAR  linked person, from person_key; NULL when the row has no child_key
--   child_key   UUID     keyed pseudonym of authority and CHILD, or of an extract's record_id; NULL when blank in the row
--   la          VARCHAR  ONS code of the supplier; E92000001 for a national extract
--   year        SMALLINT collection year of the delivery
--   load        SMALLINT 0 for the first delivery of that year, 1 and up for resubmissions in order of receipt
--   row         INTEGER  1 for the first data row of the file as sent
--   file        SMALLINT 0 for the first file of the module in the delivery, in order of name
--   SEX         VARCHAR  changes in 2025 as Header
--   birth_year  SMALLINT year of birth
--   birth_month SMALLINT month of birth, 1 to 12
--   DUC         DATE     date UASC status ended, or the 18th birthday
--   problems    VARCHAR  rules that the row breaks, as COLUMN:rule joined by blanks; NULL when none. A value that cannot be read is NULL and named here
-- checks:  unique(la, year, load, file, row)
-- source:  Children looked after return (SSDA903), UASC
select
    k.person_id,
    s.child_key,
    s.la,
    s.year,
    s."load",
    s."row",
    s.file,
    s.SEX,
    s.birth_year,
    s.birth_month,
    s.DUC,
    s.problems
from lake.ssda903_uasc s
left join person_key k using (child_key)
