-- model:   rule_skipped
-- grain:   one row per dataset, year, la, rule that was not applied to what an authority sent
-- inputs:  quality.skipped
-- columns:
--   dataset VARCHAR  collection
--   year    SMALLINT collection year
--   la      VARCHAR  ONS code of the supplier
--   rule    VARCHAR  rule of the year's ruleset; without findings it was not passed
--   reason  VARCHAR  what it would have needed
-- checks:  unique(dataset, year, la, rule)
-- source:  checks while reading
with
final as (
    select * from quality.skipped
)
select * from final
order by dataset, year, la, rule
