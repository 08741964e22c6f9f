-- model:   ind_hea02
-- grain:   a fact is a child, a stage and a cause
-- inputs:  hospital_around_care, child
-- shape:   rate
-- columns:
--   measure              VARCHAR self_harm and injury, each in_care, before (2 years before the first entry) and after (2 years after an exit)
--   numerator            BIGINT  emergency admissions for the cause
--   denominator          BIGINT  days aged 10 to 17, in years with admission records
--   coverage_numerator   BIGINT  children who have any hospital record; who has none was never there or was not linked
--   coverage_denominator BIGINT  children with such days
-- checks:
-- source:  indicator catalogue, HEA02. Days and admissions before and after care count in the year of the entry and of the exit
select c.cause || '_' || h.stage as measure, h.person_id, h.year, h.la,
    case c.cause when 'self_harm' then h.self_harm else h.injury end as numerator,
    h.days_10_17 as denominator,
    k.linked_hospital::integer as coverage_numerator, 1 as coverage_denominator
from hospital_around_care h
join child k on k.person_id = h.person_id
cross join (select unnest(['self_harm', 'injury']) as cause) c
where h.days_10_17 > 0
