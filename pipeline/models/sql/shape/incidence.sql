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
grouped as (
    select f.measure, f.year, f.la, greatest(f.days, 1)::integer as days, f.event, coalesce(f.entered, 0)::integer as entered,
        list_concat([
            {'breakdown': 'total', 'category': 'Total'}, {'breakdown': 'sex', 'category': b.sex}, {'breakdown': 'age_group', 'category': b.age_group},
            {'breakdown': 'placement_type', 'category': b.placement_type}, {'breakdown': 'uasc_status', 'category': b.uasc_status},
            {'breakdown': 'ethnicity_major', 'category': b.ethnicity_major}, {'breakdown': 'category_of_need', 'category': b.category_of_need},
            {'breakdown': 'legal_status', 'category': b.legal_status}, {'breakdown': 'placement_provider', 'category': b.placement_provider},
            {'breakdown': 'time_in_care_band', 'category': b.time_in_care_band}, {'breakdown': 'entry_age_band', 'category': b.entry_age_band},
            {'breakdown': 'sen_provision', 'category': b.sen_provision}], coalesce(f.more, [])) as groups
    from fact f
    left join breakdown_year b on b.person_id = f.person_id and b.year = f.year
    where coalesce(f.entered, 0) < greatest(f.days, 1)
),
listed as (
    select * exclude (groups), unnest(groups) as g from grouped
),
counted as (
    select measure, year, la, g.breakdown as breakdown, g.category as category, days, entered, event, count(*) as n
    from listed
    where g.category is not null
    group by all
),
cell as materialized (
    select c.measure, c.year, a.geographic_level, a.area_code, c.breakdown, c.category, c.days, c.entered, c.event, sum(c.n)::bigint as n
    from counted c
    join area a using (la)
    where a.geographic_level = 'National' or c.breakdown in ('total', 'uasc_status')
        or (a.geographic_level = 'Regional' and c.breakdown in ('sex', 'age_group'))
    group by all
),
-- Everything below is by key: one number a cell.
key as materialized (
    select *, row_number() over (order by measure, year, geographic_level, area_code, breakdown, category) as k
    from (select distinct measure, year, geographic_level, area_code, breakdown, category from cell)
),
keyed as materialized (
    select k.k, c.days, c.entered, c.event, c.n from cell c join key k using (measure, year, geographic_level, area_code, breakdown, category)
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
horizon as (
    select horizon, days as until from ref.horizon where indicator_id = $indicator
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
