-- model:   vintage
-- grain:   one row: what this database was built from
-- inputs:  ref.run
-- columns:
--   vintage    VARCHAR  name of the output folder
--   run_id     VARCHAR  hash of all inputs, schema, code and settings
--   first_year SMALLINT first collection year
--   last_year  SMALLINT last collection year
--   demo       BOOLEAN  the population is invented
-- checks:  unique(vintage)
-- source:  the run
with
final as (
    select vintage, run_id, first_year, last_year, demo from ref.run
)
select * from final
order by vintage
