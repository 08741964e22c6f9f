-- model:   sequence_type
-- grain:   one row per type_no: a kind of placement sequence
-- inputs:  placement_sequence, month_state, computed.sequence_pattern
-- columns:
--   type_no    INTEGER 1 for the most common
--   children   BIGINT  children of the type
--   share      DOUBLE  of all children with a type, 0 to 1
--   typical    VARCHAR the pattern that the others are nearest to, in words: states in order with months spent
--   silhouette DOUBLE  how much nearer its children are to it than to the next type: -1 to 1
--   stability  DOUBLE  mean Jaccard likeness over bootstraps, 0 to 1: above .75 the type holds, below .5 it does not (Hennig 2007)
-- checks:  unique(type_no); share between 0 and 1
-- source:  indicator catalogue, STA08
with
counted as (
    select type_no, count(*) as children from placement_sequence where type_no is not null group by type_no
),
medoid as (
    select type_no, pattern, silhouette, stability from computed.sequence_pattern where medoid
),
month as (
    select type_no, n, substr(pattern, n::integer, 1) as letter
    from (select type_no, pattern, unnest(range(1, length(pattern) + 1)) as n from medoid)
),
run as (
    select *, n - row_number() over (partition by type_no, letter order by n) as island from month
),
spent as (
    select r.type_no, r.island, s.state, min(r.n) as since, count(*) as months
    from run r
    join month_state s using (letter)
    group by all
),
told as (
    select type_no, string_agg(state || ' ' || months, ', ' order by since) as typical from spent group by type_no
),
final as (
    select c.type_no, c.children, round(c.children / (select sum(children) from counted), 6) as share, t.typical,
        round(m.silhouette, 6) as silhouette, round(m.stability, 6) as stability
    from counted c
    join medoid m using (type_no)
    join told t using (type_no)
)
select * from final
order by type_no
