-- model:   mean
-- grain:   one row per measure, time_period, geographic_level, area_code, breakdown, category
-- inputs:  breakdown_code, breakdown_category, area, ref.indicator
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
--   numerator            BIGINT  always NULL: a sum is no count
--   denominator          BIGINT  number of values
--   value                DOUBLE  mean of the values; NULL when there is none
--   lower                DOUBLE  mean less 1.96 standard errors; NULL with fewer than 2 values
--   upper                DOUBLE  mean and 1.96 standard errors
--   value_kind           VARCHAR mean
--   unit                 VARCHAR what is counted
--   coverage_numerator   BIGINT  those about whom the answer is known
--   coverage_denominator BIGINT  those about whom it should be
-- checks:  unique(measure, time_period, geographic_level, area_code, breakdown, category); denominator >= 0; lower <= upper or lower is null; coverage_numerator <= coverage_denominator
-- source:  indicator catalogue, conventions. Facts give measure, person_id, year, la, amount (at most 4 decimals; NULL when not known) and, where not everybody should have one, coverage_numerator and coverage_denominator; more is a list of breakdowns of the indicator's own
with
told as (
    select measure, person_id, year, la, more,
        amount,
        coalesce(coverage_numerator, (amount is not null)::integer)::bigint as coverage_numerator,
        coalesce(coverage_denominator, 1)::bigint as coverage_denominator
    from fact
    -- who is of no authority that is known counts in England's figures, an authority elsewhere in none
    where la is null or la in (select la from area)
),
-- Groups and places are counted by numbers: here of an authority, anywhere of the country.
placed as (
    select hash(t.measure, t.year, t.la) as here, hash(t.measure, t.year) as anywhere, t.amount, t.coverage_numerator, t.coverage_denominator,
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
        count(amount) as n, sum(amount) as total, sum(amount * amount) as squares,
        sum(coverage_numerator)::bigint as coverage_numerator, sum(coverage_denominator)::bigint as coverage_denominator
    from placed
    group by grouping sets (
        (here), (here, sex), (here, age_group), (here, uasc_status),
        (anywhere, placement_type), (anywhere, ethnicity_major), (anywhere, category_of_need), (anywhere, legal_status), (anywhere, placement_provider),
        (anywhere, time_in_care_band), (anywhere, entry_age_band), (anywhere, sen_provision))
),
grouped as (
    select p.measure, p.year, p.la, c.breakdown, b.category, c.n, c.total, c.squares, c.coverage_numerator, c.coverage_denominator
    from coded c
    join place p using (place)
    left join breakdown_category b on b.breakdown = c.breakdown and b.category_no = c.category_no
    union all
    select measure, year, null, own.breakdown, own.category, sum(n)::bigint, sum(total), sum(squares), sum(known)::bigint, sum(due)::bigint
    from (
        select measure, year, unnest(more) as own, count(amount) as n, sum(amount) as total, sum(amount * amount) as squares,
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
        sum(g.n)::bigint as n, sum(g.total) as total, sum(g.squares) as squares,
        sum(g.coverage_numerator)::bigint as coverage_numerator, sum(g.coverage_denominator)::bigint as coverage_denominator
    from grouped g
    join wider w on w.la is not distinct from g.la
    -- who is in no group counts in totals only
    where g.breakdown = 'total' or g.category is not null
    group by all
),
measured as (
    select *,
        case when n > 0 then total::double / n end as mean,
        case when n > 1 then sqrt(greatest(0, squares::double - total::double * total::double / n) / (n - 1) / n) end as standard_error
    from summed
),
final as (
    select $indicator as indicator_id, s.measure,
        case when i.time_identifier = 'Academic year' then (s.year - 1)::varchar || lpad((s.year % 100)::varchar, 2, '0') else s.year::varchar end as time_period,
        i.time_identifier, s.geographic_level, s.area_code, s.area_name, s.breakdown, s.category,
        null::bigint as numerator, s.n as denominator,
        round(s.mean, 6) as value, round(s.mean - 1.959964 * s.standard_error, 6) as lower, round(s.mean + 1.959964 * s.standard_error, 6) as upper,
        'mean' as value_kind, i.unit, s.coverage_numerator, s.coverage_denominator
    from measured s
    join ref.indicator i on i.indicator_id = $indicator
)
select * from final
order by measure, time_period, geographic_level, area_code, breakdown, category
