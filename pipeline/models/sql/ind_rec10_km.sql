-- model:   ind_rec10_km
-- grain:   a fact is a referral of a looked-after child to a service for children
-- inputs:  care_referral
-- shape:   survival_median
-- columns:
--   measure              VARCHAR km_median
--   denominator          BIGINT  referrals not refused, aged 0 to 17, no inpatients
--   value                DOUBLE  days by which half have been seen, those still waiting and those closed unseen counted as long as they waited
--   coverage_numerator   BIGINT  completed waits
-- checks:
-- source:  indicator catalogue, REC10
select 'km_median' as measure, year, la, person_id, days_in_view as days, case when outcome = 'seen' then 'seen' end as event,
    [{'breakdown': 'sub_icb', 'category': sub_icb}] as more
from care_referral
where counted and outcome is not null
