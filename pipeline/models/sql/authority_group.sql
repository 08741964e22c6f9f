-- model:   authority_group
-- grain:   one row per la: authorities that succeeded one another belong together
-- inputs:  ref.authority
-- columns:
--   la              VARCHAR ONS code of an authority
--   authority_group VARCHAR lowest ONS code among the authority, its predecessors and its successors
-- checks:  unique(la)
-- source:  list of authorities with their successors
with recursive
step as (
    select ons_code as a, unnest(successors) as b from ref.authority
),
either as (
    select a, b from step
    union select b, a from step
),
reach(a, b) as (
    select ons_code, ons_code from ref.authority
    union
    select r.a, e.b from reach r join either e on e.a = r.b
),
final as (
    select a as la, min(b) as authority_group from reach group by a
)
select * from final
order by la
