-- What share of care leavers are in education, employment or training around their 19th birthday, by their last placement in care?
-- Tables: care_leaver_year (one row per person_id, year). Base: those who neither died nor returned home, activity unknown included, as published.
-- Mind: a low share may be one of knowledge: read it beside not_known.
select
    placement_type as last_placement,
    count(*) as care_leavers,
    round(100 * count(*) filter (where activity = 'eet') / count(*), 1) as eet_per_cent,
    round(100 * count(*) filter (where activity = 'neet') / count(*), 1) as neet_per_cent,
    round(100 * count(*) filter (where activity = 'not_known') / count(*), 1) as not_known_per_cent
from care_leaver_year
where age = 19 and in_base
group by placement_type
order by care_leavers desc, last_placement;
