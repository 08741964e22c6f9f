-- model:   placed_on_31_march
-- grain:   one row per person_id, year of a child looked after on 31 March: where the placement of that day lies and what kind it is
-- inputs:  episode, episode_return, population_year, dolo_spell, ref.authority, ref.code, ref.year
-- columns:
--   person_id        VARCHAR  linked person
--   year             SMALLINT collection year
--   la               VARCHAR  authority responsible
--   PLACE            VARCHAR  placement, in a code that the year knows; NULL when the return doesn't say
--   PL_LOCATION      VARCHAR  IN or OUT of the responsible authority; IN too where its successor has the placement, since postcodes are looked up in today's areas; NULL when the postcode is not known
--   PL_DISTANCE_BAND VARCHAR  within_20_miles or over_20_miles of home; NULL when either postcode is not known
--   secure           BOOLEAN  secure children's home
--   deprived         BOOLEAN  under a deprivation of liberty order; false before the return of 2027, which is the first to ask
--   unregulated      BOOLEAN  in a placement of code set UNREGULATED in the years that the set gives
-- checks:  unique(person_id, year)
-- source:  indicator catalogue, SAF04 and SAF05. An open placement gets a new code when codes change: what the year's own return called it stands for the year
with
spread as (
    -- each 31 March on which an episode was open, as population_year has it
    select *, unnest(range(year(DECOM) + (month(DECOM) >= 4)::integer, year(coalesce(DEC, seen_until)) + (month(coalesce(DEC, seen_until)) >= 4)::integer + 1))::smallint as year
    from episode
    where not respite
),
current as (
    select s.person_id, s.year, s.placement_type, s.PL_DISTANCE_BAND,
        case when list_contains(a.successors, s.PL_LA) then 'IN' else s.PL_LOCATION end as PL_LOCATION,
        case when k.first_year > s.year then coalesce(r.PLACE, s.PLACE) else s.PLACE end as PLACE
    from spread s
    join ref.year y on y.year = s.year and (s.DEC is null or s.DEC > y.last_day)
    left join ref.code k on k.code_set = 'PLACE' and k.code = s.PLACE
    left join ref.authority a on a.ons_code = s.la
    left join episode_return r on r.person_id = s.person_id and r.authority_group = s.authority_group and r.DECOM = s.DECOM and r.year = s.year
    qualify row_number() over (partition by s.person_id, s.year order by s.episode_no desc) = 1
),
deprived as (
    select distinct d.person_id, y.year
    from dolo_spell d
    join ref.year y on d.start_date <= y.last_day and coalesce(d.end_date, d.seen_until) >= y.last_day
),
final as (
    select
        p.person_id, p.year, p.la, c.PLACE, c.PL_LOCATION, c.PL_DISTANCE_BAND,
        coalesce(c.placement_type = 'secure', false) as secure,
        d.person_id is not null as deprived,
        u.code is not null as unregulated
    from population_year p
    join current c using (person_id, year)
    left join deprived d using (person_id, year)
    left join ref.code u on u.code_set = 'UNREGULATED' and u.code = c.PLACE and p.year between coalesce(u.first_year, p.year) and coalesce(u.last_year, p.year)
    where p.looked_after
)
select * from final
order by person_id, year
