-- model:   contact
-- grain:   one row per person_id, contact_no: a contact of a child of the returns with mental health services
-- inputs:  stg_mhsds_contact, referral
-- columns:
--   person_id     VARCHAR  linked person
--   contact_no    INTEGER  1 for the person's first
--   referral_no   INTEGER  as in referral; NULL when the referral was never sent
--   contact_date  DATE     CareContDate
--   attended      BOOLEAN  the child was seen
--   child_service BOOLEAN  as in referral
--   team_group    VARCHAR  as in referral
-- checks:  unique(person_id, contact_no)
-- source:  Mental Health Services Data Set, care contacts; attended: AttendOrDNACode 5 or 6
with
word as (
    select s.*
    from (select s.* from stg_mhsds_contact s semi join (select la, year, max("load") as "load" from stg_mhsds_contact group by la, year) l on l.la = s.la and l.year = s.year and l."load" = s."load") s
    semi join referral r on r.person_id = s.person_id
    where s.CareContDate is not null and s.UniqCareContID is not null
    qualify row_number() over (partition by s.person_id, s.UniqCareContID order by s.year desc, s.file desc, s."row" desc) = 1
),
final as (
    select
        w.person_id,
        row_number() over (partition by w.person_id order by w.CareContDate, w.UniqCareContID)::integer as contact_no,
        r.referral_no,
        w.CareContDate as contact_date,
        coalesce(w.AttendOrDNACode in ('5', '6'), false) as attended,
        r.child_service, r.team_group
    from word w
    left join referral r on r.person_id = w.person_id and r.referral_key = w.UniqServReqID
)
select * from final
order by person_id, contact_no
