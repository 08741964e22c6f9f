-- model:   stg_npd_ks4
-- grain:   one row per la, year, load, file, row: pupil, as sent
-- inputs:  lake.npd_ks4, person_key
-- columns:
--   person_id       VARCHAR  linked person, from person_key; NULL when the row has no child_key or nobody it belongs to
--   child_key       UUID     keyed pseudonym of authority and CHILD, or of an extract's record_id; NULL when blank in the row
--   la              VARCHAR  ONS code of the supplier; E92000001 for a national extract
--   year            SMALLINT collection year of the delivery
--   load            SMALLINT 0 for the first delivery of that year, 1 and up for resubmissions in order of receipt
--   row             INTEGER  1 for the first data row of the file as sent
--   file            SMALLINT 0 for the first file of the module in the delivery, in order of name
--   AcademicYear    INTEGER  as sent
--   KS4_ATT8        DOUBLE   Attainment 8 points; 2019/20 and 2020/21 were graded by teachers
--   KS4_P8SCORE     DOUBLE   Progress 8: points a subject over pupils who began alike
--   KS4_L2BASICS_94 SMALLINT grade 4 or better in English and mathematics
--   problems        VARCHAR  rules that the row breaks, as COLUMN:rule joined by blanks; NULL when none. A value that cannot be read is NULL and named here
-- checks:  unique(la, year, load, file, row)
-- source:  National Pupil Database extracts, ks4
select
    k.person_id,
    s.child_key,
    s.la,
    s.year,
    s."load",
    s."row",
    s.file,
    s.AcademicYear,
    s.KS4_ATT8,
    s.KS4_P8SCORE,
    s.KS4_L2BASICS_94,
    s.problems
from lake.npd_ks4 s
left join person_key k using (child_key)
