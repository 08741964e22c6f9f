-- model:   ratio
-- grain:   one row per measure, time_period, geographic_level, area_code, breakdown, category
-- inputs:  breakdown_year, area, ref.indicator
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
--   numerator            BIGINT  count above the line
--   denominator          BIGINT  count below the line
--   value                DOUBLE  100 times numerator over denominator; NULL when denominator is 0
--   lower                DOUBLE  lower end of Wilson's 95 per cent interval of value; NULL when value is
--   upper                DOUBLE  its upper end
--   value_kind           VARCHAR percentage
--   unit                 VARCHAR what is counted
--   coverage_numerator   BIGINT  those about whom the answer is known
--   coverage_denominator BIGINT  those about whom it should be
-- checks:  unique(measure, time_period, geographic_level, area_code, breakdown, category); denominator >= 0; numerator between 0 and denominator; coverage_numerator <= coverage_denominator
-- source:  indicator catalogue, conventions. Facts give measure, person_id, year, la, numerator, denominator and, where not all are known, coverage_numerator and coverage_denominator; more is a list of breakdowns of the indicator's own
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
final as (
    select $indicator as indicator_id, s.measure,
        case when i.time_identifier = 'Academic year' then (s.year - 1)::varchar || lpad((s.year % 100)::varchar, 2, '0') else s.year::varchar end as time_period,
        i.time_identifier, s.geographic_level, s.area_code, s.area_name, s.breakdown, s.category, s.numerator, s.denominator,
        case when s.denominator > 0 then 100 * s.numerator / s.denominator end as value,
        case when s.denominator > 0 then round(100 * greatest(0, (s.numerator + 1.920729 - 1.959964 * sqrt(s.numerator * (s.denominator - s.numerator) / s.denominator + 0.960365)) / (s.denominator + 3.841459)), 6) end as lower,
        case when s.denominator > 0 then round(100 * least(1, (s.numerator + 1.920729 + 1.959964 * sqrt(s.numerator * (s.denominator - s.numerator) / s.denominator + 0.960365)) / (s.denominator + 3.841459)), 6) end as upper,
        'percentage' as value_kind, i.unit, s.coverage_numerator, s.coverage_denominator
    from summed s
    join ref.indicator i on i.indicator_id = $indicator
)
select * from final
order by measure, time_period, geographic_level, area_code, breakdown, category
