-- model:   incidence
-- grain:   one row per measure, time_period, geographic_level, area_code, breakdown, category
-- inputs:  breakdown_year, area, ref.indicator, ref.horizon
-- columns:
--   indicator_id         VARCHAR as in indicator_catalogue
--   measure              VARCHAR part of the indicator, event and horizon, as home_planned_12m
--   time_period          VARCHAR collection year of the cohort, in which time begins
--   time_identifier      VARCHAR Reporting year or Academic year
--   geographic_level     VARCHAR National, Regional or Local authority
--   area_code            VARCHAR ONS code
--   area_name            VARCHAR name of the area
--   breakdown            VARCHAR total, or what the unit is broken down by. Regions have total, sex, age_group and uasc_status alone, authorities total and uasc_status
--   category             VARCHAR Total, or the value of the breakdown
--   numerator            BIGINT  units with the event within the horizon
--   denominator          BIGINT  units in the cohort
--   value                DOUBLE  cumulative incidence in per cent by Aalen and Johansen; with one kind of event that is 100 less Kaplan and Meier's survival. There is no row where fewer than 10 are still at risk and some went out of view before
--   lower                DOUBLE  lower end of the 95 per cent interval of value on the log(-log) scale; NULL at 0 and 100
--   upper                DOUBLE  its upper end
--   value_kind           VARCHAR incidence
--   unit                 VARCHAR what is counted
--   coverage_numerator   BIGINT  units seen until an event, or to the horizon
--   coverage_denominator BIGINT  as denominator
-- checks:  unique(measure, time_period, geographic_level, area_code, breakdown, category); denominator >= 0; numerator between 0 and denominator; value between 0 and 100; coverage_numerator <= coverage_denominator
-- source:  indicator catalogue, conventions. Facts give measure, person_id, year of the cohort, la, days (1 or more, to the event or the last day in view), event (NULL when none was seen) and, where observation begins later than time does, entered (days); events before censoring on a tied day; the catalogue has the horizons; more is a list of breakdowns of the indicator's own
with
horizon as (
    select horizon, days as until from ref.horizon where indicator_id = $indicator
),
-- what comes after the last horizon is all one
placed as materialized (
    select f.measure, f.year, f.la, f.more, least(greatest(f.days, 1), h.beyond)::integer as days,
        case when greatest(f.days, 1) < h.beyond then f.event end as event, coalesce(f.entered, 0)::integer as entered,
        b.sex, b.age_group, b.uasc_status, b.ethnicity_major, b.category_of_need, b.legal_status, b.placement_type, b.placement_provider,
        b.time_in_care_band, b.entry_age_band, b.sen_provision
    from fact f
    cross join (select max(until) + 1 as beyond from horizon) h
    left join breakdown_year b on b.person_id = f.person_id and b.year = f.year
    where coalesce(f.entered, 0) < least(greatest(f.days, 1), h.beyond)
),
own as materialized (
    select measure, year, la, days, event, entered, g.breakdown as breakdown, g.category as category
    from (select measure, year, la, days, event, entered, unnest(more) as g from placed where more is not null)
),
cell as materialized (
    select measure, year, 'National' as geographic_level, 'E92000001' as area_code,
        case when grouping(sex) = 0 then 'sex' when grouping(age_group) = 0 then 'age_group' when grouping(placement_type) = 0 then 'placement_type'
             when grouping(uasc_status) = 0 then 'uasc_status' when grouping(ethnicity_major) = 0 then 'ethnicity_major'
             when grouping(category_of_need) = 0 then 'category_of_need' when grouping(legal_status) = 0 then 'legal_status'
             when grouping(placement_provider) = 0 then 'placement_provider' when grouping(time_in_care_band) = 0 then 'time_in_care_band'
             when grouping(entry_age_band) = 0 then 'entry_age_band' when grouping(sen_provision) = 0 then 'sen_provision'
             else 'total' end as breakdown,
        coalesce(sex, age_group, placement_type, uasc_status, ethnicity_major, category_of_need, legal_status, placement_provider,
            time_in_care_band, entry_age_band, sen_provision) as category,
        days, entered, event, count(*) as n
    from placed
    group by grouping sets ((measure, year, days, entered, event), (measure, year, days, entered, event, sex), (measure, year, days, entered, event, age_group),
        (measure, year, days, entered, event, placement_type), (measure, year, days, entered, event, uasc_status), (measure, year, days, entered, event, ethnicity_major),
        (measure, year, days, entered, event, category_of_need), (measure, year, days, entered, event, legal_status),
        (measure, year, days, entered, event, placement_provider), (measure, year, days, entered, event, time_in_care_band),
        (measure, year, days, entered, event, entry_age_band), (measure, year, days, entered, event, sen_provision))
    union all
    select p.measure, p.year, a.geographic_level, a.area_code,
        case when grouping(p.sex) = 0 then 'sex' when grouping(p.age_group) = 0 then 'age_group' when grouping(p.uasc_status) = 0 then 'uasc_status' else 'total' end,
        coalesce(p.sex, p.age_group, p.uasc_status), p.days, p.entered, p.event, count(*)
    from placed p
    join area a on a.la = p.la and a.geographic_level = 'Regional'
    group by grouping sets ((p.measure, p.year, a.geographic_level, a.area_code, p.days, p.entered, p.event),
        (p.measure, p.year, a.geographic_level, a.area_code, p.days, p.entered, p.event, p.sex),
        (p.measure, p.year, a.geographic_level, a.area_code, p.days, p.entered, p.event, p.age_group),
        (p.measure, p.year, a.geographic_level, a.area_code, p.days, p.entered, p.event, p.uasc_status))
    union all
    select p.measure, p.year, 'Local authority', p.la, if(grouping(p.uasc_status) = 0, 'uasc_status', 'total'), p.uasc_status, p.days, p.entered, p.event, count(*)
    from placed p
    group by grouping sets ((p.measure, p.year, p.la, p.days, p.entered, p.event), (p.measure, p.year, p.la, p.days, p.entered, p.event, p.uasc_status))
    union all
    select measure, year, 'National', 'E92000001', breakdown, category, days, entered, event, count(*) from own group by all
    union all
    select o.measure, o.year, a.geographic_level, a.area_code, o.breakdown, o.category, o.days, o.entered, o.event, count(*)
    from (from own where breakdown in ('sex', 'uasc_status')) o
    join area a on a.la = o.la
    where a.geographic_level = 'Regional' or a.geographic_level = 'Local authority' and o.breakdown = 'uasc_status'
    group by all
),
-- Everything below is by key: one number a cell. Who is in no group counts in totals only.
keyed as materialized (
    select hash(measure, year, geographic_level, area_code, breakdown, category) as k, measure, year, geographic_level, area_code, breakdown,
        coalesce(category, 'Total') as category, days, entered, event, n::bigint as n
    from cell
    where category is not null or breakdown = 'total'
),
key as materialized (
    select k, any_value(measure) as measure, any_value(year) as year, any_value(geographic_level) as geographic_level, any_value(area_code) as area_code,
        any_value(breakdown) as breakdown, any_value(category) as category
    from keyed
    group by k
),
turn as (
    select k, entered as day, sum(n)::bigint as ins, 0::bigint as outs, 0::bigint as events from keyed group by k, entered
    union all
    select k, days, 0, sum(n)::bigint, coalesce(sum(n) filter (where event is not null), 0)::bigint from keyed group by k, days
),
day as (
    select k, day, sum(ins)::bigint as ins, sum(outs)::bigint as outs, sum(events)::bigint as events from turn group by k, day
),
risk as (
    select k, day, events, sum(ins - outs) over (partition by k order by day rows between unbounded preceding and 1 preceding)::bigint as at_risk
    from day
),
-- Logarithms and the terms of the variance are summed as decimals, which have no order.
survival as materialized (
    select k, day, events, at_risk,
        exp(coalesce(sum(case when events < at_risk then round(ln(1 - events / at_risk), 12)::decimal(18, 12) when events > 0 then -60 end)
            over (partition by k order by day rows between unbounded preceding and 1 preceding), 0)::double) as before,
        case when events < at_risk then events / (at_risk::double * (at_risk - events)) else 0 end as a
    from risk
    where events > 0
),
-- Every quantity is known at the days on which something happened; the sums of a run to the end of a day.
summed as materialized (
    select k, day, events, at_risk, before, sum(a::decimal(28, 18)) over (partition by k order by day) as a_to
    from survival
),
step as (
    select k, days as day, event, sum(n)::bigint as events from keyed where event is not null group by all
),
rise as (
    select t.k, t.event, t.day, t.events, s.a_to - coalesce(s.events / (s.at_risk::double * nullif(s.at_risk - s.events, 0)), 0)::decimal(28, 18) as a_before,
        s.before, s.at_risk,
        sum((s.before * t.events / s.at_risk)::decimal(18, 12)) over (partition by t.k, t.event order by t.day) as incidence
    from step t
    join summed s using (k, day)
),
term as (
    -- the incidence stays as it is until the next such event; so the sums over all days are sums over these
    select k, event, day, events, incidence, a_next,
        ((a_next - a_before)::double * incidence::double)::decimal(28, 18) as af,
        ((a_next - a_before)::double * incidence::double * incidence::double)::decimal(28, 18) as aff,
        (before * events / (at_risk::double * at_risk))::decimal(28, 18) as b,
        (before * events / (at_risk::double * at_risk) * incidence::double)::decimal(28, 18) as bf,
        (before * before * events * (at_risk - events) / (at_risk::double * at_risk * at_risk))::decimal(28, 18) as c
    from (
        select *, coalesce(lead(a_before) over (partition by k, event order by day), a_before) as a_next from rise
    )
),
held as (
    select c.k, h.horizon, h.until, sum(c.n)::bigint as n,
        (coalesce(sum(c.n) filter (where c.days > h.until and c.entered <= h.until), 0))::bigint as at_risk,
        (coalesce(sum(c.n) filter (where c.event is null and c.days < h.until), 0))::bigint as out_of_view
    from keyed c
    cross join horizon h
    group by all
),
all_causes as (
    select s.k, h.horizon, max(s.a_to) as a
    from summed s
    join horizon h on s.day <= h.until
    group by all
),
happened as (
    select distinct measure, event from fact where event is not null
),
reached as (
    select t.k, t.event, h.horizon, sum(t.events)::bigint as numerator, max(t.incidence)::double as f, arg_max(t.a_next, t.day)::double as a_last,
        sum(t.af)::double as af, sum(t.aff)::double as aff, sum(t.b)::double as b, sum(t.bf)::double as bf, sum(t.c)::double as c
    from term t
    join horizon h on t.day <= h.until
    group by all
),
estimate as (
    select d.k, d.horizon, d.n, d.out_of_view, v.event, coalesce(r.numerator, 0) as numerator, coalesce(r.f, 0) as f, coalesce(l.a, 0)::double as a,
        -- from the last such event to the horizon
        coalesce(r.af, 0) + (coalesce(l.a, 0)::double - coalesce(r.a_last, 0)) * coalesce(r.f, 0) as af,
        coalesce(r.aff, 0) + (coalesce(l.a, 0)::double - coalesce(r.a_last, 0)) * coalesce(r.f, 0) * coalesce(r.f, 0) as aff,
        coalesce(r.b, 0) as b, coalesce(r.bf, 0) as bf, coalesce(r.c, 0) as c
    from held d
    join key k using (k)
    join happened v on v.measure = k.measure
    left join reached r on r.k = d.k and r.event = v.event and r.horizon = d.horizon
    left join all_causes l on l.k = d.k and l.horizon = d.horizon
    where d.at_risk >= 10 or d.out_of_view = 0
),
measured as (
    select *, sqrt(greatest(0, a * f * f - 2 * af * f + aff + c - 2 * (b * f - bf))) as standard_error from estimate
),
final as (
    select $indicator as indicator_id, concat_ws('_', nullif(k.measure, ''), m.event, m.horizon) as measure,
        k.year::varchar as time_period, i.time_identifier, k.geographic_level, k.area_code, r.area_name, k.breakdown, k.category,
        m.numerator, m.n as denominator, round(100 * round(m.f, 6), 4) as value,
        case when m.f > 0 and m.f < 1 then round(100 * power(m.f, exp(-1.959964 * m.standard_error / (m.f * ln(m.f)))), 4) end as lower,
        case when m.f > 0 and m.f < 1 then round(100 * power(m.f, exp(1.959964 * m.standard_error / (m.f * ln(m.f)))), 4) end as upper,
        'incidence' as value_kind, i.unit, m.n - m.out_of_view as coverage_numerator, m.n as coverage_denominator
    from measured m
    join key k using (k)
    join (select distinct area_code, area_name, geographic_level from area) r using (geographic_level, area_code)
    join ref.indicator i on i.indicator_id = $indicator
)
select * from final
order by measure, time_period, geographic_level, area_code, breakdown, category
