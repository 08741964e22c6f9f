-- model:   oc2_year
-- grain:   one row per person_id, year: health of a child looked after for 12 months
-- inputs:  stg_oc2, population_year
-- columns:
--   person_id             VARCHAR  linked person
--   year                  SMALLINT collection year
--   la                    VARCHAR  authority that sent the row; of several, the one responsible on 31 March
--   SDQ_SCORE             INTEGER  total difficulties, 0 to 40; NULL when there is none
--   SDQ_REASON            VARCHAR  why there is none
--   CONVICTED             SMALLINT 1 when convicted or cautioned in the year; from age 10
--   HEALTH_CHECK          SMALLINT 1 when development checks are up to date; under 5
--   IMMUNISATIONS         SMALLINT 1 when up to date
--   TEETH_CHECK           SMALLINT 1 when a dentist checked the teeth in the year
--   HEALTH_ASSESSMENT     SMALLINT 1 when the health assessment was done in the year
--   SUBSTANCE_MISUSE      SMALLINT 1 when there is a problem
--   INTERVENTION_RECEIVED SMALLINT 1 when help was received for it
--   INTERVENTION_OFFERED  SMALLINT 1 when help was offered
-- checks:  unique(person_id, year)
-- source:  SSDA903 OC2; the last delivery of a year's return counts
with
sent as (
    select s.* from stg_oc2 s
    semi join (select la, year, max("load") as "load" from stg_oc2 group by la, year) l on l.la = s.la and l.year = s.year and l."load" = s."load"
    where person_id is not null
),
final as (
    select s.person_id, s.year, s.la, s.SDQ_SCORE, s.SDQ_REASON, s.CONVICTED, s.HEALTH_CHECK, s.IMMUNISATIONS, s.TEETH_CHECK,
        s.HEALTH_ASSESSMENT, s.SUBSTANCE_MISUSE, s.INTERVENTION_RECEIVED, s.INTERVENTION_OFFERED
    from sent s
    left join population_year p on p.person_id = s.person_id and p.year = s.year
    qualify row_number() over (
        partition by s.person_id, s.year
        order by coalesce(s.la = p.la, false) desc, s.SDQ_SCORE is null, s.la, s.child_key, s.file desc, s."row" desc) = 1
)
select * from final
order by person_id, year
