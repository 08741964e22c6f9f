-- model:   care_referral
-- grain:   one row per person_id, referral_no: a referral to mental health services received while the child was looked after
-- inputs:  referral, episode, population_year, ref.year
-- columns:
--   person_id       VARCHAR  linked person
--   referral_no     INTEGER  as in referral
--   received        DATE     day on which the service got it
--   year            SMALLINT collection year of that day
--   la              VARCHAR  authority responsible in that year
--   sub_icb         VARCHAR  health area of the home, or unknown
--   rejected        BOOLEAN  it was refused
--   reject_reason   VARCHAR  as in referral
--   child_service   BOOLEAN  to a service for children; NULL when not known
--   age_received    SMALLINT completed years
--   inpatient       BOOLEAN  led to a stay in a mental health hospital
--   counted         BOOLEAN  its wait counts: to a service for children, not refused, aged 0 to 17, no inpatient, no team that is left out of such figures; NULL when service or age is not known
--   outcome         VARCHAR  seen, closed_unseen or waiting at the end of the last delivery that speaks of it; NULL when refused, or seen before it was received
--   wait_days       INTEGER  days to the first attended contact; NULL unless seen
--   days_in_view    INTEGER  days to the first attended contact, the closing or the end of the last delivery that speaks of it; NULL when outcome is
-- checks:  unique(person_id, referral_no); days_in_view >= 0 or days_in_view is null; (outcome = 'seen') = (wait_days is not null) or outcome is null
-- source:  indicator catalogue, REC10 and REC11. Looked after: an open episode on that day, respite left out
with
day as (
    select r.*, y.year as received_year, w.last_day as seen_until
    from referral r
    join ref.year y on r.received between y.first_day and y.last_day
    join ref.year w on w.year = greatest(r.year, y.year)
),
cared as (
    select distinct d.person_id, d.referral_no
    from day d
    join episode e on e.person_id = d.person_id and not e.respite
        and e.DECOM <= d.received and coalesce(e.DEC > d.received, e.seen_until >= d.received)
),
told as (
    select d.*,
        case when d.rejected is not null or d.wait_days < 0 then null when d.first_contact is not null then 'seen'
             when d.discharged is not null then 'closed_unseen' else 'waiting' end as outcome
    from day d
    join cared using (person_id, referral_no)
),
final as (
    select
        t.person_id, t.referral_no, t.received, t.received_year as year, p.la, coalesce(t.sub_icb, 'unknown') as sub_icb,
        t.rejected is not null as rejected, t.reject_reason, t.child_service, t.age_received, t.inpatient,
        t.rejected is null and not t.inpatient and t.team_group <> 'excluded' and t.child_service and t.age_received between 0 and 17 as counted,
        t.outcome,
        case when t.outcome = 'seen' then t.wait_days end as wait_days,
        case t.outcome when 'seen' then t.wait_days
             when 'closed_unseen' then greatest(0, t.discharged - t.received)
             when 'waiting' then t.seen_until - t.received end::integer as days_in_view
    from told t
    join population_year p on p.person_id = t.person_id and p.year = t.received_year
)
select * from final
order by person_id, referral_no
