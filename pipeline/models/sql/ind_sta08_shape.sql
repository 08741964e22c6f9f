-- model:   ind_sta08_shape
-- grain:   a fact is a child whose first 24 months since entry are known, and a measure of the shape of their sequence
-- inputs:  care_sequence, placement_sequence, care_exit
-- shape:   mean
-- columns:
--   measure              VARCHAR transitions, entropy, complexity and turbulence
--   denominator          BIGINT  children whose every month is known
--   coverage_denominator BIGINT  children in the entry cohort
-- checks:
-- source:  indicator catalogue, STA08
with
item as (
    select unnest(['transitions', 'entropy', 'complexity', 'turbulence']) as measure
),
entrant as (
    select s.cohort as year, s.la, p.transitions, p.entropy, p.complexity, p.turbulence,
        [{'breakdown': 'sex', 'category': c.sex}, {'breakdown': 'uasc_status', 'category': if(c.uasc, 'uasc', 'not_uasc')},
         {'breakdown': 'category_of_need', 'category': c.category_of_need}, {'breakdown': 'entry_age_band', 'category': c.age_group}] as more
    from care_sequence s
    join care_exit c using (person_id)
    left join placement_sequence p using (person_id)
)
select i.measure, null::varchar as person_id, c.year, c.la,
    case i.measure when 'transitions' then c.transitions when 'entropy' then c.entropy when 'complexity' then c.complexity else c.turbulence end::decimal(12, 4) as amount,
    c.more
from entrant c
cross join item i
