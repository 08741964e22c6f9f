-- model:   stg_npd_ks2
-- grain:   one row per la, year, load, file, row: pupil, as sent
-- inputs:  lake.npd_ks2, person_key
-- columns:
--   person_id     VARCHAR  linked person, from person_key; NULL when the row has no child_key or nobody it belongs to
--   child_key     UUID     keyed pseudonym of authority and CHILD, or of an extract's record_id; NULL when blank in the row
--   la            VARCHAR  ONS code of the supplier; E92000001 for a national extract
--   year          SMALLINT collection year of the delivery
--   load          SMALLINT 0 for the first delivery of that year, 1 and up for resubmissions in order of receipt
--   row           INTEGER  1 for the first data row of the file as sent
--   file          SMALLINT 0 for the first file of the module in the delivery, in order of name
--   AcademicYear  INTEGER  as sent
--   KS2_READSCORE INTEGER  scaled score
--   KS2_MATSCORE  INTEGER  scaled score
--   KS2_RWM_EXP   SMALLINT expected standard in reading, writing and mathematics
--   problems      VARCHAR  rules that the row breaks, as COLUMN:rule joined by blanks; NULL when none. A value that cannot be read is NULL and named here
-- checks:  unique(la, year, load, file, row)
-- source:  National Pupil Database extracts, ks2
select
    k.person_id,
    s.child_key,
    s.la,
    s.year,
    s."load",
    s."row",
    s.file,
    s.AcademicYear,
    s.KS2_READSCORE,
    s.KS2_MATSCORE,
    s.KS2_RWM_EXP,
    s.problems
from lake.npd_ks2 s
left join person_key k using (child_key)
