-- model:   ind_lea04_states
-- grain:   a fact is a care leaver, a birthday and a state
-- inputs:  leaver_sequence, ref.parameter
-- shape:   ratio
-- columns:
--   measure              VARCHAR eet, neet_ill, neet_parent, neet_other and unknown, each at 18, 19, 20 and 21
--   numerator            BIGINT  care leavers in the state at the birthday
--   denominator          BIGINT  care leavers whose activity is known at 3 of the 4 birthdays or more, less those who had died or returned home at this one
--   coverage_numerator   BIGINT  of them, those whose state at this one is known
-- checks:
-- source:  indicator catalogue, LEA04: the sequence of states, one birthday after the other
with
listed as (
    select person_id, year, la, unnest([{'age': 18, 'state': state_18}, {'age': 19, 'state': state_19}, {'age': 20, 'state': state_20}, {'age': 21, 'state': state_21}]) as at
    from leaver_sequence
    join ref.parameter p on p.indicator_id = 'LEA04' and p.parameter = 'known_birthdays'
    where known >= p.value
)
select s.state || '_' || l.at.age as measure, l.person_id, l.year, l.la,
    (l.at.state = s.state)::integer as numerator, 1 as denominator,
    (l.at.state <> 'unknown')::integer as coverage_numerator
from listed l
cross join (select unnest(['eet', 'neet_ill', 'neet_parent', 'neet_other', 'unknown']) as state) s
where l.at.state <> 'gone'
