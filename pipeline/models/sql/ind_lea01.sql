-- model:   ind_lea01
-- grain:   a fact is a care leaver and an activity
-- inputs:  care_leaver_year
-- shape:   ratio
-- columns:
--   measure              VARCHAR eet, neet and not_known, each for ages 17_18 and 19_21
--   numerator            BIGINT  young people with the activity
--   denominator          BIGINT  young people of the age in the return, less those who died or returned home
--   coverage_numerator   BIGINT  young people whose activity is known
-- checks:
-- source:  indicator catalogue, LEA01. Those who refuse contact, need no services or are not in touch stay in
with
item as (
    select unnest(['eet', 'neet', 'not_known']) as activity
),
leaver as (
    select year, la, person_id, activity, age_group, [{'breakdown': 'age', 'category': age::varchar}] as more
    from care_leaver_year
    where in_base and age_group in ('17_18', '19_21')
)
select i.activity || '_' || l.age_group as measure, l.year, l.la, l.person_id,
    (l.activity = i.activity)::integer as numerator, 1 as denominator,
    (l.activity <> 'not_known')::integer as coverage_numerator, 1 as coverage_denominator, l.more
from leaver l
cross join item i
