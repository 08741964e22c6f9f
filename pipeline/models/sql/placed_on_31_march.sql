-- model:   placed_on_31_march
-- grain:   one row per person_id, year of a child looked after on 31 March: where the placement of that day lies and what kind it is
-- inputs:  episode, episode_return, population_year, dolo_spell, ref.code, ref.year
-- columns:
--   person_id        VARCHAR  linked person
--   year             SMALLINT collection year
--   la               VARCHAR  authority responsible
--   PLACE            VARCHAR  placement, in a code that the year knows; NULL when the return doesn't say
--   PL_LOCATION      VARCHAR  IN or OUT of the responsible authority; NULL when the postcode is not known
--   PL_DISTANCE_BAND VARCHAR  within_20_miles or over_20_miles of home; NULL when either postcode is not known
--   secure           BOOLEAN  secure children's home
--   deprived         BOOLEAN  under a deprivation of liberty order; false before the return of 2027, which is the first to ask
--   unregulated      BOOLEAN  in a placement of code set UNREGULATED in the years that the set gives
-- checks:  unique(person_id, year)
-- source:  indicator catalogue, SAF04 and SAF05. An open placement gets a new code when codes change: what the year's own return called it stands for the year
with
stay as (
    select person_id, episode_no, year(DECOM) + (month(DECOM) >= 4)::integer as from_year,
        year(coalesce(DEC, seen_until + 1)) + (month(coalesce(DEC, seen_until + 1)) >= 4)::integer - 1 as to_year
    from episode
    where not respite
),
-- a join by the ends of a span unfolds whole columns of rows at once, which a list of years for each row does not
reach as (
    select from_year, to_year, unnest(range(from_year, to_year + 1))::smallint as year from (select distinct from_year, to_year from stay)
),
last_open as (
    -- of each 31 March the last episode that was open, as population_year has it
    select person_id, year, max(episode_no) as episode_no
    from stay
    join reach using (from_year, to_year)
    group by person_id, year
),
current as materialized (
    select o.year, e.person_id, e.authority_group, e.DECOM, e.PLACE, e.placement_type, e.PL_DISTANCE_BAND, e.PL_LOCATION
    from last_open o
    join episode e using (person_id, episode_no)
),
recoded as (
    select c.person_id, c.year, r.PLACE
    from current c
    join ref.code k on k.code_set = 'PLACE' and k.code = c.PLACE and k.first_year > c.year
    join episode_return r on r.person_id = c.person_id and r.authority_group = c.authority_group and r.DECOM = c.DECOM and r.year = c.year
),
deprived as (
    select distinct d.person_id, y.year
    from dolo_spell d
    join ref.year y on d.start_date <= y.last_day and coalesce(d.end_date, d.seen_until) >= y.last_day
),
final as (
    select
        p.person_id, p.year, p.la, coalesce(r.PLACE, c.PLACE) as PLACE, c.PL_LOCATION, c.PL_DISTANCE_BAND,
        coalesce(c.placement_type = 'secure', false) as secure,
        d.person_id is not null as deprived,
        u.code is not null as unregulated
    from population_year p
    join current c using (person_id, year)
    left join recoded r using (person_id, year)
    left join deprived d using (person_id, year)
    left join ref.code u on u.code_set = 'UNREGULATED' and u.code = coalesce(r.PLACE, c.PLACE) and p.year between coalesce(u.first_year, p.year) and coalesce(u.last_year, p.year)
    where p.looked_after
)
select * from final
order by person_id, year
