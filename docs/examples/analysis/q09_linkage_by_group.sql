-- Does linkage find fewer records of some groups than of others?
-- Tables: link_quality (against known truth, where the population is invented), child (which share has a record of each kind).
-- Mind: a low share may be true: not every child sees mental health services. Recall needs truth; of real data there is none, and the shares remain.
with
shares as (
    select ethnicity_group, avg(linked_school::integer) as school, avg(linked_health::integer) as health, avg(linked_hospital::integer) as hospital,
        avg(linked_survey::integer) as survey, avg(linked_cin::integer) as cin
    from child
    group by ethnicity_group
)
select 'recall against truth' as figure, item as what, subgroup as of_whom, round(value, 4) as value
from link_quality
where section = 'evaluation' and item like '%: recall'
union all
select 'share of children with a record', what, ethnicity_group, round(share, 4)
from (unpivot shares on school, health, hospital, survey, cin into name what value share)
order by figure, what, of_whom;
