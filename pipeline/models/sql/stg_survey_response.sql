-- model:   stg_survey_response
-- grain:   one row per la, year, load, file, row: response, as sent
-- inputs:  lake.wellbeing_survey_response, person_key
-- columns:
--   person_id             VARCHAR  linked person, from person_key; NULL when the row has no child_key or nobody it belongs to
--   child_key             UUID     keyed pseudonym of authority and CHILD, or of an extract's record_id; NULL when blank in the row
--   la                    VARCHAR  ONS code of the supplier; E92000001 for a national extract
--   year                  SMALLINT collection year of the delivery
--   load                  SMALLINT 0 for the first delivery of that year, 1 and up for resubmissions in order of receipt
--   row                   INTEGER  1 for the first data row of the file as sent
--   file                  SMALLINT 0 for the first file of the module in the delivery, in order of name
--   survey_date           DATE     as sent
--   form                  VARCHAR  code of SURVEY_FORM
--   completed_with_help   SMALLINT as sent
--   life_satisfaction     INTEGER  as sent
--   happy_yesterday       INTEGER  as sent
--   worthwhile            INTEGER  as sent
--   anxious_yesterday     INTEGER  as sent
--   life_getting_better   SMALLINT as sent
--   trusted_adult         SMALLINT as sent
--   feel_safe_home        SMALLINT as sent
--   feel_settled          SMALLINT as sent
--   good_friend           SMALLINT as sent
--   included_in_decisions SMALLINT as sent
--   bullied_afraid_school SMALLINT as sent
--   know_why_in_care      SMALLINT as sent
--   trust_carer           SMALLINT as sent
--   problems              VARCHAR  rules that the row breaks, as COLUMN:rule joined by blanks; NULL when none. A value that cannot be read is NULL and named here
-- checks:  unique(la, year, load, file, row)
-- source:  Subjective wellbeing survey, response
select
    k.person_id,
    s.child_key,
    s.la,
    s.year,
    s."load",
    s."row",
    s.file,
    s.survey_date,
    s.form,
    s.completed_with_help,
    s.life_satisfaction,
    s.happy_yesterday,
    s.worthwhile,
    s.anxious_yesterday,
    s.life_getting_better,
    s.trusted_adult,
    s.feel_safe_home,
    s.feel_settled,
    s.good_friend,
    s.included_in_decisions,
    s.bullied_afraid_school,
    s.know_why_in_care,
    s.trust_carer,
    s.problems
from lake.wellbeing_survey_response s
left join person_key k using (child_key)
