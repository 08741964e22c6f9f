-- model:   ind_hom01
-- grain:   a fact is a child whose first period of care started in the year
-- inputs:  care_exit
-- shape:   incidence
-- columns:
--   measure              VARCHAR way out and months since entry, as home_planned_12m
--   numerator            BIGINT  children who left this way within the months
--   denominator          BIGINT  children whose first period of care started in the year
-- checks:
-- source:  indicator catalogue, HOM01
select '' as measure, person_id, cohort as year, la, days, way_out as event, [{'breakdown': 'first_placement_type', 'category': placement_type}] as more
from care_exit
