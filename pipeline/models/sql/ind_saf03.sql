-- model:   ind_saf03
-- grain:   a fact is a child looked after for 12 months; for received and offered one with a substance misuse problem
-- inputs:  population_year, oc2_year
-- shape:   ratio
-- columns:
--   measure              VARCHAR substance_misuse, received, offered (and not received)
--   numerator            BIGINT  children with a problem; of these, those who received help, or were offered it and received none
--   denominator          BIGINT  children looked after for 12 months; for received and offered, those with a problem
--   coverage_numerator   BIGINT  of them, children of whom it is known
-- checks:
-- source:  indicator catalogue, SAF03
with
item as (
    select unnest(['substance_misuse', 'received', 'offered']) as measure
),
answer as (
    select i.measure, p.person_id, p.year, p.la,
        case i.measure when 'substance_misuse' then o.SUBSTANCE_MISUSE
                       when 'received' then o.INTERVENTION_RECEIVED
                       -- whether it was offered is asked of those who received none
                       else case when o.INTERVENTION_RECEIVED = 1 then 0 else o.INTERVENTION_OFFERED end end as flag
    from population_year p
    cross join item i
    left join oc2_year o using (person_id, year)
    where p.cla12 and (i.measure = 'substance_misuse' or o.SUBSTANCE_MISUSE = 1)
)
select measure, person_id, year, la, coalesce(flag = 1, false)::integer as numerator, 1 as denominator,
    (flag is not null)::integer as coverage_numerator
from answer
