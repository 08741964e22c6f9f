-- How much school do children miss in the two years before and after they enter care?
-- Tables: pupil_term (one row per person_id, year, term), which counts terms from that of the first entry; child for the age at entry.
-- Mind: who entered at five has no terms before. So here are those who entered in the year of their 8th to 13th birthday, who are of school age on both
-- sides; even so not all have a row in every term, and extracts may begin after a term or end before it.
select
    t.terms_from_entry,
    count(*) as pupils,
    sum(t.sessions_possible) as sessions_possible,
    sum(t.sessions_absent) as sessions_absent,
    round(100 * sum(t.sessions_absent) / sum(t.sessions_possible), 2) as absence_per_cent
from pupil_term t
join child c using (person_id)
where t.terms_from_entry between -6 and 6 and t.sessions_possible > 0 and year(c.first_entry) - c.birth_year between 8 and 13
group by t.terms_from_entry
order by t.terms_from_entry;
