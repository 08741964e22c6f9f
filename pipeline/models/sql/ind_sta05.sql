-- model:   ind_sta05
-- grain:   a fact is a move to another carer of a child of 4 or over
-- inputs:  placement_move, review, stg_reviews, authority_group, ref.parameter
-- shape:   ratio
-- columns:
--   measure              VARCHAR always empty: one figure
--   numerator            BIGINT  of them, moves without a review around them at which the child's views were heard
--   denominator          BIGINT  moves to another carer whose days around are in years of which the authority sent reviews
--   coverage_denominator BIGINT  moves to another carer
-- checks:
-- source:  indicator catalogue, STA05, which has the days before and after. A move near the end of the last return is not judged: a review soon after it is in no return yet
with
around as (
    select max(value) filter (where parameter = 'before_days')::integer as before_days,
        max(value) filter (where parameter = 'after_days')::integer as after_days
    from ref.parameter
    where indicator_id = 'STA05'
),
told as (
    select distinct coalesce(g.authority_group, r.la) as authority_group, r.year
    from stg_reviews r
    left join authority_group g on g.la = r.la
),
move as (
    select m.person_id, m.placement_no, m.year, m.la, coalesce(g.authority_group, m.la) as authority_group,
        m.move_date - a.before_days as from_day, m.move_date + a.after_days as to_day
    from placement_move m
    cross join around a
    left join authority_group g on g.la = m.la
    where m.carer_move and m.year is not null and m.age >= 4
),
heard as (
    select distinct m.person_id, m.placement_no
    from move m
    join review r on r.person_id = m.person_id and r.review_date between m.from_day and m.to_day
    where r.voice
),
judged as (
    select m.*, h.person_id is not null as heard, b.year is not null and e.year is not null as known
    from move m
    left join heard h using (person_id, placement_no)
    left join told b on b.authority_group = m.authority_group and b.year = year(m.from_day) + (month(m.from_day) >= 4)::integer
    left join told e on e.authority_group = m.authority_group and e.year = year(m.to_day) + (month(m.to_day) >= 4)::integer
)
select '' as measure, person_id, year, la, (known and not heard)::integer as numerator, known::integer as denominator,
    known::integer as coverage_numerator, 1 as coverage_denominator
from judged
