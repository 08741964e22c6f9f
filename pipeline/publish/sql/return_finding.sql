-- model:   return_finding
-- grain:   one row per dataset, year, la, module, rule, severity, column_name
-- inputs:  research.return_finding, control.run
-- columns:
--   dataset     VARCHAR  collection or extract
--   year        INTEGER  collection year
--   la          VARCHAR  ONS code of the supplier
--   module      VARCHAR  table of the dataset
--   rule        VARCHAR  rule that rows break
--   kind        VARCHAR  reading, or the kind of a rule of the collection: stage1, stage2, integrity, unknown_stage
--   title       VARCHAR  what the rule finds, in a few words
--   severity    VARCHAR  how bad it is
--   column_name VARCHAR  column that the rule is about; empty when it is about none
--   findings    BIGINT   (findings) times the rule was broken; NULL when symbol says why
--   symbol      VARCHAR  c when findings is hidden; NULL otherwise
--   vintage     VARCHAR  published snapshot that the row belongs to
-- checks:  unique(dataset, year, la, module, rule, severity, column_name)
-- source:  reading and checking of the run
with summed as (
    select dataset, cast(year as integer) as year, la, module, rule, kind, title, coalesce(severity, '') as severity, coalesce(column_name, '') as column_name,
        cast(sum(findings) as bigint) as findings
    from research.return_finding
    group by all
), final as (
    select s.* replace (shown_count(s.findings) as findings), case when hidden_count(s.findings) then 'c' end as symbol, r.vintage
    from summed s cross join control.run r
)
select * from final
order by dataset, year, la, module, rule, severity, column_name
