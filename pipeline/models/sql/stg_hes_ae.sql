-- model:   stg_hes_ae
-- grain:   one row per la, year, load, file, row: attendance (AEKEY), as sent
-- inputs:  lake.hes_ae, person_key
-- columns:
--   person_id     VARCHAR  linked person, from person_key; NULL when the row has no child_key or nobody it belongs to
--   child_key     UUID     keyed pseudonym of authority and CHILD, or of an extract's record_id; NULL when blank in the row
--   la            VARCHAR  ONS code of the supplier; E92000001 for a national extract
--   year          SMALLINT collection year of the delivery
--   load          SMALLINT 0 for the first delivery of that year, 1 and up for resubmissions in order of receipt
--   row           INTEGER  1 for the first data row of the file as sent
--   file          SMALLINT 0 for the first file of the module in the delivery, in order of name
--   AEKEY         UUID     keyed pseudonym
--   ARRIVALDATE   DATE     as sent
--   ARRIVALTIME   VARCHAR  as sent
--   AEATTENDCAT   VARCHAR  code of HES_AEATTENDCAT
--   AEDEPTTYPE    VARCHAR  code of HES_AEDEPTTYPE
--   AEARRIVALMODE VARCHAR  code of HES_AEARRIVALMODE
--   AEPATGROUP    VARCHAR  code of HES_AEPATGROUP
--   AEATTENDDISP  VARCHAR  code of HES_AEATTENDDISP
--   PROCODE3      VARCHAR  provider
--   problems      VARCHAR  rules that the row breaks, as COLUMN:rule joined by blanks; NULL when none. A value that cannot be read is NULL and named here
-- checks:  unique(la, year, load, file, row)
-- source:  Hospital Episode Statistics, ae
select
    k.person_id,
    s.child_key,
    s.la,
    s.year,
    s."load",
    s."row",
    s.file,
    s.AEKEY,
    s.ARRIVALDATE,
    s.ARRIVALTIME,
    s.AEATTENDCAT,
    s.AEDEPTTYPE,
    s.AEARRIVALMODE,
    s.AEPATGROUP,
    s.AEATTENDDISP,
    s.PROCODE3,
    s.problems
from lake.hes_ae s
left join person_key k using (child_key)
