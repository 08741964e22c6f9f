-- model:   ind_hom03_time
-- grain:   a fact is a child who started a period of care in the year and had left care for, or lived under, a permanence before
-- inputs:  previous_permanence
-- shape:   quantile
-- columns:
--   measure              VARCHAR time_to_re_entry, and median or p90
--   denominator          BIGINT  of them, children of whom the time is known
--   value                DOUBLE  days from the permanence to the start of care
--   coverage_denominator BIGINT  children who started a period of care after a permanence
-- checks:
-- source:  indicator catalogue, HOM03. From the earlier exit where linkage knows it, else from DATE_PERM. Of those who came back alone: no share of permanences that broke down
select 'time_to_re_entry' as measure, person_id, year, la, days as amount, [{'breakdown': 'previous_permanence', 'category': nullif(permanence, 'none')}] as more
from previous_permanence
where permanence <> 'none' or linked_exit is not null
