-- model:   referral
-- grain:   one row per person_id, referral_no: a referral of a child of the returns to mental health services
-- inputs:  stg_mhsds_referral, stg_mhsds_contact, child
-- columns:
--   person_id     VARCHAR  linked person
--   referral_no   INTEGER  1 for the person's first
--   referral_key  UUID     keyed pseudonym of UniqServReqID
--   received      DATE     day on which the service got it
--   source        VARCHAR  SourceOfReferralMH
--   reason        VARCHAR  PrimReasonReferralMH
--   team          VARCHAR  ServTeamTypeRefToMH
--   rejected      DATE     day on which it was refused; NULL when it was not
--   discharged    DATE     day on which it was closed; NULL while open
--   first_contact DATE     first attended contact
--   last_contact  DATE     last attended contact
--   wait_days     INTEGER  days from received to first_contact; NULL without one
--   contacts      INTEGER  attended contacts
--   missed        INTEGER  contacts not attended, without warning or too late
--   year          SMALLINT delivery that has the last word
-- checks:  unique(person_id, referral_no)
-- source:  Mental Health Services Data Set; a referral is sent in every delivery in which it is open, the later one wins. Attended: AttendOrDNACode 5 or 6
with
last_load as (
    select * from stg_mhsds_referral
    qualify "load" = max("load") over (partition by la, year)
),
word as (
    select r.*
    from last_load r
    semi join child c on c.person_id = r.person_id
    where r.UniqServReqID is not null
    qualify row_number() over (partition by r.person_id, r.UniqServReqID order by r.year desc, r.file desc, r."row" desc) = 1
),
contact as (
    select distinct person_id, UniqServReqID, UniqCareContID, CareContDate, AttendOrDNACode
    from (select * from stg_mhsds_contact qualify "load" = max("load") over (partition by la, year))
    where person_id is not null and CareContDate is not null
),
seen as (
    select person_id, UniqServReqID,
        min(CareContDate) filter (where AttendOrDNACode in ('5', '6')) as first_contact,
        max(CareContDate) filter (where AttendOrDNACode in ('5', '6')) as last_contact,
        count(*) filter (where AttendOrDNACode in ('5', '6')) as contacts,
        count(*) filter (where AttendOrDNACode in ('3', '7')) as missed
    from contact group by person_id, UniqServReqID
),
final as (
    select
        w.person_id,
        row_number() over (partition by w.person_id order by w.ReferralRequestReceivedDate, w.UniqServReqID)::integer as referral_no,
        w.UniqServReqID as referral_key,
        w.ReferralRequestReceivedDate as received,
        w.SourceOfReferralMH as source,
        w.PrimReasonReferralMH as reason,
        w.ServTeamTypeRefToMH as team,
        w.ReferRejectionDate as rejected,
        w.ServDischDate as discharged,
        s.first_contact, s.last_contact,
        (s.first_contact - w.ReferralRequestReceivedDate)::integer as wait_days,
        coalesce(s.contacts, 0)::integer as contacts,
        coalesce(s.missed, 0)::integer as missed,
        w.year
    from word w
    left join seen s on s.person_id = w.person_id and s.UniqServReqID = w.UniqServReqID
)
select * from final
order by person_id, referral_no
