-- model:   stg_oc2
-- grain:   one row per la, year, load, file, row: child, as sent
-- inputs:  lake.ssda903_oc2, person_key
-- columns:
--   person_id             VARCHAR  linked person, from person_key; NULL when the row has no child_key
--   child_key             UUID     keyed pseudonym of authority and CHILD, or of an extract's record_id; NULL when blank in the row
--   la                    VARCHAR  ONS code of the supplier; E92000001 for a national extract
--   year                  SMALLINT collection year of the delivery
--   load                  SMALLINT 0 for the first delivery of that year, 1 and up for resubmissions in order of receipt
--   row                   INTEGER  1 for the first data row of the file as sent
--   file                  SMALLINT 0 for the first file of the module in the delivery, in order of name
--   birth_year            SMALLINT year of birth
--   birth_month           SMALLINT month of birth, 1 to 12
--   SDQ_SCORE             INTEGER  ages 4 to 16 at the last assessment
--   SDQ_REASON            VARCHAR  only when no score
--   CONVICTED             SMALLINT required from age 10 at 31 March, blank below
--   HEALTH_CHECK          SMALLINT development checks up to date; required under 5, blank from 5
--   IMMUNISATIONS         SMALLINT required
--   TEETH_CHECK           SMALLINT required
--   HEALTH_ASSESSMENT     SMALLINT required
--   SUBSTANCE_MISUSE      SMALLINT required
--   INTERVENTION_RECEIVED SMALLINT only when SUBSTANCE_MISUSE=1
--   INTERVENTION_OFFERED  SMALLINT only when INTERVENTION_RECEIVED=0
--   problems              VARCHAR  rules that the row breaks, as COLUMN:rule joined by blanks; NULL when none. A value that cannot be read is NULL and named here
-- checks:  unique(la, year, load, file, row)
-- source:  Children looked after return (SSDA903), OC2
select
    k.person_id,
    s.child_key,
    s.la,
    s.year,
    s."load",
    s."row",
    s.file,
    s.birth_year,
    s.birth_month,
    s.SDQ_SCORE,
    s.SDQ_REASON,
    s.CONVICTED,
    s.HEALTH_CHECK,
    s.IMMUNISATIONS,
    s.TEETH_CHECK,
    s.HEALTH_ASSESSMENT,
    s.SUBSTANCE_MISUSE,
    s.INTERVENTION_RECEIVED,
    s.INTERVENTION_OFFERED,
    s.problems
from lake.ssda903_oc2 s
left join person_key k using (child_key)
