-- model:   return_finding
-- grain:   one row per dataset, year, la, module, rule, column_name
-- inputs:  quality.finding
-- columns:
--   dataset     VARCHAR  collection or extract
--   year        SMALLINT collection year
--   la          VARCHAR  ONS code of the supplier
--   module      VARCHAR  table of the delivery
--   rule        VARCHAR  rule that found something
--   kind        VARCHAR  reading, or the kind of a rule of the collection: stage1, stage2, integrity, unknown_stage
--   title       VARCHAR  what the rule finds, in a few words
--   severity    VARCHAR  how bad it is
--   column_name VARCHAR  column it is about
--   findings    BIGINT   how often
-- checks:  findings >= 0
-- source:  checks while reading
with
final as (
    select * from quality.finding
)
select * from final
order by dataset, year, la, module, rule, column_name, severity, findings
