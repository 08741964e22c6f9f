-- model:   area_judged
-- grain:   one row per geographic_level, area_code, section, item, period: an item of a sheet, judged; a working table that is not kept
-- inputs:  control.area_count, control.area_secondary, control.area_item, control.level, control.kind, control.funnel, research.area_need, research.area_wait, research.area_expected, control.run
-- columns:
--   numerator   BIGINT  unrounded; NULL for what has none
--   denominator BIGINT  unrounded
--   shown       DOUBLE  value rounded half up; NULL when there is none
--   symbol      VARCHAR c, k, x or z in place of the value; NULL when it is shown
--   rule        VARCHAR what hides it: count, base, secondary or rounds_to_zero
-- source:  the policy file and areas.yaml
with counted as (
    select c.*, s.name is not null as secondary
    from control.area_count c
    left join control.area_secondary s using (geographic_level, area_code, topic, period, name)
), amount as (
    select geographic_level, area_code, 'need' as topic, year::varchar as period, 'score_total' as name, score_total::double as amount, null as low, null as high from research.area_need
    union all
    select geographic_level, area_code, if(counted_by = 'home', 'home', 'wait'), if(first_year = last_year, last_year::varchar, first_year || ' to ' || last_year),
        unnest(['wait_median', 'wait_p90']), unnest([wait_median, wait_p90]), null, null from research.area_wait
    union all
    select geographic_level, area_code, 'expected', (year + 1)::varchar, 'expected', expected, lower, upper from research.area_expected
), present as (
    select geographic_level, area_code from research.area_need, control.run where year = last_year
), laid as (
    select d.geographic_level, d.area_code, d.area_name, i.section, i.item, d.period, i.kind, i.unit, i.section_no, i.item_no, i.topic, i.numerator as numerator_name, i.denominator as denominator_name,
        n.n as numerator, d.n as denominator, a.amount, a.low, a.high, l.round_to, greatest(i.minimum, coalesce(k.minimum, 1)) as minimum,
        d.geographic_level <> 'National' and (coalesce(n.hidden, false) or d.hidden) as primary_hidden,
        coalesce(n.secondary, false) or d.secondary as secondary_hidden
    from control.area_item i
    join counted d on d.topic = i.topic and d.name = i.denominator
    semi join present p on p.geographic_level = d.geographic_level and p.area_code = d.area_code
    left join counted n on n.topic = i.topic and n.name = i.numerator and n.geographic_level = d.geographic_level and n.area_code = d.area_code and n.period = d.period
    left join amount a on a.topic = i.topic and a.name = i.amount and a.geographic_level = d.geographic_level and a.area_code = d.area_code and a.period = d.period
    left join control.level l on l.geographic_level = if(d.geographic_level = 'National', 'National', 'Local authority')
    left join control.kind k on k.value_kind = i.kind
), valued as (
    select *,
        case kind
            when 'percentage' then if(denominator > 0, half_up(numerator, denominator), null)
            when 'mean' then if(denominator > 0, (20 * amount::bigint + denominator) // (2 * denominator) / 10, null)
            when 'quantile' then floor(amount + 0.5)
            else (denominator + round_to // 2) // round_to * round_to
        end::double as shown
    from laid
), ruled as (
    select *,
        case
            when primary_hidden or secondary_hidden then 'c'
            when kind in ('count', 'expected') then null
            when denominator = 0 then 'z'
            when denominator < minimum then 'c'
            when shown is null then 'x'
            when kind = 'percentage' and shown = 0 and numerator > 0 then 'k'
        end as symbol,
        case
            when primary_hidden then 'count'
            when secondary_hidden then 'secondary'
            when kind in ('count', 'expected') or denominator = 0 then null
            when denominator < minimum then 'base'
            when kind = 'percentage' and shown = 0 and numerator > 0 then 'rounds_to_zero'
        end as rule
    from valued
), final as (
    -- a share of nobody would say of the share that is hidden before it, whose count they are, that it is 0
    select r.* replace (if(h.n is null, r.symbol, 'c') as symbol, if(h.n is null, r.rule, 'secondary') as rule)
    from ruled r
    left join (
        select geographic_level, area_code, topic, period, numerator_name, count(*) as n from ruled where symbol = 'c' group by all
    ) h on r.symbol = 'z' and h.geographic_level = r.geographic_level and h.area_code = r.area_code and h.topic = r.topic and h.period = r.period
        and h.numerator_name = r.denominator_name
)
select * from final
order by geographic_level, area_code, section_no, item_no, period
