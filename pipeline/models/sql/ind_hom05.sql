-- model:   ind_hom05
-- grain:   a fact is the return home of a child under 17 in the year and a day after it
-- inputs:  support_after_return
-- shape:   ratio
-- columns:
--   measure              VARCHAR day_1, day_90, day_180, day_365 after the return home
--   time_period          VARCHAR collection year of the return home
--   numerator            BIGINT  of them, those with an open need episode, plan or protection plan on that day
--   denominator          BIGINT  returns home of children who were still at home on that day and whom the children in need census can show
--   coverage_denominator BIGINT  returns home of children who were still at home on that day
-- checks:
-- source:  indicator catalogue, HOM05; see support_after_return. Later days of the latest years are counted when their returns have come
select 'day_' || day as measure, person_id, year, la, coalesce(supported, false)::integer as numerator, observable::integer as denominator,
    observable::integer as coverage_numerator, 1 as coverage_denominator,
    [{'breakdown': 'planned_or_not', 'category': planned_or_not}] as more
from support_after_return
