-- model:   ind_edu01
-- grain:   a fact is a pupil at the end of key stage 4 in a group that is compared, and a score
-- inputs:  pupil_comparison, school_result, pupil_year
-- shape:   mean
-- columns:
--   measure              VARCHAR att8 and p8, each for cla12 (looked after for 12 months on 31 March), cppo, cino and all
--   denominator          BIGINT  pupils with the score
--   coverage_numerator   BIGINT  as denominator
--   coverage_denominator BIGINT  pupils with a key stage 4 record, and pupils of the group without one who were 15 when the academic year began
-- checks:
-- source:  indicator catalogue, EDU01. The end of key stage 4 is what the extract says it is, whatever the age. Progress 8 has no figure for years in which nobody has it
with
pupil as (
    select g.person_id, g.year, g.comparison, g.la, r.ks4_attainment8 as att8, r.ks4_progress8 as p8,
        case y.fsm when true then 'eligible' when false then 'not_eligible' else 'unknown' end as fsm
    from pupil_comparison g
    left join school_result r on r.person_id = g.person_id and r.year = g.year and r.ks4
    left join pupil_year y on y.person_id = g.person_id and y.year = g.year
    where r.person_id is not null or g.age = 15
)
select 'att8_' || comparison as measure, person_id, year, la, att8::decimal(9, 4) as amount, [{'breakdown': 'fsm', 'category': fsm}] as more
from pupil
where year in (select year from school_result where ks4_attainment8 is not null)
union all
select 'p8_' || comparison, person_id, year, la, p8::decimal(9, 4), [{'breakdown': 'fsm', 'category': fsm}]
from pupil
where year in (select year from school_result where ks4_progress8 is not null)
