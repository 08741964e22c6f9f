-- model:   area_wait
-- grain:   one row per geographic_level, area_code, counted_by: referrals of looked-after children in the last three years, taken together
-- inputs:  care_referral, area_member, health_area, ref.run
-- columns:
--   geographic_level VARCHAR  National, Health area or Local authority
--   area_code        VARCHAR  as in area_member
--   area_name        VARCHAR  its name
--   counted_by       VARCHAR  responsible: by the authority responsible; home: by the health area in which the child lived
--   first_year       SMALLINT collection year of the first referrals
--   last_year        SMALLINT and of the last
--   referrals        BIGINT   referrals received while the child was looked after
--   refused          BIGINT   of them, refused
--   duplicate        BIGINT   of those refused, because there was one already
--   another_service  BIGINT   because another service was the right one
--   incomplete       BIGINT   because something was missing
--   other            BIGINT   for another reason
--   not_given        BIGINT   without a reason
--   counted          BIGINT   referrals whose wait counts: to a service for children, not refused, aged 0 to 17, no hospital stay, with a known state
--   seen             BIGINT   of them, followed by an attended contact
--   waiting          BIGINT   of them, still waiting at the end of the last delivery that speaks of it
--   closed_unseen    BIGINT   of them, closed before anybody was seen
--   wait_median      DOUBLE   days to the first attended contact, of those seen
--   wait_p90         DOUBLE   days within which nine in ten of those seen were seen
-- checks:  unique(geographic_level, area_code, counted_by); seen + waiting + closed_unseen = counted; duplicate + another_service + incomplete + other + not_given = refused
-- source:  indicator catalogue, REC10 and REC11. Three years, since few areas have referrals enough in one
with
recent as (
    select r.*, u.last_year, greatest(u.first_year, u.last_year - 2)::smallint as first_year
    from care_referral r
    cross join ref.run u
    where r.year between u.last_year - 2 and u.last_year
),
named as (
    select sub_icb, arg_max(sub_icb_name, (valid_from is not null, valid_from, la)) as sub_icb_name from health_area group by sub_icb
),
placed as (
    select m.geographic_level, m.area_code, m.area_name, 'responsible' as counted_by, r.*
    from recent r
    join area_member m using (la, year)
    union all
    select 'Health area', n.sub_icb, n.sub_icb_name, 'home', r.*
    from recent r
    join named n using (sub_icb)
),
final as (
    select
        geographic_level, area_code, min(area_name) as area_name, counted_by, min(first_year) as first_year, min(last_year)::smallint as last_year,
        count(*) as referrals,
        count(*) filter (where rejected) as refused,
        count(*) filter (where reject_reason = 'duplicate') as duplicate,
        count(*) filter (where reject_reason = 'another_service') as another_service,
        count(*) filter (where reject_reason = 'incomplete') as incomplete,
        count(*) filter (where reject_reason = 'other') as other,
        count(*) filter (where reject_reason = 'not_given') as not_given,
        count(*) filter (where counted and outcome is not null) as counted,
        count(*) filter (where counted and outcome = 'seen') as seen,
        count(*) filter (where counted and outcome = 'waiting') as waiting,
        count(*) filter (where counted and outcome = 'closed_unseen') as closed_unseen,
        quantile_cont(wait_days, 0.5) filter (where counted)::double as wait_median,
        quantile_cont(wait_days, 0.9) filter (where counted)::double as wait_p90
    from placed
    group by geographic_level, area_code, counted_by
)
select * from final
order by geographic_level, area_code, counted_by
