-- model:   return_quality
-- grain:   one row per dataset, year, la, module, rule; rule is empty for what a module's files held
-- inputs:  research.return_quality, control.run
-- columns:
--   dataset     VARCHAR  collection or extract
--   year        INTEGER  collection year
--   la          VARCHAR  ONS code of the supplier
--   module      VARCHAR  table of the dataset
--   rule        VARCHAR  rule that rows break; empty for the row with the counts of rows
--   severity    VARCHAR  how bad a finding is; empty for counts of rows
--   column_name VARCHAR  column that the rule is about; empty for counts of rows
--   files       BIGINT   (files) read
--   rows        BIGINT   (rows) read
--   kept        BIGINT   (rows) kept in the lake
--   quarantined BIGINT   (rows) set aside with their file
--   findings    BIGINT   (findings) times the rule was broken; NULL when symbol says why
--   symbol      VARCHAR  c when a count of rows or findings is 1 to 5; NULL otherwise
--   vintage     VARCHAR  published snapshot that the row belongs to
-- checks:  unique(dataset, year, la, module, rule, severity, column_name)
-- source:  reading and checking of the run
with final as (
    select dataset, cast(year as integer) as year, la, module, coalesce(rule, '') as rule, coalesce(severity, '') as severity,
        coalesce(column_name, '') as column_name, cast(files as bigint) as files,
        shown_count(rows) as rows, shown_count(kept) as kept, shown_count(quarantined) as quarantined, shown_count(findings) as findings,
        case when hidden_count(rows) or hidden_count(kept) or hidden_count(quarantined) or hidden_count(findings) then 'c' end as symbol,
        r.vintage
    from research.return_quality cross join control.run r
)
select * from final
order by dataset, year, la, module, rule, severity, column_name
