-- Where has one person lived in care, in order, and how long after first entry did each placement begin?
-- Tables: placement (one row per person_id, placement_no), child for the first entry. Put a person_id of your own in "who".
-- Mind: an open placement counts days to the end of the last return; REASON_PLACE_CHANGE says why a placement ended.
with
who as (
    -- one who stayed long, of those whose entry was seen
    select person_id from care_exit order by days desc, person_id limit 1
)
select
    p.placement_no,
    p.period_no,
    p.start_date,
    p.end_date,
    p.days,
    date_diff('month', c.first_entry, p.start_date) as months_since_entry,
    p.placement_type,
    p.PLACE_PROVIDER,
    p.la,
    p.RNE,
    p.REASON_PLACE_CHANGE
from placement p
join child c using (person_id)
where p.person_id = (select person_id from who)
order by p.placement_no;
