-- model:   suppression_log
-- grain:   one row per hidden cell: output, key and column
-- inputs:  control.judged, control.area_judged, control.chart_hidden
-- columns:
--   output           VARCHAR  table that the cell belongs to
--   indicator_id     VARCHAR  id in the outcomes framework; NULL for a chart
--   measure          VARCHAR  as in indicator; for a chart the row's key
--   time_period      VARCHAR  as in indicator; NULL where the output has none
--   geographic_level VARCHAR  as in indicator
--   area_code        VARCHAR  ONS code of the area
--   breakdown        VARCHAR  as in indicator; NULL for a chart
--   category         VARCHAR  as in indicator; NULL for a chart
--   cell             VARCHAR  column that is hidden: numerator, denominator, value or coverage, or a chart's column
--   symbol           VARCHAR  what stands in its place: c or k
--   rule             VARCHAR  rule of the policy: count, base, protected or rounds_to_zero
--   reason           VARCHAR  the rule in words; never the value
-- checks:  unique(output, indicator_id, measure, time_period, geographic_level, area_code, breakdown, category, cell)
-- source:  the policy file
with hidden as (
    select *, unnest([
        case when symbol = 'c' and counted then
            {cell: 'numerator', symbol: 'c', rule: if(hide_numerator and not hide_denominator, 'count', 'base')} end,
        case when hide_denominator then {cell: 'denominator', symbol: 'c', rule: if(few and denominator > coverage_denominator, 'base', 'count')} end,
        case when symbol = 'c' then {cell: 'value', symbol: 'c', rule: if(hide_numerator and not hide_denominator, 'count', 'base')} end,
        case when symbol = 'k' then {cell: 'value', symbol: 'k', rule: 'rounds_to_zero'} end,
        case when hide_coverage then {cell: 'coverage', symbol: 'c', rule: 'count'} end
    ]) as what
    from control.judged
), final as (
    select 'indicator' as output, indicator_id, measure, time_period, geographic_level, area_code, breakdown, category,
        what.cell, what.symbol, what.rule
    from hidden where what is not null
    union all
    select output, null, key, time_period, geographic_level, area_code, null, null, cell, symbol, rule from control.chart_hidden
    union all
    -- which of a sheet's hidden counts are small and which only protect them would narrow the small ones down
    select 'area_sheet', null, concat_ws('/', section, item), period, geographic_level, area_code, null, null, 'value', symbol,
        if(symbol = 'c', 'protected', rule)
    from control.area_judged where symbol in ('c', 'k')
)
select *, case rule
    when 'count' then 'the count is in the range that is hidden'
    when 'base' then 'too few children stand behind the value'
    when 'protected' then 'the count is in the range that is hidden, or would give away one that is'
    when 'rounds_to_zero' then 'the share is more than 0 and would show as 0'
    end as reason
from final
order by output, indicator_id, measure, time_period, geographic_level, area_code, breakdown, category, cell
