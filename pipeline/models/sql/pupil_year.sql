-- model:   pupil_year
-- grain:   one row per person_id, year: an academic year of a pupil in school records, never looked after or not
-- inputs:  stg_npd_census, stg_npd_absence, stg_npd_exclusions, school_result, social_care_group, child, ref.code
-- columns:
--   person_id             VARCHAR  linked person
--   year                  SMALLINT calendar year in which the academic year ends
--   academic_year         VARCHAR  as 202324
--   in_returns            BOOLEAN  has a row in child
--   social_care_group     VARCHAR  CLA_12_months, CPPO or CINO on 31 March of the year; NULL when in none
--   la                    VARCHAR  authority responsible; NULL when in none of the groups
--   sex                   VARCHAR  male, female or unknown, as in child, else as the latest census has it
--   ethnicity_group       VARCHAR  group of ETHNIC, as in child, else as the latest census has it
--   schools               SMALLINT schools with a census entry
--   national_year         VARCHAR  highest NCyearActual as sent; NULL without a census entry
--   school_phase          VARCHAR  primary, secondary, special or alternative in the census nearest 31 March; NULL when not known
--   sen                   VARCHAR  none, support or plan: the highest provision of the year; NULL without a census entry
--   sen_provision         VARCHAR  none, support or plan in the census nearest 31 March: spring, else autumn, else summer; NULL without one
--   sen_type              VARCHAR  SENPrimaryType of that census
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
--   ks4_progress8         DOUBLE   points a subject over pupils who began alike
--   ks4_basics            SMALLINT 1 with grade 4 or better in English and mathematics
-- checks:  unique(person_id, year); sessions_absent is null or sessions_absent >= 0
-- source:  National Pupil Database extracts; sessions are summed over schools before a rate is taken
with
census as (
    select s.* exclude (year), (AcademicYear // 100 + 1)::smallint as year
    from stg_npd_census s
    semi join (select la, year, max("load") as "load" from stg_npd_census group by la, year) l on l.la = s.la and l.year = s.year and l."load" = s."load"
    where person_id is not null and AcademicYear is not null
),
absence as (
    select s.* exclude (year), (AcademicYear // 100 + 1)::smallint as year
    from stg_npd_absence s
    semi join (select la, year, max("load") as "load" from stg_npd_absence group by la, year) l on l.la = s.la and l.year = s.year and l."load" = s."load"
    where person_id is not null and AcademicYear is not null
),
exclusion as (
    select s.* exclude (year), (AcademicYear // 100 + 1)::smallint as year
    from stg_npd_exclusions s
    semi join (select la, year, max("load") as "load" from stg_npd_exclusions group by la, year) l on l.la = s.la and l.year = s.year and l."load" = s."load"
    where person_id is not null and AcademicYear is not null
),
told as (
    -- who a pupil is who has no row in child
    select person_id,
        arg_max(c.Sex, (c.AcademicYear, case c.census_term when 'AUT' then 1 when 'SPR' then 2 else 3 end, c.Sex)) filter (where c.Sex in ('M', 'F')) as sex,
        arg_max(e.code_group, (c.AcademicYear, case c.census_term when 'AUT' then 1 when 'SPR' then 2 else 3 end, e.code_group)) filter (where e.code_group is not null) as ethnicity_group
    from census c
    left join ref.code e on e.code_set = 'ETHNIC' and e.code = c.EthnicGroupMinor
    group by person_id
),
roll as (
    select person_id, year,
        count(distinct LAEstab)::smallint as schools,
        max_by(NCyearActual, (coalesce(try_cast(NCyearActual as integer), 0), NCyearActual)) as national_year,
        max(case p.code_group when 'plan' then 2 when 'support' then 1 else 0 end) as sen,
        bool_or(FSMeligible = 1) as fsm,
        arg_min(struct_pack(provision := p.code_group, type := c.SENPrimaryType, phase := h.code_group),
            (case c.census_term when 'SPR' then 1 when 'AUT' then 2 else 3 end, c.EnrolStatus = 'S', c.EntryDate is null, c.EntryDate, c.LAEstab, c.file, c."row")) as nearest
    from census c
    left join ref.code p on p.code_set = 'SEN_PROVISION' and p.code = c.SENprovision
    left join ref.code h on h.code_set = 'SCHOOL_PHASE' and h.code = c.SchoolPhase
    group by person_id, year
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
recorded as (
    select person_id, year, r.schools, r.national_year, r.sen, r.fsm, r.nearest, m.possible, m.absent, m.unauthorised, o.suspensions, o.sessions, o.excluded,
        s.ks2_reading, s.ks2_maths, s.ks2_expected, s.ks4_attainment8, s.ks4_progress8, s.ks4_basics
    from roll r
    full join missed m using (person_id, year)
    full join out o using (person_id, year)
    full join school_result s using (person_id, year)
),
final as (
    select
        a.person_id, a.year,
        (a.year - 1)::varchar || lpad((a.year % 100)::varchar, 2, '0') as academic_year,
        c.person_id is not null as in_returns,
        g.social_care_group, g.la,
        coalesce(c.sex, case t.sex when 'M' then 'male' when 'F' then 'female' end, 'unknown') as sex,
        coalesce(c.ethnicity_group, t.ethnicity_group, 'unknown') as ethnicity_group,
        coalesce(a.schools, 0)::smallint as schools,
        a.national_year,
        a.nearest.phase as school_phase,
        case a.sen when 2 then 'plan' when 1 then 'support' when 0 then 'none' end as sen,
        a.nearest.provision as sen_provision,
        a.nearest.type as sen_type,
        a.fsm,
        a.possible as sessions_possible, a.absent as sessions_absent, a.unauthorised as sessions_unauthorised,
        case when a.possible > 0 then a.absent * 10 >= a.possible end as persistent,
        case when a.possible > 0 then a.absent * 2 >= a.possible end as severe,
        coalesce(a.suspensions, 0)::smallint as suspensions,
        coalesce(a.sessions, 0)::integer as sessions_suspended,
        coalesce(a.excluded, false) as excluded,
        a.ks2_reading, a.ks2_maths, a.ks2_expected, a.ks4_attainment8, a.ks4_progress8, a.ks4_basics
    from recorded a
    left join child c on c.person_id = a.person_id
    left join told t on t.person_id = a.person_id
    left join social_care_group g on g.person_id = a.person_id and g.year = a.year
)
select * from final
order by person_id, year
