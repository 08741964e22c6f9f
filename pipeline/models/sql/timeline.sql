-- model:   timeline
-- grain:   one row per person_id, event_no: something that happened to a child of the returns
-- inputs:  period_of_care, placement, legal_status_spell, missing_spell, sdq, school_year, referral, survey, cin_referral, care_leaver_year, stg_npd_exclusions, child
-- columns:
--   person_id VARCHAR linked person
--   event_no  INTEGER 1 for the first, in order of date
--   date      DATE    day, or the 31 March or 31 August at which a yearly fact stands
--   event     VARCHAR care_started, care_ended, placement_started, legal_status, missing, sdq, school_year, suspension, health_referral, health_contact, survey, cin_referral, protection_plan, care_leaver
--   detail    VARCHAR code or figure that says more
--   source    VARCHAR table that says so
-- checks:  unique(person_id, event_no); date is not null
-- source:  all models of the person
with
events as (
    select person_id, start_date as date, 'care_started' as event, RNE as detail, 'period_of_care' as source, 1 as rank from period_of_care
    union all
    select person_id, end_date, 'care_ended', case when way_out = 'lost' then way_out else coalesce(REC, way_out) end, 'period_of_care', 9 from period_of_care where end_date is not null
    union all
    select person_id, start_date, 'placement_started', PLACE, 'placement', 3 from placement
    union all
    select person_id, start_date, 'legal_status', LS, 'legal_status_spell', 2 from legal_status_spell
    union all
    select person_id, start_date, 'missing', kind || ', ' || days::varchar || ' nights', 'missing_spell', 4 from missing_spell
    union all
    select person_id, make_date(year::bigint, 3, 31), 'sdq', coalesce(SDQ_SCORE::varchar, SDQ_REASON), 'sdq', 5 from sdq where SDQ_SCORE is not null or SDQ_REASON is not null
    union all
    select person_id, make_date(year::bigint, 8, 31), 'school_year', sessions_absent::varchar || ' of ' || sessions_possible::varchar || ' sessions missed', 'school_year', 6
    from school_year where sessions_possible > 0
    union all
    select e.person_id, e.StartDate, 'suspension', e.Category, 'stg_npd_exclusions', 6
    from stg_npd_exclusions e semi join child c on c.person_id = e.person_id where e.StartDate is not null
    union all
    select person_id, received, 'health_referral', case when rejected is not null then 'rejected' else team end, 'referral', 7 from referral where received is not null
    union all
    select person_id, first_contact, 'health_contact', 'first, after ' || wait_days::varchar || ' days', 'referral', 7 from referral where first_contact is not null
    union all
    select person_id, survey_date, 'survey', 'life satisfaction ' || life_satisfaction::varchar, 'survey', 7 from survey where person_id is not null and survey_date is not null
    union all
    select person_id, referred, 'cin_referral', primary_need, 'cin_referral', 0 from cin_referral where referred is not null
    union all
    select person_id, plan_start, 'protection_plan', null, 'cin_referral', 0 from cin_referral where plan_start is not null
    union all
    select person_id, make_date(year::bigint, 3, 31), 'care_leaver', activity, 'care_leaver_year', 8 from care_leaver_year
),
final as (
    select person_id, row_number() over (partition by person_id order by date, rank, event, detail)::integer as event_no, date, event, detail, source
    from events
)
select * from final
order by person_id, event_no
