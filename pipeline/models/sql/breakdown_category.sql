-- model:   breakdown_category
-- grain:   one row per breakdown, category: a group of breakdown_year, and its number
-- inputs:  breakdown_year
-- columns:
--   breakdown   VARCHAR  column of breakdown_year
--   category    VARCHAR  value of that column
--   category_no UTINYINT 1 for the breakdown's first, in order of name
-- checks:  unique(breakdown, category); unique(breakdown, category_no)
-- source:  indicator catalogue, standard breakdowns. Figures are counted by these numbers, which takes a third of the time that names take
with
grouped as (
    select
        case when grouping(sex) = 0 then 'sex' when grouping(age_group) = 0 then 'age_group' when grouping(uasc_status) = 0 then 'uasc_status'
             when grouping(ethnicity_major) = 0 then 'ethnicity_major' when grouping(category_of_need) = 0 then 'category_of_need'
             when grouping(legal_status) = 0 then 'legal_status' when grouping(placement_type) = 0 then 'placement_type'
             when grouping(placement_provider) = 0 then 'placement_provider' when grouping(time_in_care_band) = 0 then 'time_in_care_band'
             when grouping(entry_age_band) = 0 then 'entry_age_band' else 'sen_provision' end as breakdown,
        coalesce(sex, age_group, uasc_status, ethnicity_major, category_of_need, legal_status, placement_type, placement_provider,
            time_in_care_band, entry_age_band, sen_provision) as category
    from breakdown_year
    group by grouping sets ((sex), (age_group), (uasc_status), (ethnicity_major), (category_of_need), (legal_status), (placement_type), (placement_provider),
        (time_in_care_band), (entry_age_band), (sen_provision))
),
final as (
    select breakdown, category, row_number() over (partition by breakdown order by category)::utinyint as category_no
    from grouped
    where category is not null
)
select * from final
order by breakdown, category
