-- model:   area_position
-- grain:   one row per geographic_level, area_code, item: where an area's share lies among those of all areas of its size, in the latest period
-- inputs:  control.area_judged, control.funnel, control.run
-- columns:
--   geographic_level      VARCHAR Health area or Local authority
--   area_code             VARCHAR ONS code, or code of the health area
--   area_name             VARCHAR its name
--   item                  VARCHAR id of the share, as in area_sheet
--   indicator_id          VARCHAR id in the outcomes framework
--   measure               VARCHAR part of the indicator; empty when it has one
--   period                VARCHAR reporting year as 2025, academic year as 202425
--   value                 INTEGER (per cent) rounded half up; NULL when symbol says why
--   denominator           BIGINT  (see indicator) what the share is of; NULL when it is hidden
--   position              VARCHAR below 99.8, below 95, within, above 95 or above 99.8: beside the limits of chance; NULL when the value is hidden
--   position_without_uasc VARCHAR the same without unaccompanied asylum-seeking children, all areas being placed anew; NULL where that share may not be shown
--   target                DOUBLE  (per cent) share of all areas together, which limits are drawn around; NULL when it would give away a hidden count
--   dispersion            DOUBLE  how much more areas differ than by chance; limits are widened by its root when above 1
--   low_998               DOUBLE  (per cent) lower limit of 99.8 per cent around target, for an area of this size; NULL when target or denominator is
--   low_95                DOUBLE  (per cent) lower limit of 95 per cent
--   high_95               DOUBLE  (per cent) upper limit of 95 per cent
--   high_998              DOUBLE  (per cent) upper limit of 99.8 per cent
--   symbol                VARCHAR c hidden, k more than 0 but rounds to 0, z nobody to count; NULL when the value is shown
--   symbol_without_uasc   VARCHAR c position_without_uasc is hidden, x there is none; NULL when it is shown
--   vintage               VARCHAR published snapshot that the row belongs to
-- checks:  unique(geographic_level, area_code, item)
-- source:  funnels around the share of all areas: normal limits, exact ones below a size of 100, widened for overdispersion (winsorised at 10 per cent)
with final as (
    select f.geographic_level, f.area_code, f.area_name, f.item, f.indicator_id, f.measure, f.time_period as period,
        if(j.symbol is null, j.shown, null)::integer as value,
        if(j.symbol is null or j.symbol = 'k', f.denominator, null) as denominator,
        if(j.symbol is null or j.symbol = 'k', f.position, null) as position,
        if((j.symbol is null or j.symbol = 'k') and not w.hidden, w.position, null) as position_without_uasc,
        if(e.symbol is null, round(100 * f.target, 1), null) as target, if(e.symbol is null, f.dispersion, null) as dispersion,
        if(known, round(100 * f.low_998, 1), null) as low_998, if(known, round(100 * f.low_95, 1), null) as low_95,
        if(known, round(100 * f.high_95, 1), null) as high_95, if(known, round(100 * f.high_998, 1), null) as high_998,
        j.symbol,
        case when w.item is null then 'x' when w.hidden or j.symbol = 'c' then 'c' when w.position is null or j.symbol = 'z' then 'z' end as symbol_without_uasc,
        r.vintage
    from control.funnel f
    join control.area_judged j on j.section = 'position' and j.item = f.item and j.geographic_level = f.geographic_level and j.area_code = f.area_code and j.period = f.time_period
    left join control.funnel w on w.item = f.item and w.geographic_level = f.geographic_level and w.area_code = f.area_code and w.breakdown = 'uasc_status'
    join control.area_judged e on e.section = 'position' and e.item = f.item and e.geographic_level = 'National' and e.period = f.time_period
    cross join lateral (select coalesce(j.symbol, 'k') = 'k' and e.symbol is null as known)
    cross join control.run r
    where f.breakdown = 'total' and f.geographic_level <> 'National'
)
select * from final
order by geographic_level, area_code, item
