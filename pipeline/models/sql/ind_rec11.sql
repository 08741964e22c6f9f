-- model:   ind_rec11
-- grain:   a fact is a referral of a looked-after child, and a reason
-- inputs:  care_referral
-- shape:   ratio
-- columns:
--   measure              VARCHAR refused; duplicate, another_service, incomplete, other: for this reason
--   numerator            BIGINT  referrals refused, or refused for this reason
--   denominator          BIGINT  referrals of children looked after on the day; of a reason: those refused without one left out
--   coverage_numerator   BIGINT  as denominator
--   coverage_denominator BIGINT  referrals of children looked after on the day
-- checks:
-- source:  indicator catalogue, REC11. Referrals to services for adults and for hospital stays are among them
with
reason as (
    select unnest(['duplicate', 'another_service', 'incomplete', 'other']) as measure
)
select 'refused' as measure, year, la, person_id, rejected::integer as numerator, 1 as denominator, 1 as coverage_denominator,
    [{'breakdown': 'sub_icb', 'category': sub_icb}] as more
from care_referral
union all
select o.measure, r.year, r.la, r.person_id,
    coalesce(r.reject_reason = o.measure, false)::integer, (r.reject_reason is distinct from 'not_given')::integer, 1,
    [{'breakdown': 'sub_icb', 'category': r.sub_icb}]
from care_referral r
cross join reason o
