-- model:   restatement
-- grain:   one row per measure, year, la, return_year: a yearly figure as it was first sent, and each later return that changed it
-- inputs:  episode_return, episode_merged, ref.year
-- columns:
--   measure     VARCHAR  looked_after (on 31 March), started or ceased (in the year), respite left out
--   year        SMALLINT collection year that the figure is about
--   la          VARCHAR  authority that sent the return of that year; where several succeeded one another, the one that sent the episode
--   return_year SMALLINT return with which the figure became so; year itself for the figure as first sent
--   n           BIGINT   children, by all returns up to return_year
--   n_before    BIGINT   the figure until then; NULL as first sent
-- checks:  unique(measure, year, la, return_year); n >= 0; n is distinct from n_before
-- source:  SSDA903 Episodes; of a year's deliveries the last counts. Who starts or ceases in two authorities counts in each
with
copies as (
    select person_id, authority_group, DECOM, year, la, RNE, DEC, REC, lead(year) over (partition by person_id, authority_group, DECOM order by year) as next_year
    from episode_return
),
words as materialized (
    -- what a return said of an episode holds until the next return that has it, and until a repair, which is known with the return that gave cause for it
    select c.person_id, c.authority_group, c.year, c.la, c.DECOM, coalesce(c.RNE, m.RNE) as RNE, c.DEC, c.REC, c.year as known_from,
        least(coalesce(c.next_year, 9999), case when c.year = m.year then
            case when m.left_out is not null then coalesce(m.replaced_year, c.year) when m.rule is not null then m.rule_year end end) as known_to
    from copies c
    join episode_merged m using (person_id, authority_group, DECOM)
    where not m.respite
    union all
    select person_id, authority_group, year, la, DECOM, RNE, DEC, REC, rule_year, 9999
    from episode_merged
    where rule is not null and left_out is null and not respite
),
facts as (
    select w.*, 'looked_after' as measure, y.year as fact_year
    from words w
    join ref.year y on y.last_day >= w.DECOM and y.last_day < coalesce(w.DEC, date '9999-12-31') and (w.DEC is not null or y.year <= w.year)
    union all
    select w.*, 'started', y.year
    from words w
    join ref.year y on w.DECOM between y.first_day and y.last_day
    where w.RNE = 'S'
    union all
    select w.*, 'ceased', y.year
    from words w
    join ref.year y on w.DEC between y.first_day and y.last_day
    where w.REC is distinct from 'X1' and w.REC is distinct from 'E99'
),
senders as (
    select authority_group, year, case when min(la) = max(la) then min(la) end as only_la from episode_return group by authority_group, year
),
counted as materialized (
    select f.measure, f.fact_year as year, coalesce(s.only_la, f.la) as la, y.year as return_year, count(distinct f.person_id) as n
    from facts f
    join ref.year y on y.year >= f.known_from and y.year < f.known_to and y.year >= f.fact_year
    left join senders s on s.authority_group = f.authority_group and s.year = f.fact_year
    group by all
),
-- a figure may fall to none, or rise from it
grid as (
    select a.measure, a.la, a.year, y.year as return_year
    from (
        select distinct measure, la, year from counted
        union
        select m.measure, r.la, r.year from (select distinct la, year from episode_return) r cross join (select unnest(['looked_after', 'started', 'ceased']) as measure) m
    ) a
    join ref.year y on y.year >= a.year
),
followed as (
    select measure, year, la, return_year, n, lag(n) over (partition by measure, la, year order by return_year) as n_before
    from (select g.*, coalesce(c.n, 0) as n from grid g left join counted c using (measure, la, year, return_year))
),
final as (
    select measure, year, la, return_year, n, n_before
    from followed
    where n is distinct from n_before
)
select * from final
order by measure, year, la, return_year
