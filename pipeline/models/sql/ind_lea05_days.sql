-- model:   ind_lea05_days
-- grain:   a fact is a young person seen by a service for children in the 12 months before the 18th birthday
-- inputs:  transition_at_18
-- shape:   quantile
-- columns:
--   measure              VARCHAR days_median and days_p90: from the last contact before the birthday to the first after it
--   denominator          BIGINT  young people with a contact within 12 months after the birthday too
--   coverage_numerator   BIGINT  as denominator
--   coverage_denominator BIGINT  young people with a contact before it
-- checks:
-- source:  indicator catalogue, LEA05. Who was never seen again has no number of days: read it beside the share that ind_lea05 gives
select 'days' as measure, person_id, year, la,
    case when first_after < (turned_18 + interval 12 month)::date then first_after - last_before end as amount,
    [{'breakdown': 'sub_icb', 'category': sub_icb}] as more
from transition_at_18
where followed and last_before is not null and (turned_18 + interval 12 month)::date <= seen_until + 1
