-- model:   review
-- grain:   one row per person_id, review_date: a review of the child's plan
-- inputs:  stg_reviews, ref.year
-- columns:
--   person_id   VARCHAR  linked person
--   review_date DATE     day of the review
--   year        SMALLINT collection year of that day; NULL when no return is of that year
--   la          VARCHAR  authority that has the last word
--   age_4       BOOLEAN  the child was 4 or over. Where the review was held in the month of the fourth birthday, or the month of birth isn't known, REVIEW_CODE tells
--   REVIEW_CODE VARCHAR  how the child took part
--   voice       BOOLEAN  the child's views were heard, from the child or an advocate: PN1, PN2, PN3, PN5, PN6; NULL for PN0 (under 4) and where not told
-- checks:  unique(person_id, review_date); age_4 is not null
-- source:  SSDA903 Reviews; the later return wins
with
last_load as (
    select s.* from stg_reviews s
    semi join (select la, year, max("load") as "load" from stg_reviews group by la, year) l on l.la = s.la and l.year = s.year and l."load" = s."load"
),
word as (
    select *, 12 * (year(REVIEW) - birth_year) + month(REVIEW) - birth_month as months
    from last_load
    where person_id is not null and REVIEW is not null
    qualify row_number() over (partition by person_id, REVIEW order by year desc, REVIEW_CODE is null, la, child_key, file desc, "row" desc) = 1
),
final as (
    select
        w.person_id, w.REVIEW as review_date, y.year, w.la,
        case when w.months > 48 then true when w.months < 48 then false else w.REVIEW_CODE is distinct from 'PN0' end as age_4,
        w.REVIEW_CODE,
        case when w.REVIEW_CODE <> 'PN0' then w.REVIEW_CODE in ('PN1', 'PN2', 'PN3', 'PN5', 'PN6') end as voice
    from word w
    left join ref.year y on w.REVIEW between y.first_day and y.last_day
)
select * from final
order by person_id, review_date
