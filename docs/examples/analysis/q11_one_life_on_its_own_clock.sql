-- What happened to one person, in months since first entry and since last leaving care?
-- Tables: timeline (one row per person_id, event_no), child for the first entry, period_of_care for the last end before an event.
-- Mind: months are counted between calendar months. Yearly facts stand at 31 March or 31 August, whenever in the year they were true.
with
who as (
    -- one who came back into care, with a first entry that was seen
    select person_id from return_home join child using (person_id) where re_entry is not null and first_entry is not null order by person_id limit 1
),
life as (
    select * from timeline where person_id = (select person_id from who)
),
ends as (
    select person_id, end_date from period_of_care where person_id = (select person_id from who) and end_date is not null
)
select
    l.date,
    date_diff('month', c.first_entry, l.date) as months_since_entry,
    date_diff('month', e.end_date, l.date) as months_since_leaving,
    l.event,
    l.detail
from life l
join child c using (person_id)
asof left join ends e on e.person_id = l.person_id and e.end_date <= l.date
order by l.event_no;
