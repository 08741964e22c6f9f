-- model:   episode
-- grain:   one row per person_id, episode_no: one legal status and one placement, merged over all returns and authorities
-- inputs:  episode_merged, place_type, ref.year
-- columns:
--   person_id           VARCHAR  linked person
--   episode_no          INTEGER  1 for the person's first, in order of DECOM
--   authority_group     VARCHAR  authority with its predecessors and successors
--   la                  VARCHAR  authority that has the last word on it
--   child_key           UUID     its key for the child
--   respite             BOOLEAN  LS is V3 or V4: kept out of periods of care, placements and counts
--   DECOM               DATE     first day
--   DEC                 DATE     day on which the next state begins; NULL while open
--   seen_until          DATE     last day of the return that has the last word: while DEC is NULL nothing later is known
--   RNE                 VARCHAR  reason for the new episode
--   LS                  VARCHAR  legal status
--   CIN                 VARCHAR  category of need
--   PLACE               VARCHAR  placement
--   placement_type      VARCHAR  group of PLACE
--   PLACE_PROVIDER      VARCHAR  provider
--   REC                 VARCHAR  reason for the end; E99, which no return may hold, when the end is lost
--   REASON_PLACE_CHANGE VARCHAR  why the placement changed
--   URN                 VARCHAR  Ofsted reference of the placement
--   PL_POST_KEY         UUID     equal when the placement's postcode is, within one child_key
--   PL_LA               VARCHAR  authority of the placement's postcode
--   PL_LOCATION         VARCHAR  IN or OUT of the responsible authority
--   PL_DISTANCE_BAND    VARCHAR  straight line from home
--   AGE_AT_DECOM        SMALLINT completed years at DECOM
--   AGE_AT_DEC          SMALLINT completed years at DEC; NULL while open and where DEC was repaired
--   first_year          SMALLINT first return with the episode
--   last_year           SMALLINT return that has the last word
--   returns             SMALLINT number of returns with the episode
--   rule                VARCHAR  repair of DEC and REC, see repair; NULL when none
-- checks:  unique(person_id, episode_no); DEC is null or DEC > DECOM
-- source:  SSDA903 Episodes
with
numbered as (
    select person_id, authority_group, DECOM, row_number() over (partition by person_id order by DECOM, respite, authority_group)::integer as episode_no
    from episode_merged
    where left_out is null
),
final as (
    select
        e.person_id,
        n.episode_no,
        e.authority_group, e.la, e.child_key, e.respite, e.DECOM, e.DEC, y.last_day as seen_until,
        e.RNE, e.LS, e.CIN, e.PLACE, coalesce(p.placement_type, 'unknown') as placement_type, e.PLACE_PROVIDER, e.REC,
        case when e.rule is null then e.REASON_PLACE_CHANGE end as REASON_PLACE_CHANGE,
        e.URN, e.PL_POST_KEY, e.PL_LA, e.PL_LOCATION, e.PL_DISTANCE_BAND,
        e.AGE_AT_DECOM, case when e.DEC is not distinct from e.DEC_sent then e.AGE_AT_DEC end as AGE_AT_DEC,
        e.first_year, e.year as last_year, e.returns::smallint as returns, e.rule
    from episode_merged e
    join numbered n using (person_id, authority_group, DECOM)
    join ref.year y on y.year = e.year
    left join place_type p on p.PLACE = e.PLACE
)
select * from final
order by person_id, episode_no
