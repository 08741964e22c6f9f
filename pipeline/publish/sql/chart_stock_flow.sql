-- model:   chart_stock_flow
-- grain:   one row per year, measure
-- inputs:  research.chart_stock_flow
-- columns:
--   year    INTEGER collection year, that ends on 31 March of it
--   measure VARCHAR looked_after on 31 March, started or ceased in the year; who starts or ceases in two authorities counts in each
--   n       BIGINT  (children) to the nearest 10
-- checks:  unique(year, measure)
-- source:  return of looked-after children (SSDA903)
with final as (
    select cast(year as integer) as year, measure, rounded(n) as n from research.chart_stock_flow
)
select * from final
order by year, measure
