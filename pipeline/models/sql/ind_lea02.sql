-- model:   ind_lea02
-- grain:   a fact is a care leaver and what is known of the accommodation
-- inputs:  care_leaver_year
-- shape:   ratio
-- columns:
--   measure              VARCHAR suitable, unsuitable and not_known, each for ages 17_18 and 19_21
--   numerator            BIGINT  young people whose accommodation is so
--   denominator          BIGINT  young people of the age in the return, less those who died, returned home, went abroad, were deported or whose residence is not known
--   coverage_numerator   BIGINT  young people of whom it is known whether it is suitable
-- checks:
-- source:  indicator catalogue, LEA02. Its base is smaller than that of LEA01; who is there without information on the accommodation stays in
with
item as (
    select unnest(['suitable', 'unsuitable', 'not_known']) as accommodation
),
leaver as (
    select *, case suitable when true then 'suitable' when false then 'unsuitable' else 'not_known' end as accommodation,
        [{'breakdown': 'age', 'category': age::varchar}] as more
    from care_leaver_year
    where in_base and age_group in ('17_18', '19_21') and coalesce(left(ACCOM, 1) not in ('G', 'H', 'R'), true)
)
select i.accommodation || '_' || l.age_group as measure, l.person_id, l.year, l.la,
    (l.accommodation = i.accommodation)::integer as numerator, 1 as denominator,
    (l.accommodation <> 'not_known')::integer as coverage_numerator, l.more
from leaver l
cross join item i
