-- Each fact once for every breakdown and category that it counts in, g; who is in no group counts in totals only: gives listed.
grouped as (
    select f.*,
        list_concat([
            {'breakdown': 'total', 'category': 'Total'}, {'breakdown': 'sex', 'category': b.sex}, {'breakdown': 'age_group', 'category': b.age_group},
            {'breakdown': 'placement_type', 'category': b.placement_type}, {'breakdown': 'uasc_status', 'category': b.uasc_status},
            {'breakdown': 'ethnicity_major', 'category': b.ethnicity_major}, {'breakdown': 'category_of_need', 'category': b.category_of_need},
            {'breakdown': 'legal_status', 'category': b.legal_status}, {'breakdown': 'placement_provider', 'category': b.placement_provider},
            {'breakdown': 'time_in_care_band', 'category': b.time_in_care_band}, {'breakdown': 'entry_age_band', 'category': b.entry_age_band},
            {'breakdown': 'sen_provision', 'category': b.sen_provision}], coalesce(f.more, [])) as groups
    from fact f
    left join breakdown_year b on b.person_id = f.person_id and b.year = f.year
),
listed as (
    select * from (select * exclude (groups, more), unnest(groups) as g from grouped) where g.category is not null
)
