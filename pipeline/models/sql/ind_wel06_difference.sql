-- model:   ind_wel06_difference
-- grain:   a fact is a child who was asked, and a trait
-- inputs:  survey_population, place_type
-- shape:   difference
-- columns:
--   measure              VARCHAR age, girls, sdq, time_in_care, and placement_ with a group of PLACE
--   numerator            BIGINT  children who answered and whose trait is known
--   denominator          BIGINT  children whose trait is known
--   coverage_denominator BIGINT  children who were asked, as in the share that responded
-- checks:
-- source:  indicator catalogue, WEL06
with
asked as (
    select * from survey_population where asked
),
trait as (
    select year, la, person_id, responded, 'age' as measure, age::integer as amount from asked
    union all select year, la, person_id, responded, 'girls', case sex when 'female' then 1 when 'male' then 0 end from asked
    union all select year, la, person_id, responded, 'sdq', SDQ_SCORE from asked
    union all select year, la, person_id, responded, 'time_in_care', days_in_care from asked
)
select measure, year, la, person_id, responded as within, amount from trait
union all
select 'placement_' || g.placement_type, s.year, s.la, s.person_id, s.responded,
    case when s.placement_type <> 'unknown' then (s.placement_type = g.placement_type)::integer end
from asked s
cross join (select distinct placement_type from place_type where not temporary) g
