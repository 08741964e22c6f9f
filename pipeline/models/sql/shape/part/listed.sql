-- Each fact once for every breakdown and category that it counts in; who is in no group counts in totals only: gives listed.
grouped as materialized (
    select f.*, b.sex, b.age_group, b.placement_type, b.uasc_status, b.ethnicity_major, b.category_of_need, b.legal_status, b.placement_provider,
        b.time_in_care_band, b.entry_age_band, b.sen_provision
    from fact f
    left join breakdown_year b on b.person_id = f.person_id and b.year = f.year
),
listed as (
    select *, 'total' as breakdown, 'Total' as category from grouped
    union all select *, 'sex', sex from grouped where sex is not null
    union all select *, 'age_group', age_group from grouped where age_group is not null
    union all select *, 'placement_type', placement_type from grouped where placement_type is not null
    union all select *, 'uasc_status', uasc_status from grouped where uasc_status is not null
    union all select *, 'ethnicity_major', ethnicity_major from grouped where ethnicity_major is not null
    union all select *, 'category_of_need', category_of_need from grouped where category_of_need is not null
    union all select *, 'legal_status', legal_status from grouped where legal_status is not null
    union all select *, 'placement_provider', placement_provider from grouped where placement_provider is not null
    union all select *, 'time_in_care_band', time_in_care_band from grouped where time_in_care_band is not null
    union all select *, 'entry_age_band', entry_age_band from grouped where entry_age_band is not null
    union all select *, 'sen_provision', sen_provision from grouped where sen_provision is not null
    union all select * exclude (own), own.breakdown, own.category from (select *, unnest(more) as own from grouped where more is not null) where own.category is not null
)
