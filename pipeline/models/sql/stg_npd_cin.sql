-- model:   stg_npd_cin
-- grain:   one row per la, year, load, file, row: referral to children's social care and protection plan, of a pupil, as sent
-- inputs:  lake.npd_cin, person_key
-- columns:
--   person_id       VARCHAR  linked person, from person_key; NULL when the row has no child_key or nobody it belongs to
--   child_key       UUID     keyed pseudonym of authority and CHILD, or of an extract's record_id; NULL when blank in the row
--   la              VARCHAR  ONS code of the supplier; E92000001 for a national extract
--   year            SMALLINT collection year of the delivery
--   load            SMALLINT 0 for the first delivery of that year, 1 and up for resubmissions in order of receipt
--   row             INTEGER  1 for the first data row of the file as sent
--   file            SMALLINT 0 for the first file of the module in the delivery, in order of name
--   CIN_LA          VARCHAR  authority in whose census the child is, ONS code
--   CINreferralDate DATE     as sent
--   CINclosureDate  DATE     blank while open on 31 March
--   PrimaryNeedCode VARCHAR  code of CIN
--   ReferralNFA     SMALLINT 1 when no further action followed
--   CPPstartDate    DATE     as sent
--   CPPendDate      DATE     as sent
--   LookedAfter     SMALLINT 1 when the Department's copy of the returns has the child as looked after on 31 March
--   problems        VARCHAR  rules that the row breaks, as COLUMN:rule joined by blanks; NULL when none. A value that cannot be read is NULL and named here
-- checks:  unique(la, year, load, file, row)
-- source:  National Pupil Database extracts, cin
select
    k.person_id,
    s.child_key,
    s.la,
    s.year,
    s."load",
    s."row",
    s.file,
    s.CIN_LA,
    s.CINreferralDate,
    s.CINclosureDate,
    s.PrimaryNeedCode,
    s.ReferralNFA,
    s.CPPstartDate,
    s.CPPendDate,
    s.LookedAfter,
    s.problems
from lake.npd_cin s
left join person_key k using (child_key)
