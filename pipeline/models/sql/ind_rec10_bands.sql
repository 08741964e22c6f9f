-- model:   ind_rec10_bands
-- grain:   a fact is a referral of a looked-after child to a service for children, and a band or state
-- inputs:  care_referral
-- shape:   ratio
-- columns:
--   measure              VARCHAR days_0_6, days_7_13, days_14_27, days_28_84, days_over_84: bands of completed waits; waiting, closed_unseen: shares of all
--   numerator            BIGINT  referrals in the band or state
--   denominator          BIGINT  bands: completed waits; waiting and closed_unseen: referrals not refused, aged 0 to 17, no inpatients
--   coverage_numerator   BIGINT  bands: completed waits; waiting and closed_unseen: those with a known state
--   coverage_denominator BIGINT  referrals not refused, aged 0 to 17, no inpatients
-- checks:
-- source:  indicator catalogue, REC10. Still waiting is as of the last delivery that speaks of the referral
with
band as (
    select unnest([
        {'measure': 'days_0_6', 'from_day': 0, 'to_day': 6}, {'measure': 'days_7_13', 'from_day': 7, 'to_day': 13},
        {'measure': 'days_14_27', 'from_day': 14, 'to_day': 27}, {'measure': 'days_28_84', 'from_day': 28, 'to_day': 84},
        {'measure': 'days_over_84', 'from_day': 85, 'to_day': 99999}], recursive := true)
),
state as (
    select unnest(['waiting', 'closed_unseen']) as measure
),
waiting as (
    select year, la, person_id, wait_days, outcome, [{'breakdown': 'sub_icb', 'category': sub_icb}] as more from care_referral where counted
)
select b.measure, r.year, r.la, r.person_id,
    coalesce(r.wait_days between b.from_day and b.to_day, false)::integer as numerator, (r.wait_days is not null)::integer as denominator,
    (r.wait_days is not null)::integer as coverage_numerator, 1 as coverage_denominator, r.more
from waiting r
cross join band b
union all
select s.measure, r.year, r.la, r.person_id,
    coalesce(r.outcome = s.measure, false)::integer, (r.outcome is not null)::integer, (r.outcome is not null)::integer, 1, r.more
from waiting r
cross join state s
