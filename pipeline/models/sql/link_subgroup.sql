-- model:   link_subgroup
-- grain:   one row per section, item, subgroup: who has a linked record and who has none
-- inputs:  child, episode
-- columns:
--   section  VARCHAR subgroup: share of the subgroup that is linked; std_difference: the subgroup's share among linked less that among unlinked, standardised
--   item     VARCHAR what was linked, and the dimension
--   subgroup VARCHAR group of the dimension
--   value    DOUBLE  share from 0 to 1, or standardised difference
--   note     VARCHAR what to know about it, with the number of children and a 95% interval
-- checks:  unique(section, item, subgroup); section in ('subgroup', 'std_difference'); section <> 'subgroup' or value between 0 and 1
-- source:  GUILD (Gilbert and others 2018): linked against unlinked; standardised differences as in Austin (2009)
with
firsts as (
    select person_id, arg_min(CIN, episode_no) as need, arg_min(placement_type, episode_no) as placement, arg_min(authority_group, episode_no) as authority
    from episode where not respite group by person_id
),
described as (
    select
        c.*,
        case
            when c.birth_year is null then 'unknown'
            when c.first_year - c.birth_year < 5 then 'under 5'
            when c.first_year - c.birth_year < 10 then '5 to 9'
            when c.first_year - c.birth_year < 16 then '10 to 15'
            else '16 and over'
        end as age,
        f.need, f.placement, f.authority
    from child c
    left join firsts f using (person_id)
),
-- counted by group first, as there are many children and few groups
combined as materialized (
    select age, sex, ethnicity_group, uasc, need, placement, authority,
        count(*) as children, count(*) filter (where linked_school) as school, count(*) filter (where linked_health) as health,
        count(*) filter (where linked_survey) as survey, count(*) filter (where linked_cin) as cin, count(*) filter (where child_keys > 1) as other
    from described
    group by all
),
grouped as (
    select *, 'age at first return' as dimension, age as subgroup from combined
    union all select *, 'sex', sex from combined
    union all select *, 'ethnicity', ethnicity_group from combined
    union all select *, 'asylum-seeking', case when uasc then 'yes' else 'no' end from combined
    union all select *, 'category of need', coalesce(need, 'no episode') from combined
    union all select *, 'first placement', coalesce(placement, 'no episode') from combined
    union all select *, 'first authority', coalesce(authority, 'no episode') from combined
),
summed as (
    select dimension, subgroup, sum(children)::bigint as children, sum(school)::bigint as school, sum(health)::bigint as health,
        sum(survey)::bigint as survey, sum(cin)::bigint as cin, sum(other)::bigint as other
    from grouped
    group by all
),
counted as materialized (
    select t.target as target, dimension, subgroup, children, t.linked as linked
    from (
        select *, unnest([
            {'target': 'school', 'linked': school},
            {'target': 'health', 'linked': health},
            {'target': 'survey', 'linked': survey},
            {'target': 'children in need', 'linked': cin},
            {'target': 'another authority or number', 'linked': other}
        ]) as t
        from summed)
),
totals as (
    select target, sum(children)::bigint as children, sum(linked)::bigint as linked from counted where dimension = 'sex' group by target
),
shares as (
    select
        c.*, s.linked as all_linked, s.children - s.linked as all_unlinked,
        c.linked / s.linked as p1, (c.children - c.linked) / (s.children - s.linked) as p0
    from counted c
    join totals s using (target)
    where s.linked > 0 and s.linked < s.children
),
differences as (
    select *, (p1 - p0) / sqrt((p1 * (1 - p1) + p0 * (1 - p0)) / 2) as d
    from shares
    where p1 * (1 - p1) + p0 * (1 - p0) > 0
),
final as (
    select
        'subgroup' as section, target || ': ' || dimension as item, subgroup, linked / children as value,
        format('share of children who are linked, {} of {}', linked, children) as note
    from shares
    union all
    select
        'std_difference', target || ': ' || dimension, subgroup, d,
        format('linked less unlinked, standardised; 95% interval {:.2f} to {:.2f}', d - 1.96 * e, d + 1.96 * e)
    from (
        select *, sqrt((all_linked + all_unlinked) / (all_linked * all_unlinked) + d * d / (2 * (all_linked + all_unlinked))) as e
        from differences
    )
)
select * from final
order by section, item, subgroup
