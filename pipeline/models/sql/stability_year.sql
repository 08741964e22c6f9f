-- model:   stability_year
-- grain:   one row per person_id, year with a day in care, respite left out: how often placement, carer and social worker changed
-- inputs:  population_year, placement, carer_spell, placement_move, social_worker_spell, stg_swepisodes, ref.year, ref.run
-- columns:
--   person_id            VARCHAR  linked person
--   year                 SMALLINT collection year
--   la                   VARCHAR  authority responsible, as in population_year
--   looked_after         BOOLEAN  on 31 March
--   days                 SMALLINT days looked after in the year
--   moves                INTEGER  placement moves in the year
--   carer_moves          INTEGER  of them, moves to another carer
--   two_years            BOOLEAN  looked after on 31 March, and in one period of care since 1 April two years before or longer; NULL when there is no return of the year before
--   placements_two_years INTEGER  placements with any day in the two years; NULL unless two_years
--   long_term            BOOLEAN  looked after on 31 March, under 16 then, and in one period of care for two and a half years; NULL when there are no returns of the two years before, or no age
--   carer_since          DATE     first day with the carer of 31 March, temporary stays away not counted as a change; NULL when not looked after then
--   same_carer           BOOLEAN  with that carer for two years, or placed for adoption and in that placement and the one just before it for two years; NULL unless long_term and the carer is known
--   social_workers       INTEGER  different social workers with any day in the year, days before and between periods of care included; NULL when no return tells of one
-- checks:  unique(person_id, year); two_years is null or looked_after or not two_years; long_term is null or looked_after or not long_term
-- source:  indicator catalogue, STA02, STA03, STA10 and conventions. Two and two and a half years are counted back from 31 March to the same day of the month, or the month's last
with
population as (
    select p.*, y.last_day, y.first_day,
        b.first_day as two_years_ago,
        case when c.year is not null and b.year is not null then y.last_day end as long_known
    from population_year p
    join ref.year y using (year)
    left join ref.year b on b.year = p.year - 1
    left join ref.year c on c.year = p.year - 2
    where p.days > 0
),
possible as (
    select unnest(range(first_year, last_year + 2)) as year from ref.run
),
-- the years of a span of so many: a join by its ends unfolds whole columns of rows at once, which a list of years for each row does not
reach as (
    select f.year as from_year, t.year as to_year, y.year::smallint as year
    from possible f
    join possible t on t.year >= f.year
    join possible y on y.year between f.year and t.year
),
stays as (
    -- a placement of one year counts in that year's window and in the next one's
    select person_id, year, count(*)::integer as placements
    from (
        select p.person_id, greatest(r.first_year, year(p.start_date) + (month(p.start_date) >= 4)::integer) as from_year,
            least(r.last_year, year(p.last_day) + (month(p.last_day) >= 4)::integer + 1) as to_year
        from (select person_id, start_date, coalesce(end_date - 1, seen_until) as last_day from placement) p
        cross join ref.run r
    )
    join reach using (from_year, to_year)
    group by person_id, year
),
carer as (
    select p.person_id, p.year, arg_max(c.start_date, c.carer_no) as carer_since
    from population p
    join carer_spell c on c.person_id = p.person_id and c.period_no = p.period_no and c.start_date <= p.last_day
    where p.looked_after
    group by p.person_id, p.year
),
paired as (
    select *, lag(start_date) over (partition by person_id, period_no order by placement_no) as before_since from placement
),
placed as (
    select p.person_id, p.year, arg_max({'PLACE': c.PLACE_last, 'since': c.before_since}, c.placement_no) as now
    from population p
    join paired c on c.person_id = p.person_id and c.period_no = p.period_no and c.start_date <= p.last_day
    where p.looked_after
    group by p.person_id, p.year
),
moved as (
    select person_id, year, count(*)::integer as moves, (count(*) filter (where carer_move))::integer as carer_moves
    from placement_move
    where year is not null
    group by person_id, year
),
worked as (
    select person_id, year, count(distinct SW_ID)::integer as workers
    from (
        -- who came and went on one day was there on that day
        select s.person_id, s.SW_ID, greatest(r.first_year, year(s.start_date) + (month(s.start_date) >= 4)::integer) as from_year,
            least(r.last_year, year(s.last_day) + (month(s.last_day) >= 4)::integer) as to_year
        from (select *, greatest(start_date, coalesce(end_date - 1, seen_until)) as last_day from social_worker_spell) s
        cross join ref.run r
    )
    join reach using (from_year, to_year)
    semi join (select distinct year from stg_swepisodes) using (year)
    group by person_id, year
),
judged as (
    select
        p.person_id, p.year, p.la, p.looked_after, p.days,
        coalesce(m.moves, 0) as moves,
        coalesce(m.carer_moves, 0) as carer_moves,
        case when p.two_years_ago is null then null else p.looked_after and coalesce(p.period_start <= p.two_years_ago, false) end as two_years,
        s.placements,
        case when p.long_known is null or p.age is null then null
             else p.looked_after and p.age < 16 and coalesce(p.period_start <= p.last_day - interval 30 month, false) end as long_term,
        c.carer_since,
        p.last_day - interval 24 month as two_years_back,
        coalesce(case when p.placement_type = 'temporary' then a.now.PLACE else p.PLACE end in ('A3', 'A4', 'A5', 'A6'), false) as placed_for_adoption,
        a.now.since as before_since,
        nullif(w.workers, 0) as social_workers
    from population p
    left join moved m using (person_id, year)
    left join stays s using (person_id, year)
    left join carer c using (person_id, year)
    left join placed a using (person_id, year)
    left join worked w using (person_id, year)
),
final as (
    select
        person_id, year, la, looked_after, days, moves, carer_moves, two_years,
        case when two_years then coalesce(placements, 0) end as placements_two_years,
        long_term, carer_since,
        case when long_term and carer_since is not null
             then carer_since <= two_years_back or (placed_for_adoption and coalesce(before_since <= two_years_back, false)) end as same_carer,
        social_workers
    from judged
)
select * from final
order by person_id, year
