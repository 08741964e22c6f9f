-- Numerator, denominator and coverage of all facts, for each area, breakdown and category: gives summed.
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
)
