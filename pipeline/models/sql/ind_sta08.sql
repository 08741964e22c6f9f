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
select 'type_' || t.type_no as measure, null::varchar as person_id, s.cohort as year, s.la,
    coalesce(p.type_no = t.type_no, false)::integer as numerator, (p.type_no is not null)::integer as denominator,
    (p.type_no is not null)::integer as coverage_numerator, 1 as coverage_denominator,
    [{'breakdown': 'sex', 'category': c.sex}, {'breakdown': 'uasc_status', 'category': if(c.uasc, 'uasc', 'not_uasc')},
     {'breakdown': 'category_of_need', 'category': c.category_of_need}, {'breakdown': 'entry_age_band', 'category': c.age_group}] as more
from care_sequence s
join care_exit c using (person_id)
cross join sequence_type t
left join placement_sequence p on p.person_id = s.person_id
