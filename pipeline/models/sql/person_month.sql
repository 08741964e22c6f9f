-- model:   person_month
-- grain:   one row per person_id, month_no: the state at the end of a month, from the month of the first entry, for five years
-- inputs:  child, episode, period_of_care, missing_spell, ref.run
-- columns:
--   person_id VARCHAR  linked person
--   month_no  SMALLINT 0 for the calendar month of the first entry, to 60
--   month     DATE     first day of the month
--   state     VARCHAR  kinship_foster, other_foster, childrens_home, secure, semi_independent, adoptive, with_parents, residential_other, missing; after care home, adopted, guardianship, aged_out or not_in_care
-- checks:  unique(person_id, month_no); state is not null
-- source:  children whose first entry was seen; episodes on the last day of the month; a person in care and missing on that day is missing
with
span as (
    select c.person_id, date_trunc('month', c.first_entry)::date as start,
        least(60, (r.last_year::bigint * 12 + 3) - (year(c.first_entry) * 12 + month(c.first_entry))) as months
    from child c
    cross join ref.run r
    where c.first_entry is not null
),
grid as (
    select person_id, n::smallint as month_no, (start + to_months(n::integer))::date as month,
        (start + to_months(n::integer + 1))::date - 1 as last_day
    from (select *, unnest(range(months + 1)) as n from span where months >= 0)
),
states as (
    select person_id, DECOM as day,
        case placement_type when 'foster_relative' then 'kinship_foster'
             when 'foster_other' then 'other_foster'
             when 'residential' then 'childrens_home'
             when 'secure' then 'secure'
             when 'semi_independent' then 'semi_independent'
             when 'independent' then 'semi_independent'
             when 'adoption' then 'adoptive'
             when 'parents' then 'with_parents'
             else 'residential_other' end as state,
        1 as rank
    from episode where not respite
    union all
    select person_id, end_date,
        case when way_out in ('home_planned', 'home_unplanned') then 'home'
             when way_out = 'adoption' then 'adopted'
             when way_out in ('special_guardianship', 'residence_order') then 'guardianship'
             when way_out = 'aged_out' then 'aged_out'
             else 'not_in_care' end,
        0
    from period_of_care where end_date is not null
),
-- Of an end and a new start on one day, the start stands.
daily as (
    select person_id, day, arg_max(state, (rank, state)) as state, max(rank) as in_care
    from states group by person_id, day
),
placed as (
    select g.person_id, g.month_no, g.month, g.last_day, d.state, d.in_care
    from grid g
    asof join daily d on d.person_id = g.person_id and d.day <= g.last_day
),
away as (
    select distinct p.person_id, p.month_no
    from placed p
    join missing_spell m on m.person_id = p.person_id and m.start_date <= p.last_day and coalesce(m.end_date, m.seen_until) >= p.last_day
    where p.in_care = 1
),
final as (
    select p.person_id, p.month_no, p.month, case when a.person_id is null then p.state else 'missing' end as state
    from placed p
    left join away a using (person_id, month_no)
)
select * from final
order by person_id, month_no
