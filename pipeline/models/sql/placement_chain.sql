-- model:   placement_chain
-- grain:   one row per person_id, episode_no of care that is neither respite nor temporary (T0 to T4): the placement and carer spell it belongs to
-- inputs:  episode_chain, place_type
-- columns:
--   person_id    VARCHAR linked person
--   episode_no   INTEGER as in episode
--   period_no    INTEGER period of care
--   placement_no INTEGER placement, 1 for the person's first
--   carer_no     INTEGER carer spell, 1 for the person's first
--   joined       BOOLEAN a temporary stay away came before it and the child came back to the same placement
-- checks:  unique(person_id, episode_no)
-- source:  SSDA903 guide, RNE: S, P, T, B and U start a placement, S, P and B a carer spell. Temporary placements are dropped and the two sides joined when placement, provider and postcode agree. A foster placement that becomes A3 or A5 with RNE T or U goes on
with
ranked as (
    select c.*, coalesce(p.temporary, false) as temporary, coalesce(p.foster, false) as foster,
        row_number() over (partition by person_id, period_no order by episode_no) as rank
    from episode_chain c
    left join place_type p using (PLACE)
),
paired as (
    select
        *,
        lag(rank) over w as p_rank, lag(PLACE) over w as p_PLACE, lag(PLACE_PROVIDER) over w as p_PROVIDER, lag(foster) over w as p_foster,
        lag(PL_POST_KEY) over w as p_POST, lag(child_key) over w as p_key
    from ranked
    where not temporary
    window w as (partition by person_id, period_no order by episode_no)
),
compared as (
    select
        *,
        rank > p_rank + 1 as been_away,
        PLACE is not distinct from p_PLACE and PLACE_PROVIDER is not distinct from p_PROVIDER
            and (PL_POST_KEY is not distinct from p_POST or child_key <> p_key) as same_place
    from paired
),
judged as (
    select
        *,
        case when p_rank is null then true
             when been_away then not same_place
             when RNE in ('T', 'U') and p_foster and PLACE in ('A3', 'A5') then false
             when RNE in ('S', 'P', 'T', 'B', 'U') then true
             when RNE = 'L' then false
             else not same_place end as new_placement,
        case when p_rank is null then true
             when been_away then not same_place
             when RNE in ('S', 'P', 'B') then true
             when RNE in ('L', 'T', 'U') then false
             else not same_place end as new_carer
    from compared
),
final as (
    select
        person_id, episode_no, period_no,
        sum(new_placement::integer) over w::integer as placement_no,
        sum(new_carer::integer) over w::integer as carer_no,
        coalesce(been_away and same_place, false) as joined
    from judged
    window w as (partition by person_id order by episode_no)
)
select * from final
order by person_id, episode_no
