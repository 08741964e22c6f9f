-- model:   chart_attendance_around_entry
-- grain:   one row per term
-- inputs:  research.chart_attendance_around_entry
-- columns:
--   term              INTEGER (school terms) from the one in which the child came into care, which is 0
--   children          BIGINT  (children) with sessions in the term, to the nearest 10
--   sessions_possible BIGINT  (half days) to the nearest 10
--   sessions_missed   BIGINT  (half days) to the nearest 10
--   absence           DOUBLE  (per cent) sessions missed of sessions possible, to one decimal; NULL when symbol says why
--   symbol            VARCHAR c when too few children stand behind it, z when there were no sessions; NULL when absence is shown
-- checks:  unique(term)
-- source:  school absence (npd) linked to the return of looked-after children
with judged as (
    select cast(term as integer) as term, n as children, sessions_possible as possible, sessions_absent as missed,
        case when sessions_possible = 0 then 'z' when children < curve_minimum() then 'c' end as symbol
    from research.chart_attendance_around_entry
), final as (
    select term, rounded(children) as children, case when symbol is null then rounded(possible) end as sessions_possible,
        case when symbol is null then rounded(missed) end as sessions_missed,
        case when symbol is null then (2000 * missed + possible) // (2 * possible) / 10 end::double as absence, symbol
    from judged
)
select * from final
order by term
