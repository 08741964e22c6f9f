-- model:   stg_ad1
-- grain:   one row per la, year, load, file, row: child adopted in the year, as sent
-- inputs:  lake.ssda903_ad1, person_key
-- columns:
--   person_id   VARCHAR  linked person, from person_key; NULL when the row has no child_key
--   child_key   UUID     keyed pseudonym of authority and CHILD, or of an extract's record_id; NULL when blank in the row
--   la          VARCHAR  ONS code of the supplier; E92000001 for a national extract
--   year        SMALLINT collection year of the delivery
--   load        SMALLINT 0 for the first delivery of that year, 1 and up for resubmissions in order of receipt
--   row         INTEGER  1 for the first data row of the file as sent
--   file        SMALLINT 0 for the first file of the module in the delivery, in order of name
--   birth_year  SMALLINT year of birth
--   birth_month SMALLINT month of birth, 1 to 12
--   DATE_INT    DATE     authority decides the child should be placed for adoption
--   DATE_MATCH  DATE     matched with adopters
--   FOSTER_CARE SMALLINT adopted by former foster carer
--   NB_ADOPTR   VARCHAR  code of NB_ADOPTR
--   SEX_ADOPTR  VARCHAR  code of SEX_ADOPTR
--   LS_ADOPTR   VARCHAR  code of LS_ADOPTR
--   problems    VARCHAR  rules that the row breaks, as COLUMN:rule joined by blanks; NULL when none. A value that cannot be read is NULL and named here
-- checks:  unique(la, year, load, file, row)
-- source:  Children looked after return (SSDA903), AD1
select
    k.person_id,
    s.child_key,
    s.la,
    s.year,
    s."load",
    s."row",
    s.file,
    s.birth_year,
    s.birth_month,
    s.DATE_INT,
    s.DATE_MATCH,
    s.FOSTER_CARE,
    s.NB_ADOPTR,
    s.SEX_ADOPTR,
    s.LS_ADOPTR,
    s.problems
from lake.ssda903_ad1 s
left join person_key k using (child_key)
