-- model:   chart_sdq_contact
-- grain:   one row per year, step
-- inputs:  research.chart_sdq_contact
-- columns:
--   year    INTEGER collection year, that ends on 31 March of it
--   step    VARCHAR high_score, linked to a health record, referred, contact attended
--   step_no INTEGER 1 to 4, in that order
--   n       BIGINT  (children) to the nearest 10
--   share   INTEGER (per cent) of children with a high score, rounded half up from unrounded counts; NULL when symbol says why
--   symbol  VARCHAR c hidden, k more than 0 but rounds to 0, z nobody to count; NULL when everything is shown
-- checks:  unique(year, step)
-- source:  SDQ of the return and mental health services data (mhsds), linked
with steps as (
    select cast(year as integer) as year, high, unnest([
        {step: 'high_score', step_no: 1, n: high}, {step: 'linked', step_no: 2, n: linked},
        {step: 'referred', step_no: 3, n: referred}, {step: 'contact', step_no: 4, n: contact}
    ]) as s
    from research.chart_sdq_contact
), final as (
    select year, s.step as step, cast(s.step_no as integer) as step_no, rounded(s.n) as n, share(s.n, high) as share, share_symbol(s.n, high) as symbol from steps
)
select * from final
order by year, step_no
