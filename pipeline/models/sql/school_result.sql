-- model:   school_result
-- grain:   one row per person_id, year: what a pupil reached at the end of key stage 2 or 4
-- inputs:  stg_npd_ks2, stg_npd_ks4
-- columns:
--   person_id       VARCHAR  linked person; a pupil who was never looked after has no row in child
--   year            SMALLINT calendar year in which the academic year ends
--   academic_year   VARCHAR  as 202324
--   ks2             BOOLEAN  at the end of key stage 2
--   ks4             BOOLEAN  at the end of key stage 4
--   ks2_reading     INTEGER  scaled score
--   ks2_maths       INTEGER  scaled score
--   ks2_expected    SMALLINT 1 when at the expected standard in reading, writing and mathematics
--   ks4_attainment8 DOUBLE   points
--   ks4_progress8   DOUBLE   points a subject over pupils who began alike; NULL in years in which it was not worked out
--   ks4_basics      SMALLINT 1 with grade 4 or better in English and mathematics
-- checks:  unique(person_id, year); ks2 or ks4
-- source:  National Pupil Database extracts, key stages
with
ks2 as (
    select person_id, (AcademicYear // 100 + 1)::smallint as year,
        max(KS2_READSCORE) as reading, max(KS2_MATSCORE) as maths, max(KS2_RWM_EXP) as expected
    from (select s.* from stg_npd_ks2 s semi join (select la, year, max("load") as "load" from stg_npd_ks2 group by la, year) l on l.la = s.la and l.year = s.year and l."load" = s."load")
    where person_id is not null and AcademicYear is not null
    group by all
),
ks4 as (
    select person_id, (AcademicYear // 100 + 1)::smallint as year,
        max(KS4_ATT8) as attainment8, max(KS4_P8SCORE) as progress8, max(KS4_L2BASICS_94) as basics
    from (select s.* from stg_npd_ks4 s semi join (select la, year, max("load") as "load" from stg_npd_ks4 group by la, year) l on l.la = s.la and l.year = s.year and l."load" = s."load")
    where person_id is not null and AcademicYear is not null
    group by all
),
final as (
    select
        coalesce(p.person_id, s.person_id) as person_id,
        coalesce(p.year, s.year) as year,
        (coalesce(p.year, s.year) - 1)::varchar || lpad((coalesce(p.year, s.year) % 100)::varchar, 2, '0') as academic_year,
        p.person_id is not null as ks2,
        s.person_id is not null as ks4,
        p.reading as ks2_reading, p.maths as ks2_maths, p.expected as ks2_expected,
        s.attainment8 as ks4_attainment8, s.progress8 as ks4_progress8, s.basics as ks4_basics
    from ks2 p
    full join ks4 s on s.person_id = p.person_id and s.year = p.year
)
select * from final
order by person_id, year
