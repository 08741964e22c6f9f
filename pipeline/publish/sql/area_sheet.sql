-- model:   area_sheet
-- grain:   one row per geographic_level, area_code, section, item, period: a figure that helps an area to plan services
-- inputs:  control.area_judged, control.backtest, area_position, control.run
-- columns:
--   geographic_level      VARCHAR National, Health area or Local authority
--   area_code             VARCHAR ONS code, or code of the health area
--   area_name             VARCHAR its name
--   section               VARCHAR need, response, waits, home (health areas: by where the child lives), position, expected, or backtest (England)
--   item                  VARCHAR figure of the section
--   period                VARCHAR reporting year as 2025, years as 2023 to 2025, or academic year as 202425
--   value                 DOUBLE  (see unit) rounded half up from unrounded counts; NULL when symbol says why
--   unit                  VARCHAR what the value is in: children, referrals, per cent, points, days or children expected
--   lower                 DOUBLE  (see unit) lower end of the 95 per cent interval of what is expected; NULL elsewhere
--   upper                 DOUBLE  (see unit) its upper end
--   numerator             BIGINT  count behind a share, rounded for England; of what was expected: how many came; NULL when hidden or there is none
--   denominator           BIGINT  what the value is of, rounded for England; NULL when hidden or the value is a count
--   england               DOUBLE  (see unit) England's value, counts to the nearest 10; NULL for what is expected
--   position              VARCHAR as in area_position; NULL elsewhere
--   position_without_uasc VARCHAR as in area_position; NULL elsewhere
--   symbol                VARCHAR c hidden, k more than 0 but rounds to 0, z nobody to count, x not available; NULL when the value is shown
--   vintage               VARCHAR published snapshot that the row belongs to
-- checks:  unique(geographic_level, area_code, section, item, period)
-- source:  returns of looked-after children (SSDA903) linked to mental health services data (MHSDS); indicators of the framework
with came as (
    select geographic_level, area_code, period, denominator as n, symbol from control.area_judged where section = 'need' and item = 'concern_count'
), final as (
    select j.geographic_level, j.area_code, j.area_name, j.section, j.item, j.period,
        case when j.symbol is null then j.shown end as value, j.unit,
        case when j.symbol is null then floor(j.low) end as lower,
        case when j.symbol is null then ceil(j.high) end as upper,
        case when j.kind = 'expected' then (if(c.symbol is null, c.n, null) + j.round_to // 2) // j.round_to * j.round_to
             when coalesce(j.symbol, 'k') in ('k', 'z') then (j.numerator + j.round_to // 2) // j.round_to * j.round_to end as numerator,
        case when j.kind not in ('count', 'expected') and coalesce(j.symbol, 'k') in ('k', 'z') then (j.denominator + j.round_to // 2) // j.round_to * j.round_to end as denominator,
        case when j.kind <> 'expected' and e.symbol is null then e.shown end as england,
        p.position, p.position_without_uasc, j.symbol, r.vintage
    from control.area_judged j
    cross join control.run r
    left join control.area_judged e on e.geographic_level = 'National' and e.section = j.section and e.item = j.item and e.period = j.period
    left join came c on j.kind = 'expected' and c.geographic_level = j.geographic_level and c.area_code = j.area_code and c.period = j.period
    left join area_position p on j.section = 'position' and p.geographic_level = j.geographic_level and p.area_code = j.area_code and p.item = j.item
    union all
    select 'National', 'E92000001', 'England', 'backtest', b.item, b.period, b.value, b.unit, null, null, null, b.areas, null, null, null, null, r.vintage
    from control.backtest b cross join control.run r
)
select * from final
order by geographic_level, area_code, section, item, period
