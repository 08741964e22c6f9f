-- model:   stg_mhsds_patient
-- grain:   one row per la, year, load, file, row: period of a patient's details, as sent
-- inputs:  lake.mhsds_patient, person_key
-- columns:
--   person_id               VARCHAR  linked person, from person_key; NULL when the row has no child_key or nobody it belongs to
--   child_key               UUID     keyed pseudonym of authority and CHILD, or of an extract's record_id; NULL when blank in the row
--   la                      VARCHAR  ONS code of the supplier; E92000001 for a national extract
--   year                    SMALLINT collection year of the delivery
--   load                    SMALLINT 0 for the first delivery of that year, 1 and up for resubmissions in order of receipt
--   row                     INTEGER  1 for the first data row of the file as sent
--   file                    SMALLINT 0 for the first file of the module in the delivery, in order of name
--   OrgIDSubICBLocResidence VARCHAR  health area of the patient's home
--   RecordStartDate         DATE     first day on which the details held
--   RecordEndDate           DATE     last day; blank while they hold
--   problems                VARCHAR  rules that the row breaks, as COLUMN:rule joined by blanks; NULL when none. A value that cannot be read is NULL and named here
-- checks:  unique(la, year, load, file, row)
-- source:  Mental Health Services Data Set, patient
select
    k.person_id,
    s.child_key,
    s.la,
    s.year,
    s."load",
    s."row",
    s.file,
    s.OrgIDSubICBLocResidence,
    s.RecordStartDate,
    s.RecordEndDate,
    s.problems
from lake.mhsds_patient s
left join person_key k using (child_key)
