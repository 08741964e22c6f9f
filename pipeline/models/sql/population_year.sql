-- model:   population_year
-- grain:   one row per person_id, year with any episode in the year: the base of the indicators
-- inputs:  episode, episode_return, period_of_care, placement, child, place_type, ref.year
-- columns:
--   person_id       VARCHAR  linked person
--   year            SMALLINT collection year
--   la              VARCHAR  authority responsible in that year: on 31 March, or at the last episode
--   looked_after    BOOLEAN  on 31 March, respite left out
--   cla12           BOOLEAN  looked after on every day of the year and on 31 March, without respite
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
overlap as (
    select
        e.*, y.year, y.first_day, y.last_day,
        not e.respite and (e.DEC is null or e.DEC > y.last_day) as current,
        case when e.respite then 0
             else greatest(0, least(coalesce(e.DEC, y.last_day + 1), y.last_day + 1) - greatest(e.DECOM, y.first_day)) end as days_in_year
    from episode e
    join ref.year y on e.DECOM <= y.last_day and (e.DEC >= y.first_day or (e.DEC is null and e.seen_until >= y.last_day))
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
        arg_max(episode_no, (current, not respite, episode_no)) as episode_no
    from overlap
    group by person_id, year
),
stays as (
    select p.person_id, y.year, count(*) as placements
    from placement p
    join ref.year y on p.start_date <= y.last_day and (p.end_date > y.first_day or (p.end_date is null and p.seen_until >= y.last_day))
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
        q.period_no, q.start_date as period_start,
        case when q.RNE = 'S' then date_sub('year', q.start_date, make_date(s.year::bigint, 3, 31)) end::smallint as years_in_care
    from summed s
    join episode e using (person_id, episode_no)
    join ref.year y on y.year = s.year
    left join episode_return r on r.person_id = s.person_id and r.authority_group = e.authority_group and r.DECOM = e.DECOM and r.year = s.year
    left join period_of_care q on q.person_id = s.person_id and s.looked_after and q.start_date <= y.last_day and (q.end_date is null or q.end_date > y.last_day)
    left join stays p on p.person_id = s.person_id and p.year = s.year
    left join place_type t on t.PLACE = e.PLACE
    join child c on c.person_id = s.person_id
)
select * from final
order by person_id, year
