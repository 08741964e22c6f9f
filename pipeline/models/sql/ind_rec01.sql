-- model:   ind_rec01
-- grain:   a fact is an eligible child, or an eligible child without a score and a reason why
-- inputs:  sdq, ref.code
-- shape:   ratio
-- columns:
--   measure              VARCHAR empty: a score received; reason_ and a code of SDQ_REASON: why there is none
--   numerator            BIGINT  eligible children with a score; of reasons: eligible children without a score for this reason
--   denominator          BIGINT  children aged 5 to 16 on 31 March and looked after for 12 months; of reasons: those of them without a score whose reason is given
--   coverage_numerator   BIGINT  as denominator: whether a score came is known of every child
--   coverage_denominator BIGINT  eligible children; of reasons: those without a score
-- checks:
-- source:  indicator catalogue, REC01
select '' as measure, year, la, person_id,
    (SDQ_SCORE is not null)::integer as numerator, 1 as denominator, 1 as coverage_numerator, 1 as coverage_denominator
from sdq
where eligible
union all
select 'reason_' || c.code, s.year, s.la, s.person_id,
    coalesce(s.SDQ_REASON = c.code, false)::integer, (s.SDQ_REASON is not null)::integer,
    (s.SDQ_REASON is not null)::integer, 1
from sdq s
join ref.code c on c.code_set = 'SDQ_REASON'
where s.eligible and s.SDQ_SCORE is null
