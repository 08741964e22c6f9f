-- model:   ind_lea06
-- grain:   a fact is a young person who left a foster placement on the 18th birthday, and a birthday
-- inputs:  leaver_follow_up
-- shape:   ratio
-- columns:
--   measure              VARCHAR stayed_18, stayed_19, stayed_20
--   numerator            BIGINT  young people who live with the former foster carer
--   denominator          BIGINT  young people whose care ended in a foster placement on the 18th birthday and of whom a return tells at this one, less those who died or returned home
--   coverage_numerator   BIGINT  of them, those whose accommodation is known
--   coverage_denominator BIGINT  and those of whom no return tells
-- checks:
-- source:  indicator catalogue, LEA06. The year is that of the birthday, not that in which care ended
select 'stayed_' || age as measure, person_id, year, la,
    coalesce(ACCOM in ('Z1', 'Z2'), false)::integer as numerator,
    in_return::integer as denominator,
    (in_return and coalesce(ACCOM <> '0', false))::integer as coverage_numerator, 1 as coverage_denominator
from leaver_follow_up
where from_foster and age between 18 and 20 and contact not in ('died', 'home')
