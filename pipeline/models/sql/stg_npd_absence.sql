-- model:   stg_npd_absence
-- grain:   one row per la, year, load, file, row: pupil, school and term, as sent
-- inputs:  lake.npd_absence, person_key
-- columns:
--   person_id           VARCHAR  linked person, from person_key; NULL when the row has no child_key or nobody it belongs to
--   child_key           UUID     keyed pseudonym of authority and CHILD, or of an extract's record_id; NULL when blank in the row
--   la                  VARCHAR  ONS code of the supplier; E92000001 for a national extract
--   year                SMALLINT collection year of the delivery
--   load                SMALLINT 0 for the first delivery of that year, 1 and up for resubmissions in order of receipt
--   row                 INTEGER  1 for the first data row of the file as sent
--   file                SMALLINT 0 for the first file of the module in the delivery, in order of name
--   AcademicYear        INTEGER  as sent
--   term                VARCHAR  code of CENSUS_TERM
--   LAEstab             VARCHAR  as sent
--   SessionsPossible    INTEGER  half days; sum over schools before taking a rate
--   OverallAbsence      INTEGER  as sent
--   AuthorisedAbsence   INTEGER  as sent
--   UnauthorisedAbsence INTEGER  as sent
--   problems            VARCHAR  rules that the row breaks, as COLUMN:rule joined by blanks; NULL when none. A value that cannot be read is NULL and named here
-- checks:  unique(la, year, load, file, row)
-- source:  National Pupil Database extracts, absence
select
    k.person_id,
    s.child_key,
    s.la,
    s.year,
    s."load",
    s."row",
    s.file,
    s.AcademicYear,
    s.term,
    s.LAEstab,
    s.SessionsPossible,
    s.OverallAbsence,
    s.AuthorisedAbsence,
    s.UnauthorisedAbsence,
    s.problems
from lake.npd_absence s
left join person_key k using (child_key)
