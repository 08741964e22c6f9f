-- model:   cin_plan
-- grain:   one row per person_id, plan_no: a child in need plan or protection plan of a child of the returns
-- inputs:  stg_cin_plan, stg_cin_protection_plan, child
-- columns:
--   person_id    VARCHAR  linked person
--   plan_no      INTEGER  1 for the person's first
--   la           VARCHAR  authority
--   referral_key UUID     as in cin_referral
--   kind         VARCHAR  need or protection
--   start_date   DATE     first day
--   end_date     DATE     last day; NULL while open
--   category     VARCHAR  InitialCategoryOfAbuse of a protection plan
--   year         SMALLINT delivery that has the last word: an open plan is known to be open to 31 March of it
-- checks:  unique(person_id, plan_no)
-- source:  Children in need census; a plan is sent in every delivery in which it is open, the later one wins
with
sent as (
    select person_id, la, year, file, "row", CINdetailsID, 'need' as kind, CINPlanStartDate as start_date, CINPlanEndDate as end_date, null::varchar as category
    from (select s.* from stg_cin_plan s semi join (select la, year, max("load") as "load" from stg_cin_plan group by la, year) l on l.la = s.la and l.year = s.year and l."load" = s."load")
    union all
    select person_id, la, year, file, "row", CINdetailsID, 'protection', CPPstartDate, CPPendDate, InitialCategoryOfAbuse
    from (select s.* from stg_cin_protection_plan s semi join (select la, year, max("load") as "load" from stg_cin_protection_plan group by la, year) l on l.la = s.la and l.year = s.year and l."load" = s."load")
),
word as (
    select s.*
    from sent s
    semi join child c on c.person_id = s.person_id
    where s.start_date is not null
    qualify row_number() over (partition by s.person_id, s.la, s.CINdetailsID, s.kind, s.start_date order by s.year desc, s.file desc, s."row" desc) = 1
),
final as (
    select
        person_id,
        row_number() over (partition by person_id order by start_date, kind, la, CINdetailsID)::integer as plan_no,
        la, CINdetailsID as referral_key, kind, start_date, end_date, category, year
    from word
)
select * from final
order by person_id, plan_no
