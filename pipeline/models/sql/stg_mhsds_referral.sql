-- model:   stg_mhsds_referral
-- grain:   one row per la, year, load, file, row: referral (UniqServReqID) and delivery, as sent
-- inputs:  lake.mhsds_referral, person_key
-- columns:
--   person_id                   VARCHAR  linked person, from person_key; NULL when the row has no child_key or nobody it belongs to
--   child_key                   UUID     keyed pseudonym of authority and CHILD, or of an extract's record_id; NULL when blank in the row
--   la                          VARCHAR  ONS code of the supplier; E92000001 for a national extract
--   year                        SMALLINT collection year of the delivery
--   load                        SMALLINT 0 for the first delivery of that year, 1 and up for resubmissions in order of receipt
--   row                         INTEGER  1 for the first data row of the file as sent
--   file                        SMALLINT 0 for the first file of the module in the delivery, in order of name
--   UniqServReqID               UUID     keyed pseudonym; joins contacts and scores to their referral
--   OrgIDProv                   VARCHAR  provider
--   OrgIDComm                   VARCHAR  commissioner
--   ReferralRequestReceivedDate DATE     as sent
--   SourceOfReferralMH          VARCHAR  as sent
--   PrimReasonReferralMH        VARCHAR  as sent
--   ServTeamTypeRefToMH         VARCHAR  type of team referred to
--   AgeServReferRecDate         INTEGER  completed years when the referral was received
--   ReferRejectionDate          DATE     as sent
--   ReferRejectReason           VARCHAR  code of MH_REJECT
--   ServDischDate               DATE     blank while open
--   problems                    VARCHAR  rules that the row breaks, as COLUMN:rule joined by blanks; NULL when none. A value that cannot be read is NULL and named here
-- checks:  unique(la, year, load, file, row)
-- source:  Mental Health Services Data Set, referral
select
    k.person_id,
    s.child_key,
    s.la,
    s.year,
    s."load",
    s."row",
    s.file,
    s.UniqServReqID,
    s.OrgIDProv,
    s.OrgIDComm,
    s.ReferralRequestReceivedDate,
    s.SourceOfReferralMH,
    s.PrimReasonReferralMH,
    s.ServTeamTypeRefToMH,
    s.AgeServReferRecDate,
    s.ReferRejectionDate,
    s.ReferRejectReason,
    s.ServDischDate,
    s.problems
from lake.mhsds_referral s
left join person_key k using (child_key)
