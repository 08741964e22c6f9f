-- model:   ind_rec02
-- grain:   a fact is an eligible child
-- inputs:  sdq
-- shape:   mean
-- columns:
--   measure              VARCHAR always empty: one figure
--   denominator          BIGINT  eligible children with a score
--   value                DOUBLE  mean of their scores, 0 to 40
--   coverage_denominator BIGINT  children aged 5 to 16 on 31 March and looked after for 12 months
-- checks:
-- source:  indicator catalogue, REC02
select '' as measure, year, la, person_id, SDQ_SCORE as amount
from sdq
where eligible
