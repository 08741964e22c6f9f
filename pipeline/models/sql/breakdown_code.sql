-- model:   breakdown_code
-- grain:   one row per person_id, year: breakdown_year in numbers
-- inputs:  breakdown_year, breakdown_category
-- columns:
--   person_id          VARCHAR  linked person
--   year               SMALLINT collection year
--   sex                UTINYINT category_no of it in breakdown_category; NULL where breakdown_year has none
--   age_group          UTINYINT category_no of it in breakdown_category; NULL where breakdown_year has none
--   uasc_status        UTINYINT category_no of it in breakdown_category; NULL where breakdown_year has none
--   ethnicity_major    UTINYINT category_no of it in breakdown_category; NULL where breakdown_year has none
--   category_of_need   UTINYINT category_no of it in breakdown_category; NULL where breakdown_year has none
--   legal_status       UTINYINT category_no of it in breakdown_category; NULL where breakdown_year has none
--   placement_type     UTINYINT category_no of it in breakdown_category; NULL where breakdown_year has none
--   placement_provider UTINYINT category_no of it in breakdown_category; NULL where breakdown_year has none
--   time_in_care_band  UTINYINT category_no of it in breakdown_category; NULL where breakdown_year has none
--   entry_age_band     UTINYINT category_no of it in breakdown_category; NULL where breakdown_year has none
--   sen_provision      UTINYINT category_no of it in breakdown_category; NULL where breakdown_year has none
-- checks:  unique(person_id, year)
-- source:  indicator catalogue, standard breakdowns
with
final as (
    select b.person_id, b.year,
        c1.category_no as sex, c2.category_no as age_group, c3.category_no as uasc_status, c4.category_no as ethnicity_major, c5.category_no as category_of_need,
        c6.category_no as legal_status, c7.category_no as placement_type, c8.category_no as placement_provider, c9.category_no as time_in_care_band, c10.category_no as entry_age_band, c11.category_no as sen_provision
    from breakdown_year b
    left join breakdown_category c1 on c1.breakdown = 'sex' and c1.category = b.sex
    left join breakdown_category c2 on c2.breakdown = 'age_group' and c2.category = b.age_group
    left join breakdown_category c3 on c3.breakdown = 'uasc_status' and c3.category = b.uasc_status
    left join breakdown_category c4 on c4.breakdown = 'ethnicity_major' and c4.category = b.ethnicity_major
    left join breakdown_category c5 on c5.breakdown = 'category_of_need' and c5.category = b.category_of_need
    left join breakdown_category c6 on c6.breakdown = 'legal_status' and c6.category = b.legal_status
    left join breakdown_category c7 on c7.breakdown = 'placement_type' and c7.category = b.placement_type
    left join breakdown_category c8 on c8.breakdown = 'placement_provider' and c8.category = b.placement_provider
    left join breakdown_category c9 on c9.breakdown = 'time_in_care_band' and c9.category = b.time_in_care_band
    left join breakdown_category c10 on c10.breakdown = 'entry_age_band' and c10.category = b.entry_age_band
    left join breakdown_category c11 on c11.breakdown = 'sen_provision' and c11.category = b.sen_provision
)
select * from final
order by person_id, year
