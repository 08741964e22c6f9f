-- model:   code
-- grain:   one row per code_set, code
-- inputs:  ref.code
-- columns:
--   code_set    VARCHAR  name of the set
--   code        VARCHAR  as returns carry it
--   meaning     VARCHAR  in this project's words
--   code_group  VARCHAR  broader group used in breakdowns
--   kin         VARCHAR  PLACE: yes for a relative or friend
--   eet         VARCHAR  ACTIV: yes in education, employment or training
--   leaves_care VARCHAR  REC: yes for all but X1
--   same_as     VARCHAR  code that stands for it when years are stacked
--   reliable_change DOUBLE MH_MEASURE: points of change that measurement error alone seldom makes
--   better      VARCHAR  MH_MEASURE: lower or higher
--   first_year  SMALLINT first collection year; NULL when not bounded
--   last_year   SMALLINT last collection year; NULL when not bounded
--   accept      BOOLEAN  false for a code that a check refuses whatever the year
-- checks:  unique(code_set, code)
-- source:  code sets of the schema
with
final as (
    select * from ref.code
)
select * from final
order by code_set, code
