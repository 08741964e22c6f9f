-- model:   period_of_care
-- grain:   one row per person_id, period_no: unbroken time in care, over authorities
-- inputs:  episode_chain
-- columns:
--   person_id            VARCHAR  linked person
--   period_no            INTEGER  1 for the person's first
--   start_date           DATE     DECOM of its first episode
--   end_date             DATE     DEC of its last; NULL while open
--   seen_until           DATE     last day about which a return speaks
--   days                 INTEGER  days in care; an open period counts to the day after seen_until
--   RNE                  VARCHAR  of the first episode; anything but S means that the start was not seen, or a break in the chain
--   REC                  VARCHAR  of the last episode
--   way_out              VARCHAR  home_planned, home_unplanned, adoption, special_guardianship, residence_order, relatives, aged_out, other; lost when the return stopped speaking of the child; NULL while open
--   CIN                  VARCHAR  category of need of the first episode; a later change is a mistake
--   LS_first             VARCHAR  legal status at the start
--   PLACE_first          VARCHAR  placement at the start
--   placement_type_first VARCHAR  group of it, the first that is not temporary
--   la_first             VARCHAR  authority at the start
--   la_last              VARCHAR  authority at the end
--   transfers            SMALLINT times another authority took over within the period
--   episodes             SMALLINT number of episodes
--   age_at_start         SMALLINT completed years
--   age_at_end           SMALLINT completed years; NULL while open
--   start_break          VARCHAR  how the chain broke before it: exit_but_same_day, x1_with_gap, s_on_same_day; NULL for a plain start
--   end_break            VARCHAR  x1_without_successor when the last episode says that care went on and nothing follows
-- checks:  unique(person_id, period_no); days > 0; end_date is null or end_date > start_date
-- source:  SSDA903 guide, RNE and REC: from RNE S to the first REC other than X1. A transfer (REC E3, or an end that is lost where one authority succeeded another, then RNE S elsewhere within 7 days) goes on
with
chained as (
    select * from episode_chain
),
final as (
    select
        c.person_id,
        c.period_no,
        min(c.DECOM) as start_date,
        case when bool_or(c.is_last and c.DEC is null) then null else max(c.DEC) end as end_date,
        arg_max(c.seen_until, c.episode_no) as seen_until,
        (coalesce(case when bool_or(c.is_last and c.DEC is null) then null else max(c.DEC) end, arg_max(c.seen_until, c.episode_no) + 1) - min(c.DECOM))::integer as days,
        arg_min(c.RNE, c.episode_no) as RNE,
        max(c.REC) filter (where c.is_last) as REC,
        max(c.way_out) filter (where c.is_last) as way_out,
        arg_min(c.CIN, c.episode_no) filter (where c.CIN is not null) as CIN,
        arg_min(c.LS, c.episode_no) as LS_first,
        arg_min(c.PLACE, c.episode_no) as PLACE_first,
        coalesce(arg_min(c.placement_type, c.episode_no) filter (where c.placement_type <> 'temporary'), 'temporary') as placement_type_first,
        arg_min(c.la, c.episode_no) as la_first,
        arg_max(c.la, c.episode_no) as la_last,
        count(*) filter (where c.transfer)::smallint as transfers,
        count(*)::smallint as episodes,
        arg_min(c.AGE_AT_DECOM, c.episode_no) as age_at_start,
        max(c.AGE_AT_DEC) filter (where c.is_last) as age_at_end,
        max(c.start_break) as start_break,
        max(c.end_break) as end_break
    from chained c
    group by c.person_id, c.period_no
)
select * from final
order by person_id, period_no
