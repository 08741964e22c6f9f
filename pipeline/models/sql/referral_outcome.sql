-- model:   referral_outcome
-- grain:   one row per person_id, referral_no: a closed referral of somebody under 18 whose outcome could be measured
-- inputs:  referral, stg_mhsds_score, ref.code
-- columns:
--   person_id   VARCHAR  linked person
--   referral_no INTEGER  as in referral
--   received    DATE     as in referral
--   discharged  DATE     as in referral
--   year        SMALLINT collection year of the discharge
--   measures    SMALLINT measures with a first and a last score by the same rater on different days
--   improved    SMALLINT of them, reliably better
--   worsened    SMALLINT of them, reliably worse
--   paired      BOOLEAN  there is at least one
--   change      VARCHAR  worsened if any measure is, else improved if any is, else no_change; NULL when nothing is paired
-- checks:  unique(person_id, referral_no); paired = (change is not null)
-- source:  Mental Health Services Data Set; closed after 7 days or more, not refused, no hospital stay, no excluded team, at least two attended contacts. A change is reliable from the measure's threshold in whole points on (code set MH_MEASURE)
with
counted as (
    select * from referral
    where discharged is not null and rejected is null and not inpatient and team_group <> 'excluded'
        and age_received between 0 and 17 and discharged - received >= 7 and contacts >= 2
),
measure as (
    select code, round(reliable_change) as threshold, better from ref.code where code_set = 'MH_MEASURE' and reliable_change is not null
),
score as (
    select distinct c.person_id, c.referral_no, s.CodedAssToolType as tool, s.AssToolCompDate as day, s.PersScore as score
    from (select s.* from stg_mhsds_score s semi join (select la, year, max("load") as "load" from stg_mhsds_score group by la, year) l on l.la = s.la and l.year = s.year and l."load" = s."load") s
    join counted c on c.person_id = s.person_id and c.referral_key = s.UniqServReqID
    where s.PersScore is not null and s.AssToolCompDate between c.received and c.discharged
),
pair as (
    select s.person_id, s.referral_no, s.tool, m.threshold,
        (arg_max(s.score, (s.day, s.score)) - arg_min(s.score, (s.day, s.score))) * case m.better when 'higher' then 1 else -1 end as gain
    from score s
    join measure m on m.code = s.tool
    group by s.person_id, s.referral_no, s.tool, m.threshold, m.better
    having max(s.day) > min(s.day)
),
summed as (
    select person_id, referral_no,
        count(*)::smallint as measures,
        count(*) filter (where gain >= threshold)::smallint as improved,
        count(*) filter (where gain <= -threshold)::smallint as worsened
    from pair group by person_id, referral_no
),
final as (
    select
        c.person_id, c.referral_no, c.received, c.discharged,
        (year(c.discharged) + (month(c.discharged) >= 4)::integer)::smallint as year,
        coalesce(s.measures, 0)::smallint as measures,
        coalesce(s.improved, 0)::smallint as improved,
        coalesce(s.worsened, 0)::smallint as worsened,
        s.measures is not null as paired,
        case when s.worsened > 0 then 'worsened' when s.improved > 0 then 'improved' when s.measures > 0 then 'no_change' end as change
    from counted c
    left join summed s using (person_id, referral_no)
)
select * from final
order by person_id, referral_no
