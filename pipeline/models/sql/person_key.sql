-- model:   person_key
-- grain:   one row per child_key: whose it is
-- inputs:  spine.membership, lake.ssda903_header, lake.ssda903_episodes, lake.ssda903_uasc, lake.ssda903_reviews, lake.ssda903_oc2, lake.ssda903_oc3, lake.ssda903_ad1, lake.ssda903_placedadoption, lake.ssda903_prevperm, lake.ssda903_missing, lake.ssda903_swepisodes, lake.ssda903_dolo, lake.npd_census, lake.npd_ks2, lake.npd_ks4, lake.npd_cin
-- columns:
--   child_key UUID    keyed pseudonym of one holder's child
--   source    VARCHAR dataset that uses the key
--   holder    VARCHAR ONS code of the supplier
--   person_id VARCHAR linked person; a key of the returns or of a pupil that linkage joined to nobody stands for itself under an id that starts with 0
--   linked    BOOLEAN whether linkage knows the key
--   pass      VARCHAR by which the record was joined to its person; first for the earliest; NULL when not linked
--   match_probability DOUBLE product of the links' probabilities back to the person's earliest record; NULL when not linked
-- checks:  unique(child_key); person_id is not null
-- source:  the person spine
with
sent as (
    select child_key, la, 'ssda903' as source from lake.ssda903_header
    union all select child_key, la, 'ssda903' from lake.ssda903_episodes
    union all select child_key, la, 'ssda903' from lake.ssda903_uasc
    union all select child_key, la, 'ssda903' from lake.ssda903_reviews
    union all select child_key, la, 'ssda903' from lake.ssda903_oc2
    union all select child_key, la, 'ssda903' from lake.ssda903_oc3
    union all select child_key, la, 'ssda903' from lake.ssda903_ad1
    union all select child_key, la, 'ssda903' from lake.ssda903_placedadoption
    union all select child_key, la, 'ssda903' from lake.ssda903_prevperm
    union all select child_key, la, 'ssda903' from lake.ssda903_missing
    union all select child_key, la, 'ssda903' from lake.ssda903_swepisodes
    union all select child_key, la, 'ssda903' from lake.ssda903_dolo
    union all select child_key, la, 'npd' from lake.npd_census
    union all select child_key, la, 'npd' from lake.npd_ks2
    union all select child_key, la, 'npd' from lake.npd_ks4
    union all select child_key, la, 'npd' from lake.npd_cin
),
alone as (
    select
        child_key,
        min(source) as source,
        min(la) as holder,
        '0' || substr(replace(child_key::varchar, '-', ''), 1, 15) as person_id,
        false as linked,
        null::varchar as pass,
        null::double as match_probability
    from sent
    where child_key is not null and child_key not in (select child_key from spine.membership)
    group by child_key
),
final as (
    select child_key, source, holder, person_id, true as linked, pass, match_probability from spine.membership
    union all
    select * from alone
)
select * from final
order by child_key
