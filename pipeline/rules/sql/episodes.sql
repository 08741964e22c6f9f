-- Episodes with their neighbours and with the child's open episode of last year.
create or replace table Episodes as
select r.*{child},
    o.n, coalesce(o.n_last, false) as n_last,
    p.row_id is not null as has_prev, q.row_id is not null as has_next, p2.row_id is not null as has_prev2,
    p2.PLACE as prev2_PLACE, p2.PL_POST as prev2_PL_POST,
    coalesce(r.LS in ('V3', 'V4'), false) as short,
    coalesce(r.PLACE in ('T0', 'T1', 'T2', 'T3', 'T4'), false) as temp,
    coalesce(r.PLACE in ('A3', 'A4', 'A5', 'A6'), false) as adopt,
    coalesce(r.REC <> 'X1', false) as left_care,
    coalesce(w.DECOM is not null and w.DEC is null, false) as was_open
    {prev}{next}{was}
from raw_Episodes r
left join child c on c.la = r.la and c.CHILD = r.CHILD
left join episode_order o on o.row_id = r.row_id
left join raw_Episodes p on p.row_id = o.prev_id
left join raw_Episodes q on q.row_id = o.next_id
left join raw_Episodes p2 on p2.row_id = o.prev2_id
left join last_episode w on w.la = r.la and w.CHILD = r.CHILD;
