-- Do SDQ scores change more than regression to the mean alone would make them, by placement type?
-- Tables: sdq_change (one row per person_id, year), population_year. Expected is the mean second score of all children of the same first score, age
-- group and years between; what is beyond is the change net of that.
-- Mind: below 0 is better than expected. A group that is most of all children sets its own expectation; REC05 leaves the group out of it.
with
pair as materialized (
    select s.first_score, s.SDQ_SCORE, s.change, s.years_between, p.age_group, p.placement_type
    from sdq_change s
    join population_year p using (person_id, year)
    where s.change is not null and p.cla12
),
alike as (
    select first_score, years_between, age_group, avg(SDQ_SCORE) as expected from pair group by all
)
select
    placement_type,
    count(*) as pairs,
    round(avg(first_score), 2) as first_score,
    round(avg(change), 2) as change,
    round(avg(SDQ_SCORE - expected), 2) as change_net,
    round(1.96 * stddev_samp(SDQ_SCORE - expected) / sqrt(count(*)), 2) as plus_or_minus
from pair
join alike using (first_score, years_between, age_group)
group by placement_type
order by pairs desc, placement_type;
