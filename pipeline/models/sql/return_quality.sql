-- model:   return_quality
-- grain:   one row per dataset, year, la, module: what came, resubmissions included, and what was wrong with it
-- inputs:  quality.delivery, quality.finding
-- columns:
--   dataset     VARCHAR  collection or extract
--   year        SMALLINT collection year
--   la          VARCHAR  ONS code of the supplier
--   module      VARCHAR  table of the delivery
--   files       INTEGER  number of files
--   rows        BIGINT   rows read
--   kept        BIGINT   rows in the lake
--   quarantined BIGINT   rows of quarantined files
--   findings    BIGINT   problems found
--   rules       INTEGER  different rules that found them
-- checks:  unique(dataset, year, la, module); kept >= 0
-- source:  checks while reading
with
found as (
    select dataset, year, la, module, sum(findings)::bigint as findings, count(distinct rule)::integer as rules
    from quality.finding group by dataset, year, la, module
),
sent as (
    select dataset, year, la, module, sum(files)::integer as files, sum(rows)::bigint as rows, sum(kept)::bigint as kept, sum(quarantined)::bigint as quarantined
    from quality.delivery group by dataset, year, la, module
),
final as (
    select d.dataset, d.year, d.la, d.module, d.files, d.rows, d.kept, d.quarantined, coalesce(f.findings, 0) as findings, coalesce(f.rules, 0) as rules
    from sent d
    left join found f using (dataset, year, la, module)
)
select * from final
order by dataset, year, la, module
