-- How long do looked-after children wait for a first contact with mental health services, by authority, in the last three years?
-- Tables: care_referral (one row per person_id, referral_no), authority for names. Base: referrals whose wait counts.
-- Mind: the median of those seen looks shorter than the wait is, as those who still wait are left out; so they are beside it.
select
    r.la,
    a.la_name,
    count(*) as referrals,
    count(*) filter (where r.outcome = 'seen') as seen,
    count(*) filter (where r.outcome = 'waiting') as waiting,
    count(*) filter (where r.outcome = 'closed_unseen') as closed_unseen,
    round(median(r.wait_days), 1) as median_days,
    round(quantile_cont(r.wait_days, 0.9), 1) as nine_in_ten_within_days
from care_referral r
left join authority a on a.ons_code = r.la
where r.counted and r.outcome is not null and r.year > (select last_year from vintage) - 3
group by r.la, a.la_name
order by median_days desc nulls last, r.la;
