-- model:   ind_rec10
-- grain:   a fact is a referral of a looked-after child to a service for children
-- inputs:  care_referral
-- shape:   quantile
-- columns:
--   denominator          BIGINT  completed waits: not refused, aged 0 to 17, no inpatients, and seen
--   value                DOUBLE  days from the receipt of the referral to the first attended contact
--   coverage_denominator BIGINT  the same referrals, those not seen yet and those closed unseen among them
-- checks:
-- source:  indicator catalogue, REC10. Years and breakdowns are of the day of receipt and its collection year. Completed waits alone look shorter than they are: beside the Kaplan-Meier median
select '' as measure, year, la, person_id, wait_days as amount, [{'breakdown': 'sub_icb', 'category': sub_icb}] as more
from care_referral
where counted
