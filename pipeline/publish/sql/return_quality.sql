-- model:   return_quality
-- grain:   one row per dataset, year, la, module: one table of one delivery
-- inputs:  research.return_quality, control.run
-- columns:
--   dataset     VARCHAR  collection or extract
--   year        INTEGER  collection year
--   la          VARCHAR  ONS code of the supplier
--   module      VARCHAR  table of the dataset
--   files       BIGINT   (files) read
--   rows        BIGINT   (rows) read; NULL when symbol says why
--   kept        BIGINT   (rows) kept in the lake; NULL when symbol says why
--   quarantined BIGINT   (rows) set aside with their file; NULL when symbol says why
--   findings    BIGINT   (findings) problems found; NULL when symbol says why
--   symbol      VARCHAR  c when a count of rows or findings is hidden; NULL otherwise
--   vintage     VARCHAR  published snapshot that the row belongs to
-- checks:  unique(dataset, year, la, module)
-- source:  reading and checking of the run
with final as (
    select dataset, cast(year as integer) as year, la, module, cast(files as bigint) as files,
        shown_count(rows) as rows, shown_count(kept) as kept, shown_count(quarantined) as quarantined, shown_count(findings) as findings,
        case when hidden_count(rows) or hidden_count(kept) or hidden_count(quarantined) or hidden_count(findings) then 'c' end as symbol,
        r.vintage
    from research.return_quality cross join control.run r
)
select * from final
order by dataset, year, la, module
