-- model:   care_exit
-- grain:   one row per person_id: the first period of care, if its start was seen, as time to an event
-- inputs:  period_of_care, child, ref.code, ref.year
-- columns:
--   person_id        VARCHAR  linked person
--   cohort           SMALLINT collection year in which the period started
--   la               VARCHAR  authority at the start
--   age_group        VARCHAR  completed years at the start, grouped
--   sex              VARCHAR  male, female or unknown
--   uasc             BOOLEAN  unaccompanied asylum-seeking child in some return
--   ethnicity_group  VARCHAR  group of ETHNIC
--   category_of_need VARCHAR  CIN, or unknown
--   legal_status     VARCHAR  group of the first LS, or unknown
--   placement_type   VARCHAR  group of the first PLACE
--   start_date       DATE     first day
--   days             INTEGER  days to the exit, or to the last day about which anything is known
--   way_out          VARCHAR  as in period_of_care; NULL while open and where the end is lost
--   lost             BOOLEAN  the returns stopped speaking of the child before the end of the data
-- checks:  unique(person_id); days > 0
-- source:  indicator catalogue, HOM01. A transfer that linkage joined is no exit; one that it did not join is other
with
final as (
    select
        p.person_id, y.year as cohort, p.la_first as la,
        case when p.age_at_start is null then 'unknown'
             when p.age_at_start < 1 then 'under_1' when p.age_at_start < 5 then '1_4' when p.age_at_start < 10 then '5_9'
             when p.age_at_start < 16 then '10_15' else '16_plus' end as age_group,
        c.sex, c.uasc, c.ethnicity_group, coalesce(p.CIN, 'unknown') as category_of_need,
        coalesce(replace(k.code_group, ' ', '_'), 'unknown') as legal_status, p.placement_type_first as placement_type, p.start_date, p.days,
        nullif(p.way_out, 'lost') as way_out,
        coalesce(p.way_out = 'lost', false) as lost
    from period_of_care p
    join ref.year y on p.start_date between y.first_day and y.last_day
    join child c using (person_id)
    left join ref.code k on k.code_set = 'LS' and k.code = p.LS_first
    where p.period_no = 1 and p.RNE = 'S'
)
select * from final
order by person_id
