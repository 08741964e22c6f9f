-- model:   ind_sta09
-- grain:   a fact is a period of care that started in the year, and the first or the third move
-- inputs:  period_of_care, placement_move, child, ref.year
-- shape:   incidence
-- columns:
--   measure              VARCHAR move or way out, and days since entry: first_move_90d, third_move_90d, and first_exit_90d for leaving care before the move
--   breakdown            VARCHAR total, or what the periods are broken down by, as it was at entry. Regions have total, sex and uasc_status alone, authorities total and uasc_status
--   numerator            BIGINT  periods with the event within the days
--   denominator          BIGINT  periods of care that started in the year
-- checks:
-- source:  indicator catalogue, STA09. Leaving care competes with the move; a period whose end is lost goes out of view. Only what was known at entry breaks it down: the state on a later 31 March depends on who moved and left, so facts name no person
with
period as (
    select p.person_id, p.period_no, p.days, p.way_out, p.start_date, p.la_first as la, y.year,
        [{'breakdown': 'sex', 'category': c.sex}, {'breakdown': 'uasc_status', 'category': if(c.uasc, 'uasc', 'not_uasc')},
         {'breakdown': 'ethnicity_major', 'category': c.ethnicity_group}, {'breakdown': 'category_of_need', 'category': coalesce(p.CIN, 'unknown')},
         {'breakdown': 'entry_age_band', 'category': case when p.age_at_start is null then 'unknown' when p.age_at_start < 1 then 'under_1' when p.age_at_start < 5 then '1_4'
                                                          when p.age_at_start < 10 then '5_9' when p.age_at_start < 16 then '10_15' else '16_plus' end},
         {'breakdown': 'first_placement_type', 'category': p.placement_type_first}] as more
    from period_of_care p
    join ref.year y on p.start_date between y.first_day and y.last_day
    join child c using (person_id)
    where p.RNE = 'S'
),
waited as (
    select 'first' as measure, 1 as move_no union all select 'third', 3
)
select w.measure, null::varchar as person_id, p.year, p.la,
    coalesce(m.move_date - p.start_date, p.days) as days,
    case when m.person_id is not null then 'move' when p.way_out <> 'lost' then 'exit' end as event,
    p.more
from period p
cross join waited w
left join placement_move m on m.person_id = p.person_id and m.period_no = p.period_no and m.move_no = w.move_no
