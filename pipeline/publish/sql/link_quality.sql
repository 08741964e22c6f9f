-- model:   link_quality
-- grain:   one row per section, item, subgroup, note
-- inputs:  research.link_quality, control.run
-- columns:
--   section  VARCHAR  what is measured: a pass, a bridge to an extract, or agreement with known truth
--   item     VARCHAR  figure, such as precision or persons
--   subgroup VARCHAR  children it is about; empty for all
--   value    DOUBLE   (count, share or bits) counts to the nearest 10, shares from 0 to 1 to three decimals, bits to one; NULL when symbol says why
--   symbol   VARCHAR  x when there is none; NULL when the value is shown
--   note     VARCHAR  what to know when reading it
--   vintage  VARCHAR  published snapshot that the row belongs to
-- checks:  unique(section, item, subgroup, note)
-- source:  linkage of the run; agreement with truth exists only where the truth is known
with final as (
    select section, item, coalesce(subgroup, '') as subgroup,
        case when note like 'bits%' then round(cast(value as decimal(18, 9)), 1)
            when section in ('linkage_rate', 'completeness') or note like '%share%' then round(cast(value as decimal(18, 9)), 3)
            else rounded(cast(round(value) as bigint)) end::double as value,
        case when value is null then 'x' end as symbol,
        note, r.vintage
    from research.link_quality cross join control.run r
)
select * from final
order by section, item, subgroup, note
