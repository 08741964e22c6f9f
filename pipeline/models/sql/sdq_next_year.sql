-- model:   sdq_next_year
-- grain:   one row per person_id, year: a child aged 4 to 15 looked after on 31 March, and whether a high score was due a year later
-- inputs:  population_year, sdq, authority_group, ref.run
-- columns:
--   person_id VARCHAR  linked person
--   year      SMALLINT collection year
--   la        VARCHAR  authority responsible on 31 March
--   age_band  VARCHAR  4_7, 8_11 or 12_15 on 31 March
--   band      VARCHAR  normal, borderline or concern; not_scored without a score, whether one was due or not
--   next_high BOOLEAN  a year later looked after for 12 months, of the same authority or its successor, with a score of 17 or more; NULL for the last year
-- checks:  unique(person_id, year)
-- source:  SSDA903 Episodes and OC2. Those aged 4 to 15 are 5 to 16 a year later, when a score is due
with
final as (
    select
        p.person_id, p.year, p.la,
        case when p.age < 8 then '4_7' when p.age < 12 then '8_11' else '12_15' end as age_band,
        coalesce(s.band, 'not_scored') as band,
        case when p.year < r.last_year then coalesce(n.eligible and n.high and g.authority_group = h.authority_group, false) end as next_high
    from population_year p
    cross join ref.run r
    left join sdq s on s.person_id = p.person_id and s.year = p.year
    left join sdq n on n.person_id = p.person_id and n.year = p.year + 1
    left join authority_group g on g.la = p.la
    left join authority_group h on h.la = n.la
    where p.looked_after and p.age between 4 and 15
)
select * from final
order by person_id, year
