-- model:   population_year
-- grain:   one row per person_id, year with any episode in the year: the base of the indicators
-- inputs:  episode, episode_chain, episode_return, period_of_care, placement, child, place_type, ref.year, ref.run
-- columns:
--   person_id       VARCHAR  linked person
--   year            SMALLINT collection year
--   la              VARCHAR  authority responsible in that year: on 31 March, or at the last episode
--   looked_after    BOOLEAN  on 31 March, respite left out
--   cla12           BOOLEAN  looked after for 12 months by the return's own test: no start after 1 April, no end and no respite in the year, and care is open on 31 March
--   started         BOOLEAN  began to be looked after in the year, transfers included
--   ceased          BOOLEAN  ceased to be looked after in the year, transfers included, ends that are lost left out
--   respite_only    BOOLEAN  only V3 or V4 in the year
--   days            SMALLINT days looked after in the year, respite left out
--   placements      SMALLINT placements with any day in the year
--   age             SMALLINT completed years on 31 March
--   age_group       VARCHAR  under_1, 1_4, 5_9, 10_15, 16_plus or unknown
--   sex             VARCHAR  male, female or unknown
--   ethnicity_group VARCHAR  group of ETHNIC
--   uasc            BOOLEAN  unaccompanied asylum-seeking child in some return
--   CIN             VARCHAR  category of need
--   LS              VARCHAR  legal status of the episode that speaks for the year: the one open on 31 March, or the last
--   PLACE           VARCHAR  its placement
--   placement_type  VARCHAR  group of PLACE
--   PLACE_PROVIDER  VARCHAR  its provider
--   period_no       INTEGER  period of care under way on 31 March; NULL when not looked after
--   period_start    DATE     its first day
--   years_in_care   SMALLINT completed years since period_start on 31 March; NULL when the start of the period was not seen
-- checks:  unique(person_id, year); not cla12 or looked_after; placements >= 0
-- source:  SSDA903 Episodes; indicator catalogue, conventions
with
collected as (
    select unnest(range(first_year, last_year + 1)) as year from ref.run
),
-- the years from one to another: a join by both unfolds whole columns of rows at once, which a list of years for each row does not
span as (
    select a.year as from_year, b.year as to_year, y.year, y.first_day, y.last_day
    from collected a
    join collected b on b.year >= a.year
    join ref.year y on y.year between a.year and b.year
),
reach as (
    -- April begins a collection year; an open episode is known to the end of the last return that had it
    select
        e.person_id, e.episode_no, e.respite, e.DECOM, e.DEC, e.RNE, e.REC,
        greatest(r.first_year, year(e.DECOM) + (month(e.DECOM) >= 4)::integer) as from_year,
        least(r.last_year, year(coalesce(e.DEC, e.seen_until)) + (month(coalesce(e.DEC, e.seen_until)) >= 4)::integer) as to_year
    from episode e
    cross join ref.run r
),
overlap as (
    select
        e.*, y.year, y.first_day, y.last_day,
        not e.respite and (e.DEC is null or e.DEC > y.last_day) as current,
        case when e.respite then 0
             else greatest(0, least(coalesce(e.DEC, y.last_day + 1), y.last_day + 1) - greatest(e.DECOM, y.first_day)) end as days_in_year
    from reach e
    join span y using (from_year, to_year)
),
summed as (
    select
        person_id, year,
        bool_or(current) as looked_after,
        bool_or(current)
            and not bool_or(coalesce(RNE = 'S' and DECOM > first_day, false))
            and not bool_or(coalesce(REC is distinct from 'X1' and DEC >= first_day and DEC < last_day, false))
            and not bool_or(respite)
            and sum(days_in_year) >= max(last_day) - max(first_day) + 1 as cla12,
        bool_or(coalesce(not respite and RNE = 'S' and DECOM between first_day and last_day, false)) as started,
        bool_or(coalesce(not respite and REC is distinct from 'X1' and REC is distinct from 'E99' and DEC between first_day and last_day, false)) as ceased,
        bool_and(respite) as respite_only,
        sum(days_in_year)::smallint as days,
        -- the one open on 31 March before others, care before respite, then the latest
        max(episode_no + case when current then 2000000 when not respite then 1000000 else 0 end) % 1000000 as episode_no
    from overlap
    group by person_id, year
),
stays as (
    -- the day on which a placement ends is no day of it
    select p.person_id, y.year, count(*) as placements
    from (
        select p.person_id,
            greatest(r.first_year, year(p.start_date) + (month(p.start_date) >= 4)::integer) as from_year,
            least(r.last_year, year(coalesce(p.end_date - 1, p.seen_until)) + (month(coalesce(p.end_date - 1, p.seen_until)) >= 4)::integer) as to_year
        from placement p
        cross join ref.run r
    ) p
    join span y using (from_year, to_year)
    group by p.person_id, y.year
),
final as (
    select
        s.person_id, s.year, coalesce(r.la, e.la) as la,
        s.looked_after, s.cla12, s.started, s.ceased, s.respite_only, s.days,
        coalesce(p.placements, 0)::smallint as placements,
        (s.year - c.birth_year - (c.birth_month > 3)::integer)::smallint as age,
        case when c.birth_year is null then 'unknown'
             when s.year - c.birth_year - (c.birth_month > 3)::integer < 1 then 'under_1'
             when s.year - c.birth_year - (c.birth_month > 3)::integer < 5 then '1_4'
             when s.year - c.birth_year - (c.birth_month > 3)::integer < 10 then '5_9'
             when s.year - c.birth_year - (c.birth_month > 3)::integer < 16 then '10_15'
             else '16_plus' end as age_group,
        c.sex, c.ethnicity_group, c.uasc,
        coalesce(q.CIN, e.CIN) as CIN, e.LS, e.PLACE, coalesce(t.placement_type, 'unknown') as placement_type, e.PLACE_PROVIDER,
        case when s.looked_after then q.period_no end as period_no,
        case when s.looked_after then q.start_date end as period_start,
        case when s.looked_after and q.RNE = 'S' then date_sub('year', q.start_date, make_date(s.year::bigint, 3, 31)) end::smallint as years_in_care
    from summed s
    join episode e using (person_id, episode_no)
    left join episode_return r on r.person_id = s.person_id and r.authority_group = e.authority_group and r.DECOM = e.DECOM and r.year = s.year
    left join episode_chain h on h.person_id = s.person_id and h.episode_no = s.episode_no
    left join period_of_care q on q.person_id = h.person_id and q.period_no = h.period_no
    left join stays p on p.person_id = s.person_id and p.year = s.year
    left join place_type t on t.PLACE = e.PLACE
    join child c on c.person_id = s.person_id
)
select * from final
order by person_id, year
