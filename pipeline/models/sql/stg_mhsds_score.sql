-- model:   stg_mhsds_score
-- grain:   one row per la, year, load, file, row: score of an outcome measure within a referral, as sent
-- inputs:  lake.mhsds_score, person_key
-- columns:
--   person_id        VARCHAR  linked person, from person_key; NULL when the row has no child_key or nobody it belongs to
--   child_key        UUID     keyed pseudonym of authority and CHILD, or of an extract's record_id; NULL when blank in the row
--   la               VARCHAR  ONS code of the supplier; E92000001 for a national extract
--   year             SMALLINT collection year of the delivery
--   load             SMALLINT 0 for the first delivery of that year, 1 and up for resubmissions in order of receipt
--   row              INTEGER  1 for the first data row of the file as sent
--   file             SMALLINT 0 for the first file of the module in the delivery, in order of name
--   UniqServReqID    UUID     keyed pseudonym
--   CodedAssToolType VARCHAR  name of the measure and rater
--   PersScore        DOUBLE   as sent
--   AssToolCompDate  DATE     as sent
--   problems         VARCHAR  rules that the row breaks, as COLUMN:rule joined by blanks; NULL when none. A value that cannot be read is NULL and named here
-- checks:  unique(la, year, load, file, row)
-- source:  Mental Health Services Data Set, score
select
    k.person_id,
    s.child_key,
    s.la,
    s.year,
    s."load",
    s."row",
    s.file,
    s.UniqServReqID,
    s.CodedAssToolType,
    s.PersScore,
    s.AssToolCompDate,
    s.problems
from lake.mhsds_score s
left join person_key k using (child_key)
