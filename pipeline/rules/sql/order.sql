-- Episodes in the order in which they followed each other. A row without DECOM has no place in it.
create or replace table episode_order as
select row_id, la, CHILD, DECOM, DEC, REC, LS,
    row_number() over child as n,
    lead(row_id) over child is null as n_last,
    lag(row_id) over child as prev_id,
    lead(row_id) over child as next_id,
    lag(row_id, 2) over child as prev2_id
from raw_Episodes
where DECOM is not null and CHILD is not null
window child as (partition by la, CHILD order by DECOM, row_id);

-- Chains of care: a new one starts when an episode begins later than the one before it ended.
create or replace table care_chain as
with starts as (
    select o.*, coalesce(o.DECOM > p.DEC, p.row_id is null) as new_chain
    from episode_order o
    left join episode_order p on p.row_id = o.prev_id
), numbered as (
    select *, sum(new_chain::integer) over (partition by la, CHILD order by n) as chain_no
    from starts
)
select la, CHILD, chain_no, min(DECOM) as starts, arg_max(coalesce(DEC, date '9999-12-31'), n) as last_day,
    nullif(last_day, date '9999-12-31') as ends
from numbered
group by la, CHILD, chain_no;
