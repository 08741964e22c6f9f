-- model:   school_year
-- grain:   one row per person_id, year: an academic year of a child of the returns in school records
-- inputs:  stg_npd_census, stg_npd_absence, stg_npd_exclusions, stg_npd_ks2, stg_npd_ks4, population_year, child
-- columns:
--   person_id             VARCHAR  linked person
--   year                  SMALLINT calendar year in which the academic year ends
--   academic_year         VARCHAR  as 202324
--   schools               SMALLINT schools with a census entry
--   national_year         VARCHAR  highest NCyearActual as sent; NULL without a census entry
--   sen                   VARCHAR  none, support or plan: the highest provision of the year; NULL without a census entry
--   fsm                   BOOLEAN  eligible for free school meals in some term; NULL without a census entry
--   sessions_possible     INTEGER  half days, over schools and terms
--   sessions_absent       INTEGER  half days missed
--   sessions_unauthorised INTEGER  of them, without leave
--   persistent            BOOLEAN  missed 10 per cent or more; NULL without possible sessions
--   severe                BOOLEAN  missed 50 per cent or more
--   suspensions           SMALLINT number
--   sessions_suspended    INTEGER  half days
--   excluded              BOOLEAN  permanently excluded in the year
--   ks2_reading           INTEGER  scaled score
--   ks2_maths             INTEGER  scaled score
--   ks2_expected          SMALLINT 1 when at the expected standard in reading, writing and mathematics
--   ks4_attainment8       DOUBLE   points
--   ks4_basics            SMALLINT 1 with grade 4 or better in English and mathematics
--   looked_after          BOOLEAN  on 31 March of the year
--   cla12                 BOOLEAN  looked after for 12 months then
-- checks:  unique(person_id, year); sessions_absent is null or sessions_absent >= 0
-- source:  National Pupil Database extracts; sessions are summed over schools before a rate is taken
with
census as (
    select * exclude (year), (AcademicYear // 100 + 1)::smallint as year
    from stg_npd_census
    where person_id is not null and AcademicYear is not null
    qualify "load" = max("load") over (partition by la, stg_npd_census.year)
),
absence as (
    select * exclude (year), (AcademicYear // 100 + 1)::smallint as year
    from stg_npd_absence
    where person_id is not null and AcademicYear is not null
    qualify "load" = max("load") over (partition by la, stg_npd_absence.year)
),
exclusion as (
    select * exclude (year), (AcademicYear // 100 + 1)::smallint as year
    from stg_npd_exclusions
    where person_id is not null and AcademicYear is not null
    qualify "load" = max("load") over (partition by la, stg_npd_exclusions.year)
),
ks2 as (
    select * exclude (year), (AcademicYear // 100 + 1)::smallint as year
    from stg_npd_ks2
    where person_id is not null and AcademicYear is not null
    qualify "load" = max("load") over (partition by la, stg_npd_ks2.year)
),
ks4 as (
    select * exclude (year), (AcademicYear // 100 + 1)::smallint as year
    from stg_npd_ks4
    where person_id is not null and AcademicYear is not null
    qualify "load" = max("load") over (partition by la, stg_npd_ks4.year)
),
roll as (
    select person_id, year,
        count(distinct LAEstab)::smallint as schools,
        max_by(NCyearActual, (coalesce(try_cast(NCyearActual as integer), 0), NCyearActual)) as national_year,
        max(case SENprovision when 'E' then 2 when 'S' then 2 when 'K' then 1 when 'A' then 1 when 'P' then 1 else 0 end) as sen,
        bool_or(FSMeligible = 1) as fsm
    from census group by person_id, year
),
missed as (
    select person_id, year,
        sum(SessionsPossible)::integer as possible, sum(OverallAbsence)::integer as absent, sum(UnauthorisedAbsence)::integer as unauthorised
    from absence group by person_id, year
),
out as (
    select person_id, year,
        count(*) filter (where Category in ('SUSP', 'FIXD'))::smallint as suspensions,
        sum(Sessions) filter (where Category in ('SUSP', 'FIXD'))::integer as sessions,
        bool_or(Category = 'PERM') as excluded
    from exclusion group by person_id, year
),
primary_end as (
    select person_id, year, max(KS2_READSCORE) as reading, max(KS2_MATSCORE) as maths, max(KS2_RWM_EXP) as expected from ks2 group by person_id, year
),
secondary_end as (
    select person_id, year, max(KS4_ATT8) as attainment8, max(KS4_L2BASICS_94) as basics from ks4 group by person_id, year
),
any_record as (
    select person_id, year from roll
    union select person_id, year from missed
    union select person_id, year from out
    union select person_id, year from primary_end
    union select person_id, year from secondary_end
),
final as (
    select
        a.person_id, a.year,
        (a.year - 1)::varchar || lpad((a.year % 100)::varchar, 2, '0') as academic_year,
        coalesce(r.schools, 0)::smallint as schools,
        r.national_year,
        case r.sen when 2 then 'plan' when 1 then 'support' when 0 then 'none' end as sen,
        r.fsm,
        m.possible as sessions_possible, m.absent as sessions_absent, m.unauthorised as sessions_unauthorised,
        case when m.possible > 0 then m.absent * 10 >= m.possible end as persistent,
        case when m.possible > 0 then m.absent * 2 >= m.possible end as severe,
        coalesce(o.suspensions, 0)::smallint as suspensions,
        coalesce(o.sessions, 0)::integer as sessions_suspended,
        coalesce(o.excluded, false) as excluded,
        p.reading as ks2_reading, p.maths as ks2_maths, p.expected as ks2_expected,
        s.attainment8 as ks4_attainment8, s.basics as ks4_basics,
        coalesce(y.looked_after, false) as looked_after,
        coalesce(y.cla12, false) as cla12
    from any_record a
    semi join child c on c.person_id = a.person_id
    left join roll r using (person_id, year)
    left join missed m using (person_id, year)
    left join out o using (person_id, year)
    left join primary_end p using (person_id, year)
    left join secondary_end s using (person_id, year)
    left join population_year y using (person_id, year)
)
select * from final
order by person_id, year
