-- model:   ind_lea05_time
-- grain:   a fact is a young person seen by a service for children in the 12 months before the 18th birthday
-- inputs:  transition_at_18
-- shape:   incidence
-- columns:
--   measure              VARCHAR adult_contact and months since the birthday, as adult_contact_12m
--   numerator            BIGINT  young people with an attended contact with a service for adults within the months
--   denominator          BIGINT  young people with an attended contact with a service for children in the 12 months before the 18th birthday
-- checks:
-- source:  indicator catalogue, LEA05. Time begins on the birthday; the last birthday before a death and the end of the records censor
with
young as (
    select *, least(seen_until, coalesce(alive_until, seen_until)) as in_view
    from transition_at_18
    where last_before is not null and turned_18 <= seen_until
)
select '' as measure, person_id, year, la,
    coalesce(first_adult, in_view) - turned_18 as days,
    case when first_adult is not null then 'adult_contact' end as event,
    [{'breakdown': 'sub_icb', 'category': sub_icb}] as more
from young
