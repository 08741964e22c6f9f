-- model:   ind_hea03
-- grain:   a fact is a child in care and a kind of department
-- inputs:  hospital_around_care, child
-- shape:   rate
-- columns:
--   measure              VARCHAR any (department), major (departments alone)
--   numerator            BIGINT  first attendances while looked after
--   denominator          BIGINT  days looked after, in years with emergency department records
--   coverage_numerator   BIGINT  of them, days of children who have any hospital record; who has none was never there or was not linked
-- checks:
-- source:  indicator catalogue, HEA03
select d.department as measure, h.person_id, h.year, h.la,
    case d.department when 'any' then h.attendances else h.major_attendances end as numerator,
    h.days as denominator,
    case when k.linked_hospital then h.days else 0 end as coverage_numerator
from hospital_around_care h
join child k on k.person_id = h.person_id
cross join (select unnest(['any', 'major']) as department) d
where h.stage = 'in_care' and h.days > 0
