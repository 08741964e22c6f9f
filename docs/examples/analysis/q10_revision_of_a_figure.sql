-- How did the number of children who ceased to be looked after change as later returns came in?
-- Tables: restatement (one row per measure, year, la, return_year): the figure as first sent, and each return that changed it.
-- Mind: these are children by the returns so far, and no released figures: the revision table of the publication database tells what readers once saw.
select
    year,
    sum(n) filter (where return_year = year) as first_sent,
    sum(n - coalesce(n_before, 0)) as as_of_now,
    sum(n - n_before) as revision,
    round(100 * sum(n - n_before) / nullif(sum(n) filter (where return_year = year), 0), 2) as revision_per_cent,
    count(distinct la) filter (where return_year > year) as authorities_revised
from restatement
where measure = 'ceased'
group by year
order by year;
