-- model:   ind_hea01
-- grain:   a fact is a child looked after for 12 months and a check
-- inputs:  population_year, oc2_year
-- shape:   ratio
-- columns:
--   measure              VARCHAR health_assessment, teeth_check, immunisations, health_check (under 5)
--   numerator            BIGINT  children for whom the answer is yes
--   denominator          BIGINT  children looked after for 12 months on 31 March; under 5 for health_check
--   coverage_numerator   BIGINT  children for whom there is an answer
-- checks:
-- source:  indicator catalogue, HEA01
with
item as (
    select unnest(['health_assessment', 'teeth_check', 'immunisations', 'health_check']) as measure
),
answer as (
    select i.measure, p.*,
        case i.measure when 'health_assessment' then o.HEALTH_ASSESSMENT
                       when 'teeth_check' then o.TEETH_CHECK
                       when 'immunisations' then o.IMMUNISATIONS
                       else o.HEALTH_CHECK end as flag
    from population_year p
    cross join item i
    left join oc2_year o using (person_id, year)
    where p.cla12 and (i.measure <> 'health_check' or p.age < 5)
)
select measure, year, la, person_id,
    coalesce(flag = 1, false)::integer as numerator, 1 as denominator,
    (flag is not null)::integer as coverage_numerator, 1 as coverage_denominator
from answer
