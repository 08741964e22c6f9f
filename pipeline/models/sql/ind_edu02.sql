-- model:   ind_edu02
-- grain:   a fact is a pupil at the end of key stage 2 in a group that is compared
-- inputs:  pupil_comparison, school_result
-- shape:   ratio
-- columns:
--   measure              VARCHAR expected_cla12 (looked after for 12 months on 31 March), expected_cppo, expected_cino, expected_all
--   numerator            BIGINT  pupils who reached the expected standard in reading, writing and mathematics, all three
--   denominator          BIGINT  pupils with a key stage 2 record that says whether they did
--   coverage_numerator   BIGINT  as denominator
--   coverage_denominator BIGINT  pupils with a key stage 2 record, and pupils of the group without one who were 10 when the academic year began
-- checks:
-- source:  indicator catalogue, EDU02. There is no figure for years without results, as 2019/20 and 2020/21
select 'expected_' || g.comparison as measure, g.person_id, g.year, g.la,
    coalesce(r.ks2_expected = 1, false)::integer as numerator,
    (r.ks2_expected is not null)::integer as denominator,
    (r.ks2_expected is not null)::integer as coverage_numerator, 1 as coverage_denominator
from pupil_comparison g
left join school_result r on r.person_id = g.person_id and r.year = g.year and r.ks2
where (r.person_id is not null or g.age = 10) and g.year in (select year from school_result where ks2_expected is not null)
