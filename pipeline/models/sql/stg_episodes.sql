-- model:   stg_episodes
-- grain:   one row per la, year, load, file, row: episode (spell with one legal status and one placement), as sent
-- inputs:  lake.ssda903_episodes, person_key
-- columns:
--   person_id           VARCHAR  linked person, from person_key; NULL when the row has no child_key
--   child_key           UUID     keyed pseudonym of authority and CHILD, or of an extract's record_id; NULL when blank in the row
--   la                  VARCHAR  ONS code of the supplier; E92000001 for a national extract
--   year                SMALLINT collection year of the delivery
--   load                SMALLINT 0 for the first delivery of that year, 1 and up for resubmissions in order of receipt
--   row                 INTEGER  1 for the first data row of the file as sent
--   file                SMALLINT 0 for the first file of the module in the delivery, in order of name
--   DECOM               DATE     episode start; must be on or after 14/10/1991
--   RNE                 VARCHAR  code of RNE
--   LS                  VARCHAR  code of LS
--   CIN                 VARCHAR  code of CIN
--   PLACE               VARCHAR  XML tag PL; length 2 to 2025, up to 3 from 2026
--   PLACE_PROVIDER      VARCHAR  blank for T0-T4, Z1, Z11-Z14
--   DEC                 DATE     blank while the episode is open on 31 March
--   REC                 VARCHAR  filled exactly when DEC is filled
--   REASON_PLACE_CHANGE VARCHAR  on the episode that ends, only if the next starts with RNE P, T, B or U; CUSTOD from 2019
--   URN                 VARCHAR  SC plus 6 digits or 7 digits, or XXXXXXX; collected from 2016
--   AGE_AT_DECOM        SMALLINT completed years at DECOM; NULL when either date is missing
--   AGE_AT_DEC          SMALLINT completed years at DEC; NULL while open
--   AGE_AT_YEAR_END     SMALLINT completed years at 31 March of the return's year
--   PL_POST_KEY         UUID     equal when PL_POST of the same child_key is equal; means nothing between children
--   HOME_POST_STATUS    VARCHAR  valid, invalid, or NULL when blank
--   PL_POST_STATUS      VARCHAR  valid, invalid, or NULL when blank
--   PL_LA               VARCHAR  ONS code of the authority of PL_POST from the postcode table; NULL when not found
--   PL_LOCATION         VARCHAR  IN the responsible authority or OUT of it; NULL when PL_LA is
--   PL_DISTANCE_BAND    VARCHAR  within_20_miles or over_20_miles, straight line from HOME_POST to PL_POST; NULL when either is not found
--   problems            VARCHAR  rules that the row breaks, as COLUMN:rule joined by blanks; NULL when none. A value that cannot be read is NULL and named here
-- checks:  unique(la, year, load, file, row)
-- source:  Children looked after return (SSDA903), Episodes
select
    k.person_id,
    s.child_key,
    s.la,
    s.year,
    s."load",
    s."row",
    s.file,
    s.DECOM,
    s.RNE,
    s.LS,
    s.CIN,
    s.PLACE,
    s.PLACE_PROVIDER,
    s.DEC,
    s.REC,
    s.REASON_PLACE_CHANGE,
    s.URN,
    s.AGE_AT_DECOM,
    s.AGE_AT_DEC,
    s.AGE_AT_YEAR_END,
    s.PL_POST_KEY,
    s.HOME_POST_STATUS,
    s.PL_POST_STATUS,
    s.PL_LA,
    s.PL_LOCATION,
    s.PL_DISTANCE_BAND,
    s.problems
from lake.ssda903_episodes s
left join person_key k using (child_key)
