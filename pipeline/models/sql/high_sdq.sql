-- model:   high_sdq
-- grain:   one row per person_id, year with an SDQ score of 17 or more: what mental health services did
-- inputs:  sdq, child, referral, stg_mhsds_contact, stg_mhsds_patient, population_year
-- columns:
--   person_id      VARCHAR  linked person
--   year           SMALLINT collection year of the score
--   la             VARCHAR  authority responsible
--   age_group      VARCHAR  on 31 March
--   sex            VARCHAR  male, female or unknown
--   placement_type VARCHAR  group of PLACE on 31 March
--   sub_icb        VARCHAR  health area of the home on 31 March, or the next that is known, or unknown
--   linked         BOOLEAN  has a mental health record, so that contact could be seen
--   referred       BOOLEAN  a referral was received in the window or open in it, refused ones included
--   open_referral  BOOLEAN  a referral that was not refused was open in the window
--   contact        BOOLEAN  an attended contact in the window
-- checks:  unique(person_id, year); linked or not (referred or contact)
-- source:  indicator catalogue, REC09: the window is 1 April before the score to 30 September after it
with
high as (
    select s.person_id, s.year, s.la, make_date(s.year::bigint - 1, 4, 1) as opens, make_date(s.year::bigint, 9, 30) as closes
    from sdq s
    where s.high
),
asked as (
    select h.person_id, h.year,
        bool_or(r.rejected is null) as open_referral
    from high h
    join referral r on r.person_id = h.person_id and r.received <= h.closes
        and coalesce(r.discharged, r.rejected, date '9999-12-31') >= h.opens
    group by h.person_id, h.year
),
visit as (
    select distinct person_id, CareContDate as day
    from stg_mhsds_contact
    where person_id is not null and AttendOrDNACode in ('5', '6')
),
seen as (
    select distinct h.person_id, h.year
    from high h
    join visit v on v.person_id = h.person_id and v.day between h.opens and h.closes
),
lives as (
    select distinct person_id, RecordStartDate, OrgIDSubICBLocResidence as sub_icb
    from (select s.* from stg_mhsds_patient s semi join (select la, year, max("load") as "load" from stg_mhsds_patient group by la, year) l on l.la = s.la and l.year = s.year and l."load" = s."load")
    where person_id is not null and OrgIDSubICBLocResidence is not null
),
home_area as (
    -- the area of 31 March: the latest that had begun, else the first after it
    select s.person_id, s.year, arg_min(l.sub_icb, (l.RecordStartDate > s.day, abs(s.day - l.RecordStartDate), l.sub_icb)) as sub_icb
    from (select person_id, year, make_date(year::bigint, 3, 31) as day from high) s
    join lives l on l.person_id = s.person_id
    group by s.person_id, s.year
),
final as (
    select
        h.person_id, h.year, coalesce(p.la, h.la) as la,
        coalesce(p.age_group, 'unknown') as age_group, c.sex, coalesce(p.placement_type, 'unknown') as placement_type,
        coalesce(i.sub_icb, 'unknown') as sub_icb,
        c.linked_health as linked,
        c.linked_health and a.person_id is not null as referred,
        c.linked_health and coalesce(a.open_referral, false) as open_referral,
        c.linked_health and s.person_id is not null as contact
    from high h
    join child c on c.person_id = h.person_id
    left join population_year p on p.person_id = h.person_id and p.year = h.year
    left join asked a on a.person_id = h.person_id and a.year = h.year
    left join seen s on s.person_id = h.person_id and s.year = h.year
    left join home_area i on i.person_id = h.person_id and i.year = h.year
)
select * from final
order by person_id, year
