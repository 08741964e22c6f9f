-- model:   revision
-- grain:   one row per cell of indicator that the vintage before showed otherwise; none when there is no vintage before
-- inputs:  indicator, control.previous
-- columns:
--   indicator_id     VARCHAR  id in the outcomes framework
--   measure          VARCHAR  part of an indicator that has several; empty when it has one
--   time_period      VARCHAR  as in indicator
--   time_identifier  VARCHAR  as in indicator
--   geographic_level VARCHAR  as in indicator
--   area_code        VARCHAR  ONS code of the area
--   breakdown        VARCHAR  as in indicator
--   category         VARCHAR  as in indicator
--   previous_vintage VARCHAR  snapshot before
--   previous_value   DOUBLE   (see indicator) value it showed; NULL when previous_symbol says why
--   previous_symbol  VARCHAR  symbol it showed
--   value            DOUBLE   (see indicator) value shown now
--   symbol           VARCHAR  symbol shown now
--   change           DOUBLE   (see indicator) value less previous_value; NULL when either is hidden
--   kind             VARCHAR  changed, now_hidden, now_shown, withdrawn; a period that the vintage before did not cover is no revision
--   vintage          VARCHAR  published snapshot that the row belongs to
-- checks:  unique(indicator_id, measure, time_period, geographic_level, area_code, breakdown, category)
-- source:  this vintage beside the one before
with final as (
    select p.indicator_id, p.measure, p.time_period, p.time_identifier, p.geographic_level, p.area_code, p.breakdown, p.category,
        p.vintage as previous_vintage, p.value as previous_value, p.symbol as previous_symbol, i.value, i.symbol,
        i.value - p.value as change,
        case
            when i.indicator_id is null then 'withdrawn'
            when i.value is null and p.value is not null then 'now_hidden'
            when i.value is not null and p.value is null then 'now_shown'
            else 'changed'
        end as kind,
        r.vintage
    from control.previous p
    left join indicator i using (indicator_id, measure, time_period, time_identifier, geographic_level, area_code, breakdown, category)
    cross join control.run r
    where i.indicator_id is null or i.value is distinct from p.value or i.symbol is distinct from p.symbol
)
select * from final
order by indicator_id, measure, time_identifier, time_period, geographic_level, area_code, breakdown, category
