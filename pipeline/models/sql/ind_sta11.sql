-- model:   ind_sta11
-- grain:   a fact is a child of school age looked after on 31 March
-- inputs:  population_year, period_of_care, child, school_spell, school_move, ref.year
-- shape:   ratio
-- columns:
--   measure              VARCHAR always empty: one figure
--   numerator            BIGINT  of them, children with a move of school outside 1 August to 30 September, after they came into care
--   denominator          BIGINT  children aged 5 to 15 on 31 August, looked after on 31 March and found in a school census of the year
--   coverage_denominator BIGINT  the same, whether found or not
-- checks:
-- source:  indicator catalogue, STA11. The censuses of the year are those of summer, autumn and spring; a year without all three has no figure. Found means linked. A first census entry is a move from no school
with
spell as materialized (
    -- terms are counted: three a year
    select *, 3 * first_year + case first_term when 'AUT' then 0 when 'SPR' then 1 else 2 end as from_nth,
        3 * last_year + case last_term when 'AUT' then 0 when 'SPR' then 1 else 2 end as to_nth
    from school_spell
),
told as (
    select y.year, y.first_day, y.last_day
    from ref.year y
    cross join (select min(from_nth) as from_nth, max(to_nth) as to_nth from spell) s
    where s.from_nth <= 3 * y.year - 1 and s.to_nth >= 3 * y.year + 1
),
pupil as materialized (
    select p.person_id, p.year, p.la, t.first_day, t.last_day
    from population_year p
    join told t using (year)
    join child c using (person_id)
    where p.looked_after and p.year - 1 - c.birth_year - (c.birth_month > 8)::integer between 5 and 15
),
entered as (
    select p.person_id, p.year, min(greatest(q.start_date, p.first_day)) as since
    from pupil p
    join period_of_care q on q.person_id = p.person_id and q.start_date <= p.last_day and (q.end_date is null or q.end_date > p.first_day)
    group by p.person_id, p.year
),
found as (
    select distinct p.person_id, p.year
    from pupil p
    join spell s on s.person_id = p.person_id and s.from_nth <= 3 * p.year + 1 and s.to_nth >= 3 * p.year - 1
),
moved as (
    select distinct e.person_id, e.year
    from entered e
    join school_move m on m.person_id = e.person_id and m.year = e.year
    where m.mid_year and m.move_date >= e.since
)
select '' as measure, p.person_id, p.year, p.la, (f.person_id is not null and m.person_id is not null)::integer as numerator,
    (f.person_id is not null)::integer as denominator, 1 as coverage_denominator
from pupil p
left join found f using (person_id, year)
left join moved m using (person_id, year)
