-- model:   chart_stock_flow
-- grain:   one row per year, measure
-- inputs:  population_year, episode, ref.year
-- columns:
--   year    SMALLINT collection year
--   measure VARCHAR  looked_after (on 31 March), started, ceased
--   n       BIGINT   children; who starts or ceases in two authorities counts in each
-- checks:  unique(year, measure); n >= 0
-- source:  published counts: the first start and the last ceasing of the year in each authority
with
moved as (
    select y.year, e.la, e.person_id,
        bool_or(coalesce(e.RNE = 'S' and e.DECOM between y.first_day and y.last_day, false)) as started,
        bool_or(coalesce(e.REC is distinct from 'X1' and e.REC is distinct from 'E99' and e.DEC between y.first_day and y.last_day, false)) as ceased
    from episode e
    join ref.year y on e.DECOM <= y.last_day and (e.DEC >= y.first_day or e.DEC is null)
    where not e.respite
    group by y.year, e.la, e.person_id
),
final as (
    select year, 'looked_after' as measure, count(*) filter (where looked_after) as n from population_year group by year
    union all
    select year, 'started', count(*) filter (where started) from moved group by year
    union all
    select year, 'ceased', count(*) filter (where ceased) from moved group by year
)
select * from final
order by year, measure
