-- model:   ind_rec04
-- grain:   a fact is a child with a score in the year and one due or given in an earlier year of the same period of care
-- inputs:  sdq, population_year
-- shape:   mean
-- columns:
--   denominator          BIGINT  children with a score in the year and an earlier one in the same period of care
--   value                DOUBLE  mean of the score less the first one
--   coverage_denominator BIGINT  children with a score due in the year and in an earlier one of the same period of care
-- checks:
-- source:  indicator catalogue, REC04. Groups chosen for a high first score fall by chance alone: never without REC05
with
due as (
    select *, min(year) filter (where eligible) over (partition by person_id, period_no) as first_due
    from sdq
    where period_no is not null
)
select '' as measure, s.year, p.la, s.person_id, s.change as amount
from due s
join population_year p using (person_id, year)
where s.change is not null or (s.eligible and s.first_due < s.year)
