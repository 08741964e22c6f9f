-- model:   ind_hom01
-- grain:   one row per measure, time_period, geographic_level, area_code, breakdown, category
-- inputs:  care_exit, area, way_out
-- columns:
--   indicator_id         VARCHAR HOM01
--   measure              VARCHAR way out and months since entry, as home_planned_12m
--   time_period          VARCHAR collection year in which the period of care started
--   time_identifier      VARCHAR Reporting year
--   geographic_level     VARCHAR National, Regional or Local authority
--   area_code            VARCHAR ONS code
--   area_name            VARCHAR name of the area
--   breakdown            VARCHAR total, sex, age_group or placement_type
--   category             VARCHAR Total, or the value of the breakdown
--   numerator            BIGINT  children who left this way within the months
--   denominator          BIGINT  children whose first period of care started in the year
--   value                DOUBLE  cumulative incidence in per cent, by Aalen and Johansen. There is no row where fewer than 10 are still at risk and some were lost from view before
--   value_kind           VARCHAR incidence
--   unit                 VARCHAR what is counted
--   coverage_numerator   BIGINT  children seen until they left, or for the months
--   coverage_denominator BIGINT  as denominator
-- checks:  unique(measure, time_period, geographic_level, area_code, breakdown, category); denominator >= 0; numerator <= denominator; value between 0 and 100; coverage_numerator <= coverage_denominator
-- source:  indicator catalogue, HOM01. Exits before censoring on a tied day. Regions have no placement types and authorities only totals, as cells would hold next to nobody
with
spell as (
    select f.cohort, f.days, f.way_out, f.lost, a.geographic_level, a.area_code, a.area_name,
        unnest([
            {'breakdown': 'total', 'category': 'Total'},
            {'breakdown': 'sex', 'category': f.sex},
            {'breakdown': 'age_group', 'category': f.age_group},
            {'breakdown': 'placement_type', 'category': f.placement_type}]) as b
    from care_exit f
    join area a using (la)
),
cell as materialized (
    select cohort, geographic_level, area_code, area_name, b.breakdown as breakdown, b.category as category, days, way_out, lost
    from spell
    where geographic_level = 'National' or b.breakdown = 'total'
        or (geographic_level = 'Regional' and b.breakdown in ('sex', 'age_group'))
),
day as (
    select cohort, geographic_level, area_code, area_name, breakdown, category, days,
        count(*) as seen, count(way_out) as exits
    from cell
    group by all
),
risk as (
    select *, sum(seen) over (partition by cohort, geographic_level, area_code, breakdown, category order by days desc) as at_risk
    from day
),
survival as materialized (
    -- the share still in care before the day; logarithms are summed as decimals, which have no order
    select *, exp(coalesce(sum(case when exits < at_risk then round(ln(1 - exits / at_risk), 12)::decimal(18, 12) end) over (
        partition by cohort, geographic_level, area_code, breakdown, category order by days
        rows between unbounded preceding and 1 preceding), 0)::double) as before
    from risk
),
step as (
    select c.cohort, c.geographic_level, c.area_code, c.breakdown, c.category, c.days, c.way_out, count(*) as exits
    from cell c
    where c.way_out is not null
    group by all
),
rise as (
    select t.*, (s.before * t.exits / s.at_risk)::decimal(18, 12) as rise
    from step t
    join survival s using (cohort, geographic_level, area_code, breakdown, category, days)
),
horizon as (
    select unnest([3, 6, 12, 24, 36, 60]) as months
),
way as (
    select distinct way_out from way_out where way_out is not null and way_out <> 'lost'
),
held as (
    select c.cohort, c.geographic_level, c.area_code, c.area_name, c.breakdown, c.category, h.months,
        round(h.months * 365.25 / 12)::integer as until,
        count(*) as n,
        count(*) filter (where c.days > round(h.months * 365.25 / 12)) as at_risk,
        count(*) filter (where c.way_out is null and c.days < round(h.months * 365.25 / 12)) as out_of_view
    from cell c
    cross join horizon h
    group by all
),
estimate as (
    select d.*, w.way_out,
        coalesce(sum(r.exits) filter (where r.days <= d.until), 0)::bigint as numerator,
        coalesce(sum(r.rise) filter (where r.days <= d.until), 0) as incidence
    from held d
    cross join way w
    left join rise r on r.cohort = d.cohort and r.geographic_level = d.geographic_level and r.area_code = d.area_code
        and r.breakdown = d.breakdown and r.category = d.category and r.way_out = w.way_out
    where d.at_risk >= 10 or d.out_of_view = 0
    group by all
),
final as (
    select 'HOM01' as indicator_id, way_out || '_' || months || 'm' as measure, cohort::varchar as time_period, 'Reporting year' as time_identifier,
        geographic_level, area_code, area_name, breakdown, category,
        numerator, n::bigint as denominator,
        round(100 * round(incidence, 6)::double, 4) as value,
        'incidence' as value_kind, 'period of care' as unit,
        n - out_of_view as coverage_numerator, n::bigint as coverage_denominator
    from estimate
)
select * from final
order by measure, time_period, geographic_level, area_code, breakdown, category
