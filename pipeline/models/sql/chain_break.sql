-- model:   chain_break
-- grain:   one row per person_id, episode_no: an episode after which the chain of care is broken, without a plain end and a plain start
-- inputs:  episode_chain
-- columns:
--   person_id  VARCHAR linked person
--   episode_no INTEGER episode after which the chain breaks
--   period_no  INTEGER period of care that it ends
--   la         VARCHAR authority of the episode
--   DEC        DATE    its end
--   REC        VARCHAR reason for it
--   next_DECOM DATE    start of the next episode; NULL when nothing follows
--   next_RNE   VARCHAR reason for that
--   next_la    VARCHAR authority that says so
--   kind       VARCHAR exit_but_same_day (REC is not X1, and the next episode starts that day), x1_with_gap and x1_without_successor (REC is X1, and nothing starts that day), s_on_same_day (REC is X1, and the next starts that day with RNE S)
-- checks:  unique(person_id, episode_no); kind is not null
-- source:  SSDA903 guide, RNE and REC; a broken chain is not joined. A transfer, an end that is lost and respite break nothing
with
paired as (
    select *, lead(DECOM) over p as next_DECOM, lead(RNE) over p as next_RNE, lead(la) over p as next_la, lead(start_break) over p as next_break
    from episode_chain
    window p as (partition by person_id order by episode_no)
),
final as (
    select person_id, episode_no, period_no, la, DEC, REC, next_DECOM, next_RNE, next_la, coalesce(next_break, end_break) as kind
    from paired
    where next_break is not null or end_break is not null
)
select * from final
order by person_id, episode_no
