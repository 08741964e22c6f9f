-- model:   person_month
-- grain:   one row per person_id, month_no: the state at the end of a month, from the month of the first entry, for five years
-- inputs:  child, episode, period_of_care, missing_spell, ref.run
-- columns:
--   person_id  VARCHAR  linked person
--   month_no   SMALLINT months since the first entry: 0 for its calendar month, to 60
--   month      DATE     first day of the month
--   state      VARCHAR  kinship_foster, other_foster, childrens_home, secure, semi_independent, adoptive, with_parents, residential_other, missing; after care home, adopted, guardianship, aged_out or not_in_care
--   age        SMALLINT completed years at the end of the month
--   months_out SMALLINT months since care ended: 0 for the month in which it did; NULL in care
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
        1 as rank, seen_until
    from episode where not respite
    union all
    select person_id, end_date,
        case when way_out in ('home_planned', 'home_unplanned') then 'home'
             when way_out = 'adoption' then 'adopted'
             when way_out in ('special_guardianship', 'residence_order') then 'guardianship'
             when way_out = 'aged_out' then 'aged_out'
             when way_out <> 'lost' then 'not_in_care' end,
        0, null
    from period_of_care where end_date is not null
),
daily as (
    -- where one period ends on the day on which an episode starts, the episode has the word; an end that is lost has none
    select person_id, day, max(rank::varchar || coalesce(state, '')) as word, max(seen_until) as seen_until
    from states group by person_id, day
),
spell as (
    -- months are counted from year 0; a state holds the end of its own month and of all before the next state's, care as long as a return speaks of it
    select d.person_id, nullif(substr(d.word, 2), '') as state, d.word[1] = '1' as in_care, year(d.day) * 12 + month(d.day) - 1 as from_month,
        coalesce(lead(year(d.day) * 12 + month(d.day) - 1) over (partition by d.person_id order by d.day),
            year(d.seen_until) * 12 + month(d.seen_until), r.last_year * 12 + 3) as until_month
    from daily d
    cross join ref.run r
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
    select s.person_id, s.state, s.in_care, a.months, s.from_month, c.first_month, least(s.until_month, c.first_month + 61) - s.from_month as length, c.birth_at, c.place
    from spell s
    join (
        select person_id, year(first_entry) * 12 + month(first_entry) - 1 as first_month, birth_year * 12 + birth_month - 1 as birth_at, row_number() over (order by person_id) as place
        from child where first_entry is not null
    ) c using (person_id)
    left join away a using (person_id)
    where s.state is not null
),
-- the months of a stay of so many: a join by the length unfolds whole columns of rows at once, which a list of months for each stay does not
step as (
    select length, unnest(range(length)) as step from (select unnest(range(1, 62)) as length)
),
final as (
    select c.person_id, (c.from_month + s.step - c.first_month)::smallint as month_no,
        make_date((c.from_month + s.step) // 12, (c.from_month + s.step) % 12 + 1, 1) as month,
        case when c.in_care and list_contains(c.months, c.from_month + s.step) then 'missing' else c.state end as state,
        ((c.from_month + s.step - c.birth_at) // 12)::smallint as age,
        case when not c.in_care then s.step end::smallint as months_out,
        c.place
    from counted c
    join step s using (length)
)
select * exclude (place) from final
order by place, month_no
