-- model:   ind_hea03
-- grain:   a fact is a child in care and a kind of department
-- inputs:  hospital_around_care, child
-- shape:   rate
-- columns:
--   measure              VARCHAR any (department), major (departments alone)
--   numerator            BIGINT  first attendances while looked after
--   denominator          BIGINT  days looked after, in years with emergency department records
--   coverage_numerator   BIGINT  children who have any hospital record; who has none was never there or was not linked
--   coverage_denominator BIGINT  children with such days
-- checks:
-- source:  indicator catalogue, HEA03
select d.department as measure, h.person_id, h.year, h.la,
    case d.department when 'any' then h.attendances else h.major_attendances end as numerator,
    h.days as denominator,
    k.linked_hospital::integer as coverage_numerator, 1 as coverage_denominator
from hospital_around_care h
join child k on k.person_id = h.person_id
cross join (select unnest(['any', 'major']) as department) d
where h.stage = 'in_care' and h.days > 0
