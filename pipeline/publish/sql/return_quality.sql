-- model:   return_quality
-- grain:   one row per dataset, year, la, module: one table of one delivery
-- inputs:  research.return_quality, return_finding, control.run
-- columns:
--   dataset     VARCHAR  collection or extract
--   year        INTEGER  collection year
--   la          VARCHAR  ONS code of the supplier
--   module      VARCHAR  table of the dataset
--   files       BIGINT   (files) read
--   rows        BIGINT   (rows) read; NULL when symbol says why
--   kept        BIGINT   (rows) kept in the lake; NULL when symbol says why
--   quarantined BIGINT   (rows) set aside with their file; NULL when symbol says why
--   findings    BIGINT   (findings) problems found, without those that return_finding hides: the whole would give a hidden one away
--   symbol      VARCHAR  c when a count of rows is hidden; NULL otherwise
--   vintage     VARCHAR  published snapshot that the row belongs to
-- checks:  unique(dataset, year, la, module)
-- source:  reading and checking of the run
with shown as (
    select dataset, year, la, module, cast(coalesce(sum(findings), 0) as bigint) as findings from return_finding group by all
), final as (
    select q.dataset, cast(q.year as integer) as year, q.la, q.module, cast(q.files as bigint) as files,
        shown_count(q.rows) as rows, shown_count(q.kept) as kept, shown_count(q.quarantined) as quarantined, coalesce(s.findings, 0) as findings,
        case when hidden_count(q.rows) or hidden_count(q.kept) or hidden_count(q.quarantined) then 'c' end as symbol, r.vintage
    from research.return_quality q left join shown s using (dataset, year, la, module) cross join control.run r
)
select * from final
order by dataset, year, la, module
