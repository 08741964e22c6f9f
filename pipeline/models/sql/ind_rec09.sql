-- model:   ind_rec09
-- grain:   a fact is a child with a score of 17 or more, and whether all count or those linked
-- inputs:  high_sdq
-- shape:   ratio
-- columns:
--   measure              VARCHAR empty: of those linked to a mental health record; of_all: of all with the score
--   numerator            BIGINT  of them, children with an attended contact or an open referral between 1 April before and 30 September after the score
--   denominator          BIGINT  children with a score of 17 or more who are linked to a mental health record of any year; of_all: all of them
--   coverage_denominator BIGINT  children with a score of 17 or more
-- checks:
-- source:  indicator catalogue, REC09. A child whom no service ever saw has no record, so that the figure of those linked is too high and of_all too low. The last year is cut short where deliveries end before 30 September
select '' as measure, year, la, person_id,
    (linked and (contact or open_referral))::integer as numerator, linked::integer as denominator,
    linked::integer as coverage_numerator, 1 as coverage_denominator,
    [{'breakdown': 'sub_icb', 'category': sub_icb}] as more
from high_sdq
union all
select 'of_all', year, la, person_id, (linked and (contact or open_referral))::integer, 1, linked::integer, 1, [{'breakdown': 'sub_icb', 'category': sub_icb}]
from high_sdq
