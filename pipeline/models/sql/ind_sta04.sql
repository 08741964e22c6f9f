-- model:   ind_sta04
-- grain:   a fact is a child's placement moves of the year, and a group of reasons
-- inputs:  placement_move
-- shape:   ratio
-- columns:
--   measure              VARCHAR unplanned, and who or what ended the placement: carer, child, authority, provider, other; same_carer for changes of status in which nobody moved out
--   numerator            BIGINT  moves for a reason of the group
--   denominator          BIGINT  moves with a reason other than PLACE; for same_carer, moves with a reason
--   coverage_denominator BIGINT  the same and moves without a reason
-- checks:
-- source:  indicator catalogue, STA04. Moves by which another authority took over have no reason of this list and are left out
with
reason as (
    select unnest([
        {'measure': 'unplanned', 'codes': ['CREQB', 'CREQO', 'CHILD', 'LAREQ', 'CLOSE', 'ALLEG', 'STAND', 'APPRR', 'OTHER']},
        {'measure': 'carer', 'codes': ['CREQB', 'CREQO']},
        {'measure': 'child', 'codes': ['CHILD']},
        {'measure': 'authority', 'codes': ['LAREQ']},
        {'measure': 'provider', 'codes': ['CLOSE', 'ALLEG', 'STAND', 'APPRR']},
        {'measure': 'other', 'codes': ['OTHER']},
        {'measure': 'same_carer', 'codes': ['PLACE']}], recursive := true)
),
counted as (
    select person_id, year, la, REASON_PLACE_CHANGE as reason, count(*) as n
    from placement_move
    where year is not null and RNE in ('P', 'T', 'B', 'U')
    group by all
)
select r.measure, c.person_id, c.year, c.la,
    case when list_contains(r.codes, c.reason) then c.n else 0 end as numerator,
    case when c.reason is null then 0 else c.n end as denominator,
    c.n as coverage_denominator
from counted c
cross join reason r
where c.reason is distinct from 'PLACE' or r.measure = 'same_carer'
