-- model:   ind_lea04
-- grain:   a fact is a care leaver
-- inputs:  leaver_sequence, ref.parameter
-- shape:   mean
-- columns:
--   measure              VARCHAR birthdays: of the 4 from the 18th to the 21st, those in education, employment or training
--   denominator          BIGINT  care leavers whose activity is known at 3 of the 4 birthdays or more
--   coverage_numerator   BIGINT  as denominator
--   coverage_denominator BIGINT  care leavers who turned 21 in the year, less those who died or returned home
-- checks:
-- source:  indicator catalogue, LEA04. Where 3 birthdays are known their share is scaled up to 4. Only years before which the returns tell of all four
select 'birthdays' as measure, s.person_id, s.year, s.la,
    case when s.known >= p.value then (4 * s.eet / s.known)::decimal(6, 4) end as amount
from leaver_sequence s
join ref.parameter p on p.indicator_id = 'LEA04' and p.parameter = 'known_birthdays'
where s.in_base or s.known >= p.value
