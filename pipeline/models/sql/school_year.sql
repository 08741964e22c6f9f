-- model:   school_year
-- grain:   one row per person_id, year: an academic year of a child of the returns in school records
-- inputs:  pupil_year, population_year
-- columns:
--   person_id             VARCHAR  linked person
--   year                  SMALLINT calendar year in which the academic year ends
--   academic_year         VARCHAR  as 202324
--   schools               SMALLINT schools with a census entry
--   national_year         VARCHAR  highest NCyearActual as sent; NULL without a census entry
--   school_phase          VARCHAR  primary, secondary, special or alternative in the census nearest 31 March; NULL when not known
--   sen                   VARCHAR  none, support or plan: the highest provision of the year; NULL without a census entry
--   sen_provision         VARCHAR  none, support or plan in the census nearest 31 March; NULL without one
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
--   looked_after          BOOLEAN  on 31 March of the year
--   cla12                 BOOLEAN  looked after for 12 months then
-- checks:  unique(person_id, year); sessions_absent is null or sessions_absent >= 0
-- source:  National Pupil Database extracts; pupil_year has the same of pupils who were never looked after
with
final as (
    select
        p.person_id, p.year, p.academic_year, p.schools, p.national_year, p.school_phase, p.sen, p.sen_provision, p.fsm,
        p.sessions_possible, p.sessions_absent, p.sessions_unauthorised, p.persistent, p.severe,
        p.suspensions, p.sessions_suspended, p.excluded,
        p.ks2_reading, p.ks2_maths, p.ks2_expected, p.ks4_attainment8, p.ks4_progress8, p.ks4_basics,
        coalesce(y.looked_after, false) as looked_after,
        coalesce(y.cla12, false) as cla12
    from pupil_year p
    left join population_year y using (person_id, year)
    where p.in_returns
)
select * from final
order by person_id, year
