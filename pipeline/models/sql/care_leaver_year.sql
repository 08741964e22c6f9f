-- model:   care_leaver_year
-- grain:   one row per person_id, year: a care leaver around the birthday in the year
-- inputs:  stg_oc3, child, episode, ref.code
-- columns:
--   person_id      VARCHAR  linked person
--   year           SMALLINT collection year
--   la             VARCHAR  authority that sent the row; the lowest code where several did
--   age            SMALLINT completed years on 31 March: the birthday that fell in the year
--   age_group      VARCHAR  17_18, 19_21 or other
--   IN_TOUCH       VARCHAR  whether the authority is in touch
--   ACTIV          VARCHAR  main activity
--   activity       VARCHAR  eet (in education, employment or training), neet or not_known
--   ACCOM          VARCHAR  where the young person lives
--   suitable       BOOLEAN  accommodation is suitable; NULL when not known
--   in_base        BOOLEAN  counts in published figures: neither died nor returned home
--   sex            VARCHAR  male, female or unknown
--   placement_type VARCHAR  group of the last PLACE before the end of the year; unknown when no episode was seen
-- checks:  unique(person_id, year)
-- source:  SSDA903 OC3; indicator catalogue, LEA01
with
sent as (
    select s.* from stg_oc3 s
    semi join (select la, year, max("load") as "load" from stg_oc3 group by la, year) l on l.la = s.la and l.year = s.year and l."load" = s."load"
    where person_id is not null
),
one as (
    select * from sent
    qualify row_number() over (partition by person_id, year order by IN_TOUCH is null, la, child_key, file desc, "row" desc) = 1
),
aged as (
    select o.*, c.sex,
        (o.year - coalesce(o.birth_year, c.birth_year) - (coalesce(o.birth_month, c.birth_month) > 3)::integer)::smallint as age
    from one o
    join child c using (person_id)
),
last_place as (
    select a.person_id, a.year, arg_max(e.placement_type, e.episode_no) as placement_type
    from aged a
    join episode e on e.person_id = a.person_id and not e.respite and e.DECOM <= make_date(a.year::bigint, 3, 31)
    group by a.person_id, a.year
),
final as (
    select
        a.person_id, a.year, a.la, a.age,
        case when a.age between 17 and 18 then '17_18' when a.age between 19 and 21 then '19_21' else 'other' end as age_group,
        a.IN_TOUCH, a.ACTIV,
        case k.eet when 'yes' then 'eet' when 'no' then 'neet' else 'not_known' end as activity,
        a.ACCOM,
        case when a.ACCOM is null or a.ACCOM = '0' then null else right(a.ACCOM, 1) = '1' end as suitable,
        coalesce(a.IN_TOUCH not in ('DIED', 'RHOM'), true) as in_base,
        a.sex,
        coalesce(l.placement_type, 'unknown') as placement_type
    from aged a
    left join ref.code k on k.code_set = 'ACTIV' and k.code = a.ACTIV
    left join last_place l using (person_id, year)
)
select * from final
order by person_id, year
