-- The figures of the four databases side by side. $perfect, $messy and $run are the query of figures.sql.
with
perfect as ($perfect),
messy as ($messy),
actual as ($run),
final as (
    select
        figure, measure, period,
        coalesce(actual.kind, messy.kind, perfect.kind) as kind,
        coalesce(catalogue.tier, 'spells') as tier,
        coalesce(nullif(named.figure, ''), catalogue.title, '') as title,
        coalesce(actual.base, perfect.base) as base,
        perfect.value as perfect, messy.value as messy, actual.value as run, p.value as published, p.symbol
    from perfect
    full join messy using (figure, measure, period)
    full join actual using (figure, measure, period)
    left join run.indicator_catalogue catalogue on catalogue.indicator_id = figure
    left join run.indicator_measure named on named.indicator_id = figure and named.measure = coalesce(actual.measure, messy.measure, perfect.measure)
    left join published.indicator p on p.indicator_id = figure and p.measure = coalesce(actual.measure, messy.measure, perfect.measure)
        and p.time_period = coalesce(actual.period, messy.period, perfect.period) and p.geographic_level = 'National' and p.breakdown = 'total'
)
select * from final
order by tier = 'spells' desc, tier, figure, kind, measure, period
