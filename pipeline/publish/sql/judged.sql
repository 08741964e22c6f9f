-- model:   judged
-- grain:   one row per cell of research.indicator_cell; a working table that is not kept
-- inputs:  research.indicator_cell, research.indicator_catalogue, control.level, control.kind, control.exception
-- columns:
--   symbol           VARCHAR  c, k, x or z in place of the value; NULL when it is shown
--   hide_numerator   BOOLEAN  the count is in the range that is hidden
--   hide_denominator BOOLEAN  what it is a share of is in the range that is hidden, or counts what few children have in such numbers that they could be counted by it
--   few              BOOLEAN  too few children behind a value whose denominator may count something else, such as school sessions
--   hide_coverage    BOOLEAN  the children with a known value, or those who could have one, are in that range
--   shown            DOUBLE   value rounded half up; NULL when there is none
--   lower_shown      DOUBLE   lower end of the interval, rounded like the value; NULL when there is none
--   upper_shown      DOUBLE   its upper end
--   error            DOUBLE   (like value, not rounded) half the interval over 1.96; NULL when there is none
--   coverage_shown   INTEGER  (per cent) share with a known value, rounded half up; NULL when there is none
-- source:  the policy file
with ruled as (
    select c.* replace (coalesce(c.category, 'not known') as category), l.round_to, coalesce(case when c.value_kind in ('mean', 'quantile') then i.value_unit end, k.value_unit) as value_unit, k.decimals, k.counted, k.zero_is_k,
        case when e.indicator_id is null then l.hide_from end as hide_from,
        case when e.indicator_id is null then l.hide_to end as hide_to,
        case when e.indicator_id is null then k.minimum else 1 end as minimum,
        cast(c.value * k.scale as decimal(28, 9)) as exact, c.lower * k.scale as low, c.upper * k.scale as high,
        cast(power(10, k.decimals) as bigint) as tenths
    from research.indicator_cell c
    left join control.level l using (geographic_level)
    left join control.kind k using (value_kind)
    left join research.indicator_catalogue i using (indicator_id)
    left join control.exception e using (indicator_id, geographic_level)
), flagged as (
    select *,
        coalesce(counted and numerator between hide_from and hide_to, false) as hide_numerator,
        coalesce(coverage_numerator between 1 and minimum - 1 or coverage_denominator between 1 and minimum - 1, false) as few,
        -- of days and sessions everybody has hundreds, which tell how many children there are
        coalesce(denominator between hide_from and hide_to, false) or few and denominator > coverage_denominator as hide_denominator,
        coalesce(coverage_denominator between hide_from and hide_to or coverage_numerator between hide_from and hide_to, false) as hide_coverage,
        case
            when value is null or denominator is null or denominator = 0 then null
            when value_kind = 'percentage' then (200 * tenths * numerator + denominator) // (2 * denominator) / tenths
            else sign(exact) * floor(abs(exact) * tenths + 0.5) / tenths
        end as shown,
        sign(low) * floor(abs(low) * tenths + 0.5) / tenths as lower_shown, sign(high) * floor(abs(high) * tenths + 0.5) / tenths as upper_shown,
        (high - low) / (2 * 1.959964) as error,
        case when coverage_denominator > 0 then (200 * coverage_numerator + coverage_denominator) // (2 * coverage_denominator) end as coverage_shown
    from ruled
), final as (
    select * exclude (exact, tenths, hide_from, hide_to, shown, coverage_shown, low, high, lower, upper),
        case
            when denominator is null then 'x'
            when denominator = 0 then 'z'
            when hide_denominator or hide_numerator or denominator < minimum or few then 'c'
            when shown is null then 'x'
            when zero_is_k and shown = 0 and coalesce(numerator, exact) > 0 then 'k'
        end as symbol,
        cast(shown as double) as shown, cast(coverage_shown as integer) as coverage_shown
    from flagged
)
select * from final
