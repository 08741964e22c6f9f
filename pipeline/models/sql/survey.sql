-- model:   survey
-- grain:   one row per la, year, response_no: an answered form
-- inputs:  stg_survey_response, child, population_year
-- columns:
--   la                     VARCHAR  authority that held the survey
--   year                   SMALLINT collection year
--   response_no            INTEGER  1 for the first of authority and year
--   person_id              VARCHAR  linked person; NULL when the response belongs to no child of the returns
--   survey_date            DATE     day of the answers
--   form                   VARCHAR  child_8_11, young_11_17 or care_leaver_16_25
--   age                    SMALLINT completed years at survey_date, to the month; NULL when not linked
--   age_group              VARCHAR  5_9, 10_15, 16_plus, from the age, else from the form
--   sex                    VARCHAR  male, female or unknown
--   placement_type         VARCHAR  group of PLACE on 31 March of the year; unknown when not linked or not in care
--   life_satisfaction      INTEGER  0 to 10
--   life_satisfaction_band VARCHAR  low 0 to 4, medium 5 to 6, high 7 to 8, very_high 9 to 10
--   happy_yesterday        INTEGER  0 to 10
--   worthwhile             INTEGER  0 to 10
--   anxious_yesterday      INTEGER  0 to 10
--   life_getting_better    SMALLINT 1 for yes
--   trusted_adult          SMALLINT 1 for yes
--   feel_safe_home         SMALLINT 1 for yes
--   feel_settled           SMALLINT 1 for yes
--   good_friend            SMALLINT 1 for yes
--   included_in_decisions  SMALLINT 1 for yes
--   bullied_afraid_school  SMALLINT 1 for yes
--   know_why_in_care       SMALLINT 1 for yes
--   trust_carer            SMALLINT 1 for yes
-- checks:  unique(la, year, response_no); life_satisfaction is null or life_satisfaction between 0 and 10
-- source:  subjective wellbeing survey; bands of the four personal wellbeing questions
with
last_load as (
    select s.* from stg_survey_response s
    semi join (select la, year, max("load") as "load" from stg_survey_response group by la, year) l on l.la = s.la and l.year = s.year and l."load" = s."load"
),
aged as (
    select r.*, c.person_id as child, c.sex as child_sex,
        (year(r.survey_date) - c.birth_year - (c.birth_month > month(r.survey_date))::integer)::smallint as age
    from last_load r
    left join child c on c.person_id = r.person_id
),
final as (
    select
        a.la, a.year,
        row_number() over (partition by a.la, a.year order by a.survey_date, a.child, a.child_key, a.file, a."row")::integer as response_no,
        a.child as person_id, a.survey_date, a.form, a.age,
        case when a.age < 10 then '5_9' when a.age < 16 then '10_15' when a.age >= 16 then '16_plus'
             when a.form = 'child_8_11' then '5_9' when a.form = 'young_11_17' then '10_15'
             when a.form = 'care_leaver_16_25' then '16_plus' else 'unknown' end as age_group,
        coalesce(a.child_sex, 'unknown') as sex,
        coalesce(case when p.looked_after then p.placement_type end, 'unknown') as placement_type,
        a.life_satisfaction,
        case when a.life_satisfaction <= 4 then 'low' when a.life_satisfaction <= 6 then 'medium'
             when a.life_satisfaction <= 8 then 'high' when a.life_satisfaction <= 10 then 'very_high' end as life_satisfaction_band,
        a.happy_yesterday, a.worthwhile, a.anxious_yesterday, a.life_getting_better, a.trusted_adult, a.feel_safe_home, a.feel_settled,
        a.good_friend, a.included_in_decisions, a.bullied_afraid_school, a.know_why_in_care, a.trust_carer
    from aged a
    left join population_year p on p.person_id = a.child and p.year = a.year
)
select * from final
order by la, year, response_no
