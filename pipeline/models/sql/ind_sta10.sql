-- model:   ind_sta10
-- grain:   a fact is a child looked after on 31 March
-- inputs:  stability_year, stg_swepisodes
-- shape:   ratio
-- columns:
--   measure              VARCHAR always empty: one figure
--   numerator            BIGINT  of them, children with 3 or more different social workers with any day in the year
--   denominator          BIGINT  children looked after on 31 March with a social worker in the returns
--   coverage_denominator BIGINT  children looked after on 31 March
-- checks:
-- source:  indicator catalogue, STA10. Years whose return asks for social workers
select '' as measure, s.person_id, s.year, s.la, coalesce(s.social_workers >= 3, false)::integer as numerator,
    (s.social_workers is not null)::integer as denominator, 1 as coverage_denominator
from stability_year s
semi join (select distinct year from stg_swepisodes) t on t.year = s.year
where s.looked_after
