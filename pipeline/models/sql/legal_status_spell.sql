-- model:   legal_status_spell
-- grain:   one row per person_id, spell_no: a run of episodes with one legal status in a period of care
-- inputs:  episode_chain
-- columns:
--   person_id  VARCHAR linked person
--   spell_no   INTEGER 1 for the person's first
--   period_no  INTEGER period of care
--   LS         VARCHAR legal status
--   start_date DATE    DECOM of the first episode
--   end_date   DATE    DEC of the last; NULL while open
--   seen_until DATE    last day about which a return speaks
--   days       INTEGER days in the spell; an open one counts to the day after seen_until
--   la         VARCHAR authority at the end
-- checks:  unique(person_id, spell_no); days > 0
-- source:  SSDA903 guide, LS; placement plays no part
with
marked as (
    select *, coalesce(lag(period_no) over w = period_no and lag(LS) over w is not distinct from LS, false) as same
    from episode_chain
    window w as (partition by person_id order by episode_no)
),
numbered as (
    select *, sum((not same)::integer) over (partition by person_id order by episode_no)::integer as spell_no from marked
),
final as (
    select
        person_id, spell_no, min(period_no) as period_no, min(LS) as LS, min(DECOM) as start_date,
        case when bool_or(DEC is null) then null else max(DEC) end as end_date,
        max(seen_until) as seen_until,
        (coalesce(case when bool_or(DEC is null) then null else max(DEC) end, max(seen_until) + 1) - min(DECOM))::integer as days,
        arg_max(la, episode_no) as la
    from numbered
    group by person_id, spell_no
)
select * from final
order by person_id, spell_no
