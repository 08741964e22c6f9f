-- model:   framework
-- grain:   one row per indicator_id, measure, area_code: the latest year for all children; an indicator without any value has one row
-- inputs:  research.indicator_catalogue, research.indicator_measure, control.judged, indicator, control.run
-- columns:
--   domain           VARCHAR  part of the outcomes framework
--   indicator_id     VARCHAR  id of the indicator
--   indicator        VARCHAR  its title
--   measure          VARCHAR  part of an indicator that has several; empty when it has one
--   figure           VARCHAR  what the part is, in plain words; empty when the indicator has one
--   tier             VARCHAR  core or extended
--   status           VARCHAR  official, adapted or proposed: how close to a measure that is published today
--   definition       VARCHAR  numerator and denominator in words
--   polarity         VARCHAR  whether higher or lower is better, or none
--   source           VARCHAR  whose measure it is
--   time_period      VARCHAR  latest period with a row; NULL when the indicator has none
--   time_identifier  VARCHAR  Reporting year or Academic year
--   geographic_level VARCHAR  National, Regional or Local authority
--   area_code        VARCHAR  ONS code of the area
--   area_name        VARCHAR  its name
--   value            DOUBLE   (see unit) as in indicator
--   unit             VARCHAR  what the value is in
--   symbol           VARCHAR  as in indicator; x for an indicator that is not computed
--   coverage         INTEGER  (per cent) as in indicator
--   comparator       DOUBLE   (see unit) England's value in the same period
--   direction        VARCHAR  rose or fell since the period before, where the difference is more than 1.96 of its standard errors; no clear change where it is not; NULL when either is hidden or has no interval
--   vintage          VARCHAR  published snapshot that the row belongs to
-- checks:  unique(indicator_id, measure, area_code)
-- source:  the outcomes framework and indicator
with ordered as (
    select *,
        lag(value) over w as value_before, lag(error) over w as error_before,
        row_number() over (partition by indicator_id, measure, geographic_level, area_code order by time_period desc) as age
    from (
        select i.*, j.error
        from indicator i
        join control.judged j using (indicator_id, measure, time_period, time_identifier, geographic_level, area_code, breakdown, category)
        where breakdown = 'total')
    window w as (partition by indicator_id, measure, geographic_level, area_code order by time_period)
), latest as (
    select * from ordered where age = 1
), england as (
    select indicator_id, measure, time_period, value from indicator where breakdown = 'total' and geographic_level = 'National'
), final as (
    select c.domain, c.indicator_id, c.title as indicator, coalesce(l.measure, '') as measure,
        coalesce(m.figure, l.measure, '') as figure, c.tier, c.status,
        concat_ws('. Of: ', c.numerator, c.denominator) as definition, c.polarity, c.source,
        l.time_period, l.time_identifier, l.geographic_level, l.area_code, l.area_name, l.value, l.unit,
        case when l.indicator_id is null then 'x' else l.symbol end as symbol,
        l.coverage, e.value as comparator,
        case when l.value - l.value_before > 1.959964 * sqrt(l.error * l.error + l.error_before * l.error_before) then 'rose'
            when l.value_before - l.value > 1.959964 * sqrt(l.error * l.error + l.error_before * l.error_before) then 'fell'
            when l.value is not null and l.value_before is not null and l.error + l.error_before is not null then 'no clear change' end as direction,
        r.vintage
    from research.indicator_catalogue c
    left join latest l using (indicator_id)
    left join research.indicator_measure m on m.indicator_id = l.indicator_id and m.measure = l.measure
    left join england e on e.indicator_id = l.indicator_id and e.measure = l.measure and e.time_period = l.time_period
    cross join control.run r
)
select * from final
order by indicator_id, measure, geographic_level, area_code
