-- model:   person_month
-- grain:   one row per person_id, month_no: the state at the end of a month, from the month of the first entry, for five years
-- inputs:  child, episode, period_of_care, missing_spell, ref.run
-- columns:
--   person_id VARCHAR  linked person
--   month_no  SMALLINT 0 for the calendar month of the first entry, to 60
--   month     DATE     first day of the month
--   state     VARCHAR  kinship_foster, other_foster, childrens_home, secure, semi_independent, adoptive, with_parents, residential_other, missing; after care home, adopted, guardianship, aged_out or not_in_care
-- checks:  unique(person_id, month_no); state is not null
-- source:  children whose first entry was seen; episodes on the last day of the month; a person in care and missing on that day is missing. After an end that is lost nothing is known, and there is no row
with
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
             when way_out <> 'lost' then 'not_in_care' end,
        0
    from period_of_care where end_date is not null
),
-- Of an end and a new start on one day, the start stands.
daily as (
    select person_id, day, arg_max(state, (rank, state)) as state, max(rank) as in_care
    from states group by person_id, day
),
spell as (
    -- months are counted from year 0; a state holds the end of its own month and of all before the next state's
    select d.*, year(d.day) * 12 + month(d.day) - 1 as from_month,
        coalesce(lead(year(d.day) * 12 + month(d.day) - 1) over (partition by d.person_id order by d.day), (select last_year * 12 + 3 from ref.run)) as until_month
    from daily d
),
away as (
    -- the months at whose end a person was missing
    select person_id, list_distinct(flatten(list(range(
        year(start_date) * 12 + month(start_date) - 1,
        year(last_day + 1) * 12 + month(last_day + 1) - 1)))) as months
    from (select person_id, start_date, coalesce(end_date, seen_until) as last_day from missing_spell)
    group by person_id
),
counted as (
    select s.person_id, s.state, s.in_care = 1 as in_care, s.from_month, s.until_month, year(c.first_entry) * 12 + month(c.first_entry) - 1 as first_month, a.months
    from spell s
    join child c using (person_id)
    left join away a using (person_id)
    where c.first_entry is not null and s.state is not null
    -- a state becomes its months in this order, so that the many months need no sorting
    order by s.person_id, s.from_month
),
placed as (
    select person_id, state, in_care, first_month, months, unnest(range(from_month, least(until_month, first_month + 61))) as at
    from counted
),
final as (
    select person_id, (at - first_month)::smallint as month_no, make_date(at // 12, at % 12 + 1, 1) as month,
        case when in_care and list_contains(months, at) then 'missing' else state end as state
    from placed
)
select * from final
