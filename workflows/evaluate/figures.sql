-- Figures for England of one research database, attached as $db: indicators by period, and what spells all years hold.
select indicator_id as figure, measure, time_period as period, value_kind as kind, value, denominator as base
from $db.indicator_cell
where geographic_level = 'National' and breakdown = 'total' and value is not null and denominator > 0
union all
select 'children', '', '', 'count', count(distinct person_id), null from $db.period_of_care
union all
select 'children', 'known to a return', '', 'count', count(*), null from $db.child
union all
select 'periods of care', '', '', 'count', count(*), null from $db.period_of_care
union all
select 'periods of care', 'whose start was seen', '', 'count', count(*), null from $db.period_of_care where RNE = 'S'
union all
select 'periods of care', 're-entries', '', 'count', count(*), null from $db.period_of_care where period_no > 1
union all
select 'periods of care', 'moves to another authority', '', 'count', sum(transfers), null from $db.period_of_care
union all
select 'periods of care', 'breaks in the chain', '', 'count', count(*), null from $db.chain_break
union all
select 'periods of care', 'mean days, of those that ended', '', 'days', avg(days), count(*) from $db.period_of_care where end_date is not null
union all
select 'periods of care', 'median days, of those that ended', '', 'days', median(days), count(*) from $db.period_of_care where end_date is not null
union all
select 'placements', '', '', 'count', count(*), null from $db.placement
union all
select 'placements', 'mean days, of those that ended', '', 'days', avg(days), count(*) from $db.placement where end_date is not null
union all
select 'placements', 'moves', '', 'count', count(*), null from $db.placement_move
union all
select 'children looked after', '31 March ' || year, year::varchar, 'count', count(*), null from $db.population_year where looked_after group by year
union all
select 'children looked after', 'started in ' || year, year::varchar, 'count', count(*), null from $db.population_year where started group by year
union all
select 'children looked after', 'ceased in ' || year, year::varchar, 'count', count(*), null from $db.population_year where ceased group by year
