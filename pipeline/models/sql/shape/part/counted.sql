-- Numerator, denominator and coverage of all facts, for each area, breakdown and category: gives summed.
told as (
    select measure, person_id, year, la, more,
        numerator::bigint as numerator, denominator::bigint as denominator,
        coalesce(coverage_numerator, denominator)::bigint as coverage_numerator,
        coalesce(coverage_denominator, denominator)::bigint as coverage_denominator
    from fact
    -- who is of no authority that is known counts in England's figures, an authority elsewhere in none
    where la is null or la in (select la from area)
),
-- Groups and places are counted by numbers: here of an authority, anywhere of the country.
placed as (
    select hash(t.measure, t.year, t.la) as here, hash(t.measure, t.year) as anywhere, t.numerator, t.denominator, t.coverage_numerator, t.coverage_denominator,
        b.sex, b.age_group, b.uasc_status, b.ethnicity_major, b.category_of_need, b.legal_status, b.placement_type, b.placement_provider,
        b.time_in_care_band, b.entry_age_band, b.sen_provision
    from told t
    left join breakdown_code b on b.person_id = t.person_id and b.year = t.year
),
authority_place as materialized (
    select distinct measure, year, la from fact
),
place as (
    select hash(measure, year, la) as place, measure, year, la from authority_place
    union all
    select distinct hash(measure, year), measure, year, null from authority_place
),
coded as (
    select coalesce(here, anywhere) as place,
        case when grouping(sex) = 0 then 'sex' when grouping(age_group) = 0 then 'age_group' when grouping(placement_type) = 0 then 'placement_type'
             when grouping(uasc_status) = 0 then 'uasc_status' when grouping(ethnicity_major) = 0 then 'ethnicity_major'
             when grouping(category_of_need) = 0 then 'category_of_need' when grouping(legal_status) = 0 then 'legal_status'
             when grouping(placement_provider) = 0 then 'placement_provider' when grouping(time_in_care_band) = 0 then 'time_in_care_band'
             when grouping(entry_age_band) = 0 then 'entry_age_band' when grouping(sen_provision) = 0 then 'sen_provision'
             else 'total' end as breakdown,
        coalesce(sex, age_group, placement_type, uasc_status, ethnicity_major, category_of_need, legal_status, placement_provider,
            time_in_care_band, entry_age_band, sen_provision) as category_no,
        sum(numerator)::bigint as numerator, sum(denominator)::bigint as denominator,
        sum(coverage_numerator)::bigint as coverage_numerator, sum(coverage_denominator)::bigint as coverage_denominator
    from placed
    group by grouping sets (
        (here), (here, sex), (here, age_group), (here, uasc_status),
        (anywhere, placement_type), (anywhere, ethnicity_major), (anywhere, category_of_need), (anywhere, legal_status), (anywhere, placement_provider),
        (anywhere, time_in_care_band), (anywhere, entry_age_band), (anywhere, sen_provision))
),
grouped as (
    select p.measure, p.year, p.la, c.breakdown, b.category, c.numerator, c.denominator, c.coverage_numerator, c.coverage_denominator
    from coded c
    join place p using (place)
    left join breakdown_category b on b.breakdown = c.breakdown and b.category_no = c.category_no
    union all
    select measure, year, null, own.breakdown, own.category, sum(numerator)::bigint, sum(denominator)::bigint, sum(known)::bigint, sum(due)::bigint
    from (
        select measure, year, unnest(more) as own, sum(numerator) as numerator, sum(denominator) as denominator,
            sum(coverage_numerator) as known, sum(coverage_denominator) as due
        from told where more is not null group by measure, year, more)
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
