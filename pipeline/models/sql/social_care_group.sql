-- model:   social_care_group
-- grain:   one row per person_id, year: a child or pupil in one of the groups that education figures compare, on 31 March
-- inputs:  population_year, cin_referral, cin_plan, stg_npd_cin, child, ref.year
-- columns:
--   person_id         VARCHAR  linked person; a pupil who was never looked after has no row in child
--   year              SMALLINT collection year; 31 March of it lies in the academic year that ends in it
--   social_care_group VARCHAR  CLA_12_months (looked after for 12 months), CPPO (protection plan, not looked after) or CINO (in need, neither of these)
--   la                VARCHAR  authority responsible
--   looked_after      BOOLEAN  on that day: true of CLA_12_months alone
--   in_returns        BOOLEAN  has a row in child
-- checks:  unique(person_id, year); looked_after = (social_care_group = 'CLA_12_months')
-- source:  indicator catalogue, social care group. In need: a referral open on 31 March, for which more followed. Those looked after for less than 12 months are in no group, nor those whom only the Department knows to be looked after
with
day as (
    select year, last_day from ref.year
),
need as (
    -- what a delivery leaves open was open on 31 March of its year; of later years it tells nothing
    select r.person_id, d.year, r.la, false as plan, 1 as rank
    from cin_referral r
    join day d on r.referred <= d.last_day and (r.closed > d.last_day or r.closed is null) and d.year <= r.year
    where not r.no_further_action
    union all
    select p.person_id, d.year, p.la, true, 1
    from cin_plan p
    join day d on p.start_date <= d.last_day and (p.end_date > d.last_day or p.end_date is null) and d.year <= p.year
    where p.kind = 'protection'
    union all
    select n.person_id, d.year, n.CIN_LA,
        coalesce(n.CPPstartDate <= d.last_day and (n.CPPendDate > d.last_day or n.CPPendDate is null), false), 2
    from (select s.* from stg_npd_cin s semi join (select la, year, max("load") as "load" from stg_npd_cin group by la, year) l on l.la = s.la and l.year = s.year and l."load" = s."load") n
    join day d on d.year = n.year and n.CINreferralDate <= d.last_day and (n.CINclosureDate > d.last_day or n.CINclosureDate is null)
    where n.person_id is not null and coalesce(n.ReferralNFA, 0) = 0 and coalesce(n.LookedAfter, 0) = 0
),
grouped as (
    select person_id, year, bool_or(plan) as plan, arg_min(la, (not plan, rank, la)) as la
    from need group by person_id, year
),
final as (
    select
        coalesce(y.person_id, g.person_id) as person_id,
        coalesce(y.year, g.year) as year,
        case when y.cla12 then 'CLA_12_months' when g.plan then 'CPPO' else 'CINO' end as social_care_group,
        case when y.cla12 then y.la else g.la end as la,
        coalesce(y.cla12, false) as looked_after,
        c.person_id is not null as in_returns
    from grouped g
    full join population_year y on y.person_id = g.person_id and y.year = g.year
    left join child c on c.person_id = coalesce(y.person_id, g.person_id)
    where y.cla12 or g.person_id is not null and not coalesce(y.looked_after, false)
)
select * from final
order by person_id, year
