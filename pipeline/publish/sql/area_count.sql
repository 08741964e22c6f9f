-- model:   area_count
-- grain:   one row per geographic_level, area_code, topic, period, name: a count behind the sheets of areas; a working table that is not kept
-- inputs:  research.area_need, research.area_wait, research.area_expected, control.funnel, control.level, control.exception, control.judged
-- columns:
--   geographic_level VARCHAR National, Health area or Local authority
--   area_code        VARCHAR ONS code, or code of the health area
--   area_name        VARCHAR name
--   topic            VARCHAR need, wait, home, expected or position
--   period           VARCHAR year, years or academic year
--   name             VARCHAR what is counted
--   n                BIGINT  unrounded
--   hidden           BOOLEAN the policy hides it for its own sake. A health area is treated as an authority
-- source:  models of the research database; the policy file
with need as (
    select geographic_level, area_code, area_name, 'need' as topic, year::varchar as period, unnest([
        {name: 'eligible', n: eligible}, {name: 'scored', n: scored}, {name: 'normal', n: normal}, {name: 'borderline', n: borderline},
        {name: 'concern', n: concern}, {name: 'linked', n: linked}, {name: 'referred', n: referred}, {name: 'contact', n: contact},
        {name: 'reached', n: reached}]) as c
    from research.area_need
), wait as (
    select geographic_level, area_code, area_name, if(counted_by = 'home', 'home', 'wait') as topic,
        if(first_year = last_year, last_year::varchar, first_year || ' to ' || last_year) as period, unnest([
        {name: 'referrals', n: referrals}, {name: 'refused', n: refused}, {name: 'duplicate', n: duplicate},
        {name: 'another_service', n: another_service}, {name: 'incomplete', n: incomplete}, {name: 'other', n: other},
        {name: 'not_given', n: not_given}, {name: 'counted', n: counted}, {name: 'seen', n: seen}, {name: 'waiting', n: waiting},
        {name: 'closed_unseen', n: closed_unseen}]) as c
    from research.area_wait
), expected as (
    select geographic_level, area_code, area_name, 'expected' as topic, (year + 1)::varchar as period,
        {name: 'expected', n: cast(floor(expected + 0.5) as bigint)} as c
    from research.area_expected
), position as (
    select geographic_level, area_code, area_name, 'position' as topic, time_period as period, unnest([
        {name: item || ' numerator', n: numerator}, {name: item || ' denominator', n: denominator}]) as c, indicator_id, measure
    from control.funnel
    where breakdown = 'total'
), cell as (
    select *, null as indicator_id, null as measure from need
    union all select *, null, null from wait
    union all select *, null, null from expected
    union all select * from position
), final as (
    select c.geographic_level, c.area_code, c.area_name, c.topic, c.period, c.c.name as name, c.c.n as n,
        c.geographic_level <> 'National' and (e.indicator_id is null and coalesce(c.c.n between l.hide_from and l.hide_to, false)
            or c.c.name like '% numerator' and coalesce(j.symbol = 'c', false)) as hidden
    from cell c
    cross join (select hide_from, hide_to from control.level where geographic_level = 'Local authority') l
    left join control.exception e on e.indicator_id = c.indicator_id and e.geographic_level = 'Local authority'
    left join control.judged j on j.indicator_id = c.indicator_id and j.measure = c.measure and j.time_period = c.period
        and j.geographic_level = c.geographic_level and j.area_code = c.area_code and j.breakdown = 'total'
)
select * from final
order by geographic_level, area_code, topic, period, name
