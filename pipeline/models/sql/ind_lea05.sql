-- model:   ind_lea05
-- grain:   a fact is a young person seen by a service for children in the 12 months before the 18th birthday
-- inputs:  transition_at_18
-- shape:   ratio
-- columns:
--   measure              VARCHAR gap
--   numerator            BIGINT  young people with no attended contact in any mental health service from the birthday until 12 months after it
--   denominator          BIGINT  looked-after young people and care leavers with an attended contact with a service for children in the 12 months before the birthday
--   coverage_numerator   BIGINT  as denominator
--   coverage_denominator BIGINT  and those who died within the 12 months after it without a contact
-- checks:
-- source:  indicator catalogue, LEA05. The birthday itself is after; its first anniversary is not. Only birthdays with records of 12 months on either side
with
young as (
    select *, first_after < (turned_18 + interval 12 month)::date as seen, alive_until < (turned_18 + interval 12 month)::date as died
    from transition_at_18
    where followed and last_before is not null
        and (turned_18 + interval 12 month)::date <= seen_until + 1
)
select 'gap' as measure, person_id, year, la,
    (not coalesce(seen, false) and not coalesce(died, false))::integer as numerator,
    (coalesce(seen, false) or not coalesce(died, false))::integer as denominator,
    (coalesce(seen, false) or not coalesce(died, false))::integer as coverage_numerator, 1 as coverage_denominator,
    [{'breakdown': 'sub_icb', 'category': sub_icb}] as more
from young
