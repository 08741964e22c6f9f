-- model:   referral
-- grain:   one row per person_id, referral_no: a referral of a child of the returns to mental health services
-- inputs:  stg_mhsds_referral, stg_mhsds_contact, stg_mhsds_spell, stg_mhsds_patient, child, ref.code
-- columns:
--   person_id     VARCHAR  linked person
--   referral_no   INTEGER  1 for the person's first
--   referral_key  UUID     keyed pseudonym of UniqServReqID
--   received      DATE     day on which the service got it
--   source        VARCHAR  SourceOfReferralMH
--   reason        VARCHAR  PrimReasonReferralMH
--   team          VARCHAR  ServTeamTypeRefToMH
--   team_group    VARCHAR  child, adult, excluded (left out of figures of children's services) or other, which tells no age
--   child_service BOOLEAN  to a service for children: by the team, or where that tells nothing by an age under 18; NULL when neither is known
--   age_received  SMALLINT completed years on that day as sent, else to the month
--   sub_icb       VARCHAR  health area of the home on that day, or the next that is known; NULL when none is
--   inpatient     BOOLEAN  led to a stay in a mental health hospital
--   rejected      DATE     day on which it was refused; NULL when it was not
--   reject_reason VARCHAR  duplicate, another_service, incomplete or other; not_given; NULL when it was not refused
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
    select s.* from stg_mhsds_referral s
    semi join (select la, year, max("load") as "load" from stg_mhsds_referral group by la, year) l on l.la = s.la and l.year = s.year and l."load" = s."load"
),
word as (
    select r.*,
        year(r.ReferralRequestReceivedDate) - c.birth_year - (c.birth_month > month(r.ReferralRequestReceivedDate))::integer as age_by_birth
    from last_load r
    join child c on c.person_id = r.person_id
    where r.UniqServReqID is not null
    qualify row_number() over (partition by r.person_id, r.UniqServReqID order by r.year desc, r.file desc, r."row" desc) = 1
),
seen_or_not as (
    select distinct person_id, UniqServReqID, UniqCareContID, CareContDate, AttendOrDNACode
    from (select s.* from stg_mhsds_contact s semi join (select la, year, max("load") as "load" from stg_mhsds_contact group by la, year) l on l.la = s.la and l.year = s.year and l."load" = s."load")
    where person_id is not null and CareContDate is not null
),
seen as (
    select person_id, UniqServReqID,
        min(CareContDate) filter (where AttendOrDNACode in ('5', '6')) as first_contact,
        max(CareContDate) filter (where AttendOrDNACode in ('5', '6')) as last_contact,
        count(*) filter (where AttendOrDNACode in ('5', '6')) as contacts,
        count(*) filter (where AttendOrDNACode in ('3', '7')) as missed
    from seen_or_not group by person_id, UniqServReqID
),
stayed as (
    select distinct person_id, UniqServReqID from stg_mhsds_spell where person_id is not null and UniqServReqID is not null
),
lives as (
    select distinct person_id, RecordStartDate, RecordEndDate, OrgIDSubICBLocResidence as sub_icb
    from (select s.* from stg_mhsds_patient s semi join (select la, year, max("load") as "load" from stg_mhsds_patient group by la, year) l on l.la = s.la and l.year = s.year and l."load" = s."load")
    where person_id is not null and OrgIDSubICBLocResidence is not null
),
home_area as (
    -- the area of that day: the latest that had begun, else the first after it
    select w.person_id, w.UniqServReqID,
        arg_min(l.sub_icb, (l.RecordStartDate > w.ReferralRequestReceivedDate, abs(w.ReferralRequestReceivedDate - l.RecordStartDate), l.sub_icb)) as sub_icb
    from word w
    join lives l on l.person_id = w.person_id
    group by w.person_id, w.UniqServReqID
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
        coalesce(t.code_group, 'other') as team_group,
        case t.code_group when 'child' then true when 'adult' then false else coalesce(w.AgeServReferRecDate, w.age_by_birth) < 18 end as child_service,
        coalesce(w.AgeServReferRecDate, w.age_by_birth)::smallint as age_received,
        a.sub_icb,
        i.UniqServReqID is not null as inpatient,
        w.ReferRejectionDate as rejected,
        case when w.ReferRejectionDate is not null then coalesce(j.code_group, 'not_given') end as reject_reason,
        w.ServDischDate as discharged,
        s.first_contact, s.last_contact,
        (s.first_contact - w.ReferralRequestReceivedDate)::integer as wait_days,
        coalesce(s.contacts, 0)::integer as contacts,
        coalesce(s.missed, 0)::integer as missed,
        w.year
    from word w
    left join seen s on s.person_id = w.person_id and s.UniqServReqID = w.UniqServReqID
    left join stayed i on i.person_id = w.person_id and i.UniqServReqID = w.UniqServReqID
    left join home_area a on a.person_id = w.person_id and a.UniqServReqID = w.UniqServReqID
    left join ref.code t on t.code_set = 'MH_TEAM' and t.code = w.ServTeamTypeRefToMH
    left join ref.code j on j.code_set = 'MH_REJECT' and j.code = w.ReferRejectReason
)
select * from final
order by person_id, referral_no
