-- model:   sdq_survey
-- grain:   one row per person_id, year with an SDQ score, aged 8 or over: the child's own answer nearest to it
-- inputs:  sdq, population_year, survey
-- columns:
--   person_id         VARCHAR  linked person
--   year              SMALLINT collection year of the score
--   la                VARCHAR  authority responsible
--   age_group         VARCHAR  on 31 March
--   sex               VARCHAR  male, female or unknown
--   placement_type    VARCHAR  group of PLACE on 31 March
--   high_sdq          BOOLEAN  score of 17 or more
--   survey_date       DATE     of the answer nearest to 31 March, within 6 months of it; NULL when there is none
--   life_satisfaction INTEGER  0 to 10
--   low_satisfaction  BOOLEAN  4 or less
-- checks:  unique(person_id, year)
-- source:  indicator catalogue, WEL05
with
scored as (
    select s.person_id, s.year, p.la, p.age_group, p.sex, p.placement_type, s.high, make_date(s.year::bigint, 3, 31) as day
    from sdq s
    join population_year p using (person_id, year)
    where s.SDQ_SCORE is not null and p.age >= 8
),
answered as (
    select s.person_id, s.year, v.survey_date, v.life_satisfaction, v.life_satisfaction_band
    from scored s
    join survey v on v.person_id = s.person_id and v.life_satisfaction is not null
        and v.survey_date between (s.day - interval 6 month)::date and (s.day + interval 6 month)::date
    qualify row_number() over (partition by s.person_id, s.year order by abs(v.survey_date - s.day), v.survey_date, v.la, v.response_no) = 1
),
final as (
    select s.person_id, s.year, s.la, s.age_group, s.sex, s.placement_type, s.high as high_sdq, a.survey_date, a.life_satisfaction,
        a.life_satisfaction_band = 'low' as low_satisfaction
    from scored s
    left join answered a using (person_id, year)
)
select * from final
order by person_id, year
