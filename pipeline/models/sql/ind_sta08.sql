-- model:   ind_sta08
-- grain:   a fact is a child whose first period of care began 24 months or more before the end of the data, and a type
-- inputs:  care_sequence, placement_sequence, sequence_type, care_exit
-- shape:   ratio
-- columns:
--   measure              VARCHAR type_1 and on, as in sequence_type
--   numerator            BIGINT  children whose first 24 months are of the type
--   denominator          BIGINT  children with a type
--   coverage_numerator   BIGINT  children whose every month is known
--   coverage_denominator BIGINT  children in the entry cohort
-- checks:
-- source:  indicator catalogue, STA08. Types are found anew in each vintage, over all cohorts together: compare cohorts within a vintage. Broken down by what was known at entry
with
entrant as (
    select s.person_id, s.cohort as year, s.la, p.type_no,
        [{'breakdown': 'sex', 'category': c.sex}, {'breakdown': 'uasc_status', 'category': if(c.uasc, 'uasc', 'not_uasc')},
         {'breakdown': 'category_of_need', 'category': c.category_of_need}, {'breakdown': 'entry_age_band', 'category': c.age_group}] as more
    from care_sequence s
    join care_exit c using (person_id)
    left join placement_sequence p using (person_id)
)
select 'type_' || t.type_no as measure, null::varchar as person_id, c.year, c.la,
    coalesce(c.type_no = t.type_no, false)::integer as numerator, (c.type_no is not null)::integer as denominator,
    (c.type_no is not null)::integer as coverage_numerator, 1 as coverage_denominator, c.more
from entrant c
cross join sequence_type t
