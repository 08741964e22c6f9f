-- model:   ind_hom01
-- grain:   a fact is a child whose first period of care started in the year
-- inputs:  care_exit
-- shape:   incidence
-- columns:
--   measure              VARCHAR way out and months since entry, as home_planned_12m
--   breakdown            VARCHAR total, or what the children are broken down by, as it was at entry. Regions have total, sex and uasc_status alone, authorities total and uasc_status
--   numerator            BIGINT  children who left this way within the months
--   denominator          BIGINT  children whose first period of care started in the year
-- checks:
-- source:  indicator catalogue, HOM01. Only what was known at entry breaks it down: the state on a later 31 March depends on who is still there, so facts name no person
select '' as measure, null::varchar as person_id, cohort as year, la, days, way_out as event,
    [{'breakdown': 'sex', 'category': sex}, {'breakdown': 'uasc_status', 'category': if(uasc, 'uasc', 'not_uasc')},
     {'breakdown': 'ethnicity_major', 'category': ethnicity_group}, {'breakdown': 'category_of_need', 'category': category_of_need},
     {'breakdown': 'entry_age_band', 'category': age_group}, {'breakdown': 'legal_status_first', 'category': legal_status},
     {'breakdown': 'first_placement_type', 'category': placement_type}] as more
from care_exit
