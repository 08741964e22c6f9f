-- What publishing does to the figures of all children, by geographic level: how many there are, how many are hidden, and how far rounding moves
-- the shares that are shown.
select
    c.geographic_level,
    count(*) as figures,
    count(*) filter (where p.symbol = 'c') as hidden,
    count(*) filter (where p.symbol is null and c.value_kind in ('percentage', 'incidence')) as shares,
    avg(abs(p.value - c.value)) filter (where p.symbol is null and c.value_kind in ('percentage', 'incidence')) as rounded_by
from run.indicator_cell c
join published.indicator p using (indicator_id, measure, time_period, geographic_level, area_code, breakdown, category)
where c.breakdown = 'total' and c.value is not null and c.denominator > 0
group by c.geographic_level
order by figures
