-- model:   cin_referral
-- grain:   one row per person_id, referral_no: a referral of a child of the returns to children's social care
-- inputs:  stg_cin_referral, stg_cin_protection_plan, child
-- columns:
--   person_id         VARCHAR  linked person
--   referral_no       INTEGER  1 for the person's first
--   la                VARCHAR  authority
--   referral_key      UUID     keyed pseudonym of CINdetailsID
--   referred          DATE     CINreferralDate
--   closed            DATE     CINclosureDate; NULL while open
--   primary_need      VARCHAR  PrimaryNeedCode
--   source            VARCHAR  ReferralSource
--   no_further_action BOOLEAN  nothing followed
--   plan_start        DATE     first day of the first protection plan
--   plan_end          DATE     last day of the last plan; NULL while one is open, and without one
--   plans             SMALLINT number of protection plans
--   year              SMALLINT delivery that has the last word
-- checks:  unique(person_id, referral_no)
-- source:  Children in need census; a referral is sent in every delivery in which it is open, the later one wins
with
word as (
    select r.*
    from (select s.* from stg_cin_referral s semi join (select la, year, max("load") as "load" from stg_cin_referral group by la, year) l on l.la = s.la and l.year = s.year and l."load" = s."load") r
    semi join child c on c.person_id = r.person_id
    where r.CINdetailsID is not null
    qualify row_number() over (partition by r.person_id, r.la, r.CINdetailsID order by r.year desc, r.file desc, r."row" desc) = 1
),
plan as (
    select p.*
    from (select s.* from stg_cin_protection_plan s semi join (select la, year, max("load") as "load" from stg_cin_protection_plan group by la, year) l on l.la = s.la and l.year = s.year and l."load" = s."load") p
    where p.person_id is not null and p.CPPstartDate is not null
    qualify row_number() over (partition by p.person_id, p.la, p.CINdetailsID, p.CPPstartDate order by p.year desc, p.file desc, p."row" desc) = 1
),
planned as (
    select person_id, la, CINdetailsID, min(CPPstartDate) as plan_start,
        case when bool_or(CPPendDate is null) then null else max(CPPendDate) end as plan_end, count(*) as plans
    from plan group by person_id, la, CINdetailsID
),
final as (
    select
        w.person_id,
        row_number() over (partition by w.person_id order by w.CINreferralDate, w.la, w.CINdetailsID)::integer as referral_no,
        w.la, w.CINdetailsID as referral_key, w.CINreferralDate as referred, w.CINclosureDate as closed,
        w.PrimaryNeedCode as primary_need, w.ReferralSource as source, coalesce(w.ReferralNFA = 1, false) as no_further_action,
        p.plan_start, p.plan_end, coalesce(p.plans, 0)::smallint as plans, w.year
    from word w
    left join planned p on p.person_id = w.person_id and p.la = w.la and p.CINdetailsID = w.CINdetailsID
)
select * from final
order by person_id, referral_no
