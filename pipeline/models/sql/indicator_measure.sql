-- model:   indicator_measure
-- grain:   one row per indicator_id, measure: what a figure of an indicator is called
-- inputs:  ref.measure, ref.horizon, ref.indicator
-- columns:
--   indicator_id VARCHAR as in indicator_catalogue
--   measure      VARCHAR as in indicator_cell
--   figure       VARCHAR in plain words; empty for an indicator's one figure
-- checks:  unique(indicator_id, measure)
-- source:  indicator catalogue
with
timed as (
    select m.indicator_id, m.measure || '_' || h.horizon as measure,
        m.title || ', within ' || rtrim(h.horizon, 'dm') || case when h.horizon like '%m' then ' months' else ' days' end as figure
    from ref.measure m
    join ref.horizon h using (indicator_id)
),
final as (
    select indicator_id, measure, figure from timed
    union all
    select indicator_id, measure, title from ref.measure
    union all
    select indicator_id, '', '' from ref.indicator i where not exists (select 1 from ref.measure m where m.indicator_id = i.indicator_id and m.measure = '')
)
select * from final
order by indicator_id, measure
