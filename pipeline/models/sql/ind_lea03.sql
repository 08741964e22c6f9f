-- model:   ind_lea03
-- grain:   a fact is a young person of a leaving cohort, a birthday and a band
-- inputs:  leaver_follow_up, ref.run, ref.parameter
-- shape:   ratio
-- columns:
--   measure              VARCHAR in_touch, not_in_touch, refused, no_services and missing (no return tells), each at 17 to 25
--   numerator            BIGINT  young people in the band at the birthday
--   denominator          BIGINT  young people who left care in the year with a claim to support and have had the birthday since, less those who died or returned home
--   coverage_numerator   BIGINT  of them, those of whom a return tells
-- checks:
-- source:  indicator catalogue, LEA03. Time is the year in which care ended, so a cohort is followed from one age to the next. There is a figure once those who left at 18 have had the birthday; who left younger has it later and joins then. Missing is a band like the others
select b.band || '_' || f.age as measure, f.person_id, f.left_year as year, f.la,
    (f.contact = b.band)::integer as numerator, 1 as denominator,
    (f.contact <> 'missing')::integer as coverage_numerator
from leaver_follow_up f
cross join ref.run r
cross join (select unnest(['in_touch', 'not_in_touch', 'refused', 'no_services', 'missing']) as band) b
where f.contact not in ('died', 'home') and f.left_year + f.age - 18 <= r.last_year
    and (f.age <= 21 or f.left_year + f.age - 18 >= (select value from ref.parameter where indicator_id = 'LEA03' and parameter = 'age_22_from'))
