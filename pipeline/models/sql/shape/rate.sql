-- model:   rate
-- grain:   one row per measure, time_period, geographic_level, area_code, breakdown, category
-- inputs:  breakdown_year, area, ref.indicator, ref.poisson_limit
-- columns:
--   indicator_id         VARCHAR as in indicator_catalogue
--   measure              VARCHAR part of the indicator; empty when there is one figure
--   time_period          VARCHAR collection year, or academic year as 202324
--   time_identifier      VARCHAR Reporting year or Academic year
--   geographic_level     VARCHAR National, Regional or Local authority
--   area_code            VARCHAR ONS code
--   area_name            VARCHAR name of the area
--   breakdown            VARCHAR total, or what the unit is broken down by. Regions and authorities have total, sex, age_group and uasc_status alone
--   category             VARCHAR Total, or the value of the breakdown
--   numerator            BIGINT  events
--   denominator          BIGINT  days over which they are counted
--   value                DOUBLE  events per 1,000 of the indicator's rate_unit (days, or person-years of 365.25 days); NULL without a day
--   lower                DOUBLE  lower end of the 95 per cent Poisson interval of value: exact to 2,000 events, Byar's beyond; NULL when value is
--   upper                DOUBLE  its upper end
--   value_kind           VARCHAR rate
--   unit                 VARCHAR what is counted
--   coverage_numerator   BIGINT  children about whom the answer is known: not days, so that publishing can tell when few children are behind a rate
--   coverage_denominator BIGINT  children about whom it should be
-- checks:  unique(measure, time_period, geographic_level, area_code, breakdown, category); denominator >= 0; numerator >= 0; coverage_numerator <= coverage_denominator
-- source:  indicator catalogue, conventions. Facts, one a child, give measure, person_id, year, la, numerator, denominator, coverage_numerator and coverage_denominator (0 or 1 child); more is a list of breakdowns of the indicator's own
with
placed as (
    select f.measure, f.year, f.la, f.more,
        f.numerator::bigint as numerator, f.denominator::bigint as denominator,
        coalesce(f.coverage_numerator, f.denominator)::bigint as coverage_numerator,
        coalesce(f.coverage_denominator, f.denominator)::bigint as coverage_denominator,
        b.sex, b.age_group, b.uasc_status, b.ethnicity_major, b.category_of_need, b.legal_status, b.placement_type, b.placement_provider,
        b.time_in_care_band, b.entry_age_band, b.sen_provision
    from fact f
    left join breakdown_year b on b.person_id = f.person_id and b.year = f.year
    -- who is of no authority that is known counts in England's figures, an authority elsewhere in none
    where f.la is null or f.la in (select la from area)
),
grouped as (
    select measure, year, la,
        case when grouping(sex) = 0 then 'sex' when grouping(age_group) = 0 then 'age_group' when grouping(placement_type) = 0 then 'placement_type'
             when grouping(uasc_status) = 0 then 'uasc_status' when grouping(ethnicity_major) = 0 then 'ethnicity_major'
             when grouping(category_of_need) = 0 then 'category_of_need' when grouping(legal_status) = 0 then 'legal_status'
             when grouping(placement_provider) = 0 then 'placement_provider' when grouping(time_in_care_band) = 0 then 'time_in_care_band'
             when grouping(entry_age_band) = 0 then 'entry_age_band' when grouping(sen_provision) = 0 then 'sen_provision'
             else 'total' end as breakdown,
        coalesce(sex, age_group, placement_type, uasc_status, ethnicity_major, category_of_need, legal_status, placement_provider,
            time_in_care_band, entry_age_band, sen_provision) as category,
        sum(numerator)::bigint as numerator, sum(denominator)::bigint as denominator,
        sum(coverage_numerator)::bigint as coverage_numerator, sum(coverage_denominator)::bigint as coverage_denominator
    from placed
    group by grouping sets (
        (measure, year, la), (measure, year, la, sex), (measure, year, la, age_group), (measure, year, la, uasc_status),
        (measure, year, placement_type), (measure, year, ethnicity_major), (measure, year, category_of_need), (measure, year, legal_status), (measure, year, placement_provider),
        (measure, year, time_in_care_band), (measure, year, entry_age_band), (measure, year, sen_provision))
    union all
    select measure, year, null, own.breakdown, own.category, sum(numerator)::bigint, sum(denominator)::bigint, sum(known)::bigint, sum(due)::bigint
    from (
        select measure, year, unnest(more) as own, sum(numerator) as numerator, sum(denominator) as denominator,
            sum(coverage_numerator) as known, sum(coverage_denominator) as due
        from placed where more is not null group by measure, year, more)
    group by all
),
wider as (
    select la, geographic_level, area_code, area_name from area
    union all
    -- what has no authority is of the whole country
    select distinct null, geographic_level, area_code, area_name from area where geographic_level = 'National'
),
summed as (
    select g.measure, g.year, w.geographic_level, w.area_code, w.area_name, g.breakdown, coalesce(g.category, 'Total') as category,
        sum(g.numerator)::bigint as numerator, sum(g.denominator)::bigint as denominator,
        sum(g.coverage_numerator)::bigint as coverage_numerator, sum(g.coverage_denominator)::bigint as coverage_denominator
    from grouped g
    join wider w on w.la is not distinct from g.la
    -- who is in no group counts in totals only
    where g.breakdown = 'total' or g.category is not null
    group by all
),
measured as (
    select s.*, i.time_identifier, i.unit,
        case i.rate_unit when 'person-year' then 365250 else 1000 end / nullif(s.denominator, 0) as times,
        coalesce(p.lower, case when s.numerator > 0 then s.numerator * power(1 - 1 / (9.0 * s.numerator) - 1.959964 / (3 * sqrt(s.numerator)), 3) else 0 end) as few,
        coalesce(p.upper, (s.numerator + 1) * power(1 - 1 / (9.0 * (s.numerator + 1)) + 1.959964 / (3 * sqrt(s.numerator + 1)), 3)) as many
    from summed s
    join ref.indicator i on i.indicator_id = $indicator
    left join ref.poisson_limit p on p.events = s.numerator
),
final as (
    select $indicator as indicator_id, measure,
        case when time_identifier = 'Academic year' then (year - 1)::varchar || lpad((year % 100)::varchar, 2, '0') else year::varchar end as time_period,
        time_identifier, geographic_level, area_code, area_name, breakdown, category, numerator, denominator,
        round(times * numerator, 6) as value, round(times * few, 6) as lower, round(times * many, 6) as upper,
        'rate' as value_kind, unit, coverage_numerator, coverage_denominator
    from measured
)
select * from final
order by measure, time_period, geographic_level, area_code, breakdown, category
