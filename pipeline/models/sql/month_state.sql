-- model:   month_state
-- grain:   one row per state: what a child's month may be
-- inputs:
-- columns:
--   state   VARCHAR as in person_month
--   letter  VARCHAR as in care_sequence.pattern
--   in_care BOOLEAN looked after in it
-- checks:  unique(state); unique(letter)
-- source:  statistics of placement sequences: the states that are kept apart
with
listed as (
    select unnest([
        'kinship_foster', 'other_foster', 'childrens_home', 'secure', 'semi_independent', 'adoptive', 'with_parents', 'residential_other', 'missing',
        'home', 'adopted', 'guardianship', 'aged_out', 'not_in_care']) as state,
        unnest(range(14)) as n
),
final as (
    select state, chr(65 + n::integer) as letter, n < 9 as in_care from listed
)
select * from final
order by letter
