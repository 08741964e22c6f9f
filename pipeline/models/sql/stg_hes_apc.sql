-- model:   stg_hes_apc
-- grain:   one row per la, year, load, file, row: finished episode of admitted care (EPIKEY), as sent
-- inputs:  lake.hes_apc, person_key
-- columns:
--   person_id VARCHAR  linked person, from person_key; NULL when the row has no child_key or nobody it belongs to
--   child_key UUID     keyed pseudonym of authority and CHILD, or of an extract's record_id; NULL when blank in the row
--   la        VARCHAR  ONS code of the supplier; E92000001 for a national extract
--   year      SMALLINT collection year of the delivery
--   load      SMALLINT 0 for the first delivery of that year, 1 and up for resubmissions in order of receipt
--   row       INTEGER  1 for the first data row of the file as sent
--   file      SMALLINT 0 for the first file of the module in the delivery, in order of name
--   EPIKEY    UUID     keyed pseudonym
--   EPISTART  DATE     as sent
--   EPIEND    DATE     as sent
--   EPIORDER  INTEGER  1 for the first episode of the stay
--   EPITYPE   VARCHAR  1 general, 2 delivery, 3 birth
--   ADMIDATE  DATE     as sent
--   ADMIMETH  VARCHAR  code of HES_ADMIMETH
--   ADMISORC  VARCHAR  where the patient came from
--   DISDATE   DATE     on the last episode of the stay
--   DISMETH   VARCHAR  as sent
--   DISDEST   VARCHAR  as sent
--   DIAG_4_01 VARCHAR  main diagnosis, ICD-10
--   DIAG_4_02 VARCHAR  as sent
--   CAUSE_4   VARCHAR  external cause, ICD-10 V01 to Y98
--   MAINSPEF  VARCHAR  specialty of the consultant
--   PROCODE3  VARCHAR  provider
--   problems  VARCHAR  rules that the row breaks, as COLUMN:rule joined by blanks; NULL when none. A value that cannot be read is NULL and named here
-- checks:  unique(la, year, load, file, row)
-- source:  Hospital Episode Statistics, apc
select
    k.person_id,
    s.child_key,
    s.la,
    s.year,
    s."load",
    s."row",
    s.file,
    s.EPIKEY,
    s.EPISTART,
    s.EPIEND,
    s.EPIORDER,
    s.EPITYPE,
    s.ADMIDATE,
    s.ADMIMETH,
    s.ADMISORC,
    s.DISDATE,
    s.DISMETH,
    s.DISDEST,
    s.DIAG_4_01,
    s.DIAG_4_02,
    s.CAUSE_4,
    s.MAINSPEF,
    s.PROCODE3,
    s.problems
from lake.hes_apc s
left join person_key k using (child_key)
