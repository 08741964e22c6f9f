-- model:   episode_return
-- grain:   one row per person_id, authority_group, DECOM, year: what the last delivery of one year's return said of an episode
-- inputs:  stg_episodes, authority_group
-- columns:
--   person_id           VARCHAR  linked person
--   authority_group     VARCHAR  authority with its predecessors and successors
--   DECOM               DATE     start of the episode as sent
--   year                SMALLINT collection year of the return
--   load                SMALLINT delivery of that year that counts, the last
--   la                  VARCHAR  authority that sent it
--   child_key           UUID     its key for the child
--   RNE                 VARCHAR  reason for the new episode
--   LS                  VARCHAR  legal status
--   CIN                 VARCHAR  category of need
--   PLACE               VARCHAR  placement
--   PLACE_PROVIDER      VARCHAR  provider
--   DEC                 DATE     end; NULL while open on 31 March
--   REC                 VARCHAR  reason for the end
--   REASON_PLACE_CHANGE VARCHAR  why the placement changed
--   URN                 VARCHAR  Ofsted reference of the placement
--   PL_POST_KEY         UUID     equal when the placement's postcode is, within one child_key
--   PL_LA               VARCHAR  authority of the placement's postcode
--   PL_LOCATION         VARCHAR  IN or OUT of the responsible authority
--   PL_DISTANCE_BAND    VARCHAR  straight line from home
--   AGE_AT_DECOM        SMALLINT completed years at DECOM
--   AGE_AT_DEC          SMALLINT completed years at DEC
-- checks:  unique(person_id, authority_group, DECOM, year)
-- source:  SSDA903 Episodes; a resubmission is the whole return again, so only the last delivery of a year counts
with
last_load as (
    select la, year, max("load") as "load" from stg_episodes group by la, year
),
grouped as (
    select e.*, e.rowid as sent_row, coalesce(g.authority_group, e.la) as authority_group
    from stg_episodes e
    join last_load l using (la, year, "load")
    left join authority_group g on g.la = e.la
    where e.person_id is not null and e.DECOM is not null
),
twice as (
    select person_id, authority_group, DECOM, year from grouped group by all having count(*) > 1
),
lesser as (
    select sent_row
    from grouped
    semi join twice using (person_id, authority_group, DECOM, year)
    qualify row_number() over (
        partition by person_id, authority_group, DECOM, year
        order by coalesce(DEC <= DECOM, false), DEC is null, DEC desc, file desc, "row" desc, la, child_key) > 1
),
final as (
    select
        person_id, authority_group, DECOM, year, "load", la, child_key, RNE, LS, CIN, PLACE, PLACE_PROVIDER, DEC, REC,
        REASON_PLACE_CHANGE, URN, PL_POST_KEY, PL_LA, PL_LOCATION, PL_DISTANCE_BAND, AGE_AT_DECOM, AGE_AT_DEC
    from grouped
    anti join lesser using (sent_row)
)
select * from final
order by person_id, authority_group, DECOM, year
