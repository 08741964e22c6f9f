-- How many children are there by completed years in care and band of the SDQ score, on the last 31 March?
-- Tables: sdq (one row per person_id, year). Base: eligible children, aged 5 to 16 and looked after for 12 months.
-- Mind: years_in_care is NULL where the start of the period of care was not seen; without a score there is no band.
select
    years_in_care,
    count(*) filter (where band = 'normal') as normal,
    count(*) filter (where band = 'borderline') as borderline,
    count(*) filter (where band = 'concern') as concern,
    count(*) filter (where band is null) as not_scored,
    round(100 * count(*) filter (where band = 'concern') / nullif(count(band), 0), 1) as concern_per_cent
from sdq
where eligible and year = (select last_year from vintage)
group by years_in_care
order by years_in_care nulls last;
