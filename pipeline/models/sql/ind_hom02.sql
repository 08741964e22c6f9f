-- model:   ind_hom02
-- grain:   a fact is the return home of a child under 17 in the year
-- inputs:  return_home, child
-- shape:   incidence
-- columns:
--   measure              VARCHAR re_entry and months since the return home, as re_entry_12m
--   time_period          VARCHAR collection year of the return home
--   breakdown            VARCHAR total, or what the returns home are broken down by, as it was on the day. Regions have total, sex and uasc_status alone, authorities total and uasc_status
--   numerator            BIGINT  returns home followed by a new period of care within the months
--   denominator          BIGINT  returns home of children under 17
--   value                DOUBLE  share who came back into care within the months, in per cent: 100 less Kaplan and Meier's survival. There is no row where fewer than 10 are still at risk and some went out of view before
--   coverage_numerator   BIGINT  returns home seen until re-entry, or to the horizon
-- checks:
-- source:  indicator catalogue, HOM02; see return_home for what ends the view. Only what was known on the day breaks it down: the state on a later 31 March depends on who came back, so facts name no person
select '' as measure, null::varchar as person_id, r.year, r.la, r.days, if(r.re_entry is not null, 're_entry', null) as event,
    [{'breakdown': 'sex', 'category': c.sex}, {'breakdown': 'uasc_status', 'category': if(c.uasc, 'uasc', 'not_uasc')},
     {'breakdown': 'ethnicity_major', 'category': c.ethnicity_group}, {'breakdown': 'planned_or_not', 'category': r.planned_or_not},
     {'breakdown': 'age_at_exit', 'category': case when r.age_at_exit < 1 then 'under_1' when r.age_at_exit < 5 then '1_4' when r.age_at_exit < 10 then '5_9'
                                                   when r.age_at_exit < 16 then '10_15' else '16_plus' end},
     {'breakdown': 'time_in_care_band', 'category': r.time_in_care_band}, {'breakdown': 'placement_type_last', 'category': r.placement_type}] as more
from return_home r
join child c using (person_id)
