-- model:   stg_npd_census
-- grain:   one row per la, year, load, file, row: pupil, term and school, as sent
-- inputs:  lake.npd_census, person_key
-- columns:
--   person_id        VARCHAR  linked person, from person_key; NULL when the row has no child_key or nobody it belongs to
--   child_key        UUID     keyed pseudonym of authority and CHILD, or of an extract's record_id; NULL when blank in the row
--   la               VARCHAR  ONS code of the supplier; E92000001 for a national extract
--   year             SMALLINT collection year of the delivery
--   load             SMALLINT 0 for the first delivery of that year, 1 and up for resubmissions in order of receipt
--   row              INTEGER  1 for the first data row of the file as sent
--   file             SMALLINT 0 for the first file of the module in the delivery, in order of name
--   AcademicYear     INTEGER  six digits, 202324 for 2023/24
--   census_term      VARCHAR  code of CENSUS_TERM
--   LAEstab          VARCHAR  authority and school number, 7 digits
--   URN              VARCHAR  the school's number, the same under another authority
--   SchoolPhase      VARCHAR  code of SCHOOL_PHASE
--   EnrolStatus      VARCHAR  code of ENROL_STATUS
--   NCyearActual     VARCHAR  R, 1 to 14, or X where a school does not follow year groups
--   EntryDate        DATE     as sent
--   LeavingDate      DATE     as sent
--   Sex              VARCHAR  code of SEX_LETTER
--   EthnicGroupMinor VARCHAR  code of ETHNIC
--   FSMeligible      SMALLINT as sent
--   SENprovision     VARCHAR  code of SEN_PROVISION
--   SENPrimaryType   VARCHAR  as sent
--   problems         VARCHAR  rules that the row breaks, as COLUMN:rule joined by blanks; NULL when none. A value that cannot be read is NULL and named here
-- checks:  unique(la, year, load, file, row)
-- source:  National Pupil Database extracts, census
select
    k.person_id,
    s.child_key,
    s.la,
    s.year,
    s."load",
    s."row",
    s.file,
    s.AcademicYear,
    s.census_term,
    s.LAEstab,
    s.URN,
    s.SchoolPhase,
    s.EnrolStatus,
    s.NCyearActual,
    s.EntryDate,
    s.LeavingDate,
    s.Sex,
    s.EthnicGroupMinor,
    s.FSMeligible,
    s.SENprovision,
    s.SENPrimaryType,
    s.problems
from lake.npd_census s
left join person_key k using (child_key)
