-- model:   chart_sdq_contact
-- grain:   one row per year
-- inputs:  high_sdq
-- columns:
--   year     SMALLINT collection year
--   high     BIGINT   children with a score of 17 or more
--   linked   BIGINT   of them, linked to a health record
--   referred BIGINT   of these, referred
--   contact  BIGINT   of the linked, seen
-- checks:  unique(year); linked <= high; referred <= linked; contact <= linked
-- source:  indicator catalogue, REC09
with
final as (
    select year, count(*) as high, count(*) filter (where linked) as linked, count(*) filter (where referred) as referred, count(*) filter (where contact) as contact
    from high_sdq group by year
)
select * from final
order by year
