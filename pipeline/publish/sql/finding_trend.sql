-- model:   finding_trend
-- grain:   one row per dataset, year, geographic_level, area_code, module, rule, severity
-- inputs:  return_finding, return_quality, research.rule_skipped, research.authority, control.rule_year, control.level, control.run
-- columns:
--   dataset          VARCHAR  collection or extract
--   year             INTEGER  collection year
--   geographic_level VARCHAR  National: each rule, and all together; Local authority: all rules together
--   area_code        VARCHAR  ONS code; England stands for the authorities that sent returns
--   area_name        VARCHAR  name
--   module           VARCHAR  table of the dataset; Total for all
--   rule             VARCHAR  rule that rows break; Total for all; Total alike for those applied to all in every year of the vintage, unchanged, and to tables that came in every year
--   severity         VARCHAR  error or warning
--   kind             VARCHAR  as in return_finding; empty for totals
--   title            VARCHAR  what the rule finds, in a few words; empty for totals
--   ruleset          INTEGER  year whose rules were applied; NULL where the dataset has no rules of its own
--   status           VARCHAR  applied; not in force; no rows: the table wasn't sent; no year before: the rule compares with the return of the year before, and there is none; skipped: what it needs was nowhere there
--   suppliers        BIGINT   (suppliers) with a finding; NULL unless applied
--   findings         BIGINT   (findings) times a row breaks a rule, where each count that return_finding hides stands for a small number that is the same for all
--   findings_low     BIGINT   (findings) if all hidden counts were as small as they can be
--   findings_high    BIGINT   (findings) if all were as large as they can be
--   rows             BIGINT   (rows) read, of the module where the rule was applied, or of all; a hidden count stands for the same small number
--   rate             DOUBLE   (per 1 000 rows) findings; NULL when symbol says why
--   rate_low         DOUBLE   (per 1 000 rows) findings_low
--   rate_high        DOUBLE   (per 1 000 rows) findings_high
--   version          INTEGER  ruleset from which the rule said what it said then; 0 when it says what it always did; NULL for totals
--   symbol           VARCHAR  z not in force, x no rows, no year before or skipped; NULL otherwise
--   vintage          VARCHAR  published snapshot that the row belongs to
-- checks:  unique(dataset, year, geographic_level, area_code, module, rule, severity)
-- source:  return_finding and return_quality alone, so that nothing which they hide can be worked out; the rules of the collection
with policy as (
    select coalesce(hide_from, 0) as least, coalesce(hide_to, 0) as most, coalesce(stands_for, 0) as stands_for from control.level where geographic_level = 'Local authority'
), found as ( -- what is found in whole files is no row's fault
    select dataset, year, la, module, rule, severity, any_value(kind) as kind, any_value(title) as title,
        sum(coalesce(findings, stands_for)) as findings, sum(coalesce(findings, least)) as findings_low, sum(coalesce(findings, most)) as findings_high
    from return_finding cross join policy
    where module <> ''
    group by all
), sent as (
    select dataset, year, la, module, coalesce(rows, stands_for) as rows from return_quality cross join policy where module <> ''
), years as (
    select dataset, year, dense_rank() over (partition by dataset order by year) as place from (select distinct dataset, year from sent)
), read as (
    select dataset, year, module, sum(rows) as rows from sent group by all
), known as (
    select dataset, module, rule, severity, arg_max(kind, year) as kind, arg_max(title, year) as title from found group by all
), england as (
    select dataset, year, module, rule, severity, count(distinct la) as suppliers, sum(findings) as findings, sum(findings_low) as findings_low, sum(findings_high) as findings_high
    from found group by all
), passed_over as ( -- rows of those to whom a rule was not applied
    select s.dataset, s.year, s.module, x.rule, sum(s.rows) as rows
    from sent s join research.rule_skipped x using (dataset, year, la)
    group by all
), each as (
    select k.*, y.year, e.suppliers, e.findings, e.findings_low, e.findings_high, d.rows - coalesce(o.rows, 0) as rows, coalesce(o.rows, 0) > 0 as in_part,
        coalesce(r.version, 0) as version,
        case when e.findings > 0 then 'applied' -- whatever should have been
            when not r.in_force then 'not in force'
            when coalesce(d.rows, 0) = 0 then 'no rows'
            when r.needs_last_year and y.place = 1 then 'no year before'
            when o.rows >= d.rows then 'skipped'
            else 'applied' end as status
    from known k
    join years y using (dataset)
    left join england e using (dataset, year, module, rule, severity)
    left join read d using (dataset, year, module)
    left join passed_over o using (dataset, year, module, rule)
    left join control.rule_year r using (dataset, year, rule)
), lasting as ( -- tables that came in every year
    select dataset, module from read join (select dataset, count(*) as years from years group by all) using (dataset)
    group by dataset, module, years having count(*) filter (rows > 0) = years
), alike as (
    select dataset, module, rule, severity
    from each join lasting using (dataset, module)
    group by all having bool_and(status = 'applied' and not in_part) and count(distinct version) = 1
), sums as (
    select dataset, year, la, 'Total' as rule, severity, findings, findings_low, findings_high from found
    union all
    select dataset, year, la, 'Total alike', severity, findings, findings_low, findings_high from found semi join alike using (dataset, module, rule, severity)
), base as (
    select dataset, year, la, 'Total' as rule, sum(rows) as rows from sent group by all
    union all
    select dataset, year, la, 'Total alike', sum(rows) from sent semi join lasting using (dataset, module) group by all
), place as (
    select distinct on (ons_code) ons_code, la_name from research.authority order by ons_code, valid_from desc nulls last, la_name
), of_each as (
    select b.dataset, b.year, 'Local authority' as geographic_level, b.la as area_code, b.rule, v.severity, b.rows,
        sum(s.findings) as findings, sum(s.findings_low) as findings_low, sum(s.findings_high) as findings_high
    from base b cross join (values ('error'), ('warning')) v(severity)
    left join sums s using (dataset, year, la, rule, severity)
    group by all
), totals as (
    select t.*, if(findings > 0, 1, 0) as suppliers from of_each t semi join place on ons_code = area_code
    union all
    select dataset, year, 'National', 'E92000001', rule, severity, sum(rows), sum(findings), sum(findings_low), sum(findings_high), count(*) filter (findings > 0) from of_each group by all
), together as (
    select dataset, year, 'National' as geographic_level, 'E92000001' as area_code, module, rule, severity, kind, title, status, suppliers, findings, findings_low, findings_high, rows, version from each
    union all
    select dataset, year, geographic_level, area_code, 'Total', rule, severity, '', '', if(rows > 0, 'applied', 'no rows'), suppliers, findings, findings_low, findings_high, rows, null from totals
), final as (
    select t.dataset, t.year, t.geographic_level, t.area_code, if(t.geographic_level = 'National', 'England', p.la_name) as area_name, t.module, t.rule, t.severity, t.kind, t.title,
        c.ruleset, t.status,
        cast(if(status = 'applied', coalesce(suppliers, 0), null) as bigint) as suppliers,
        cast(if(status = 'applied', coalesce(findings, 0), null) as bigint) as findings,
        cast(if(status = 'applied', coalesce(findings_low, 0), null) as bigint) as findings_low,
        cast(if(status = 'applied', coalesce(findings_high, 0), null) as bigint) as findings_high,
        cast(t.rows as bigint) as rows,
        if(status = 'applied', round(1000 * coalesce(findings, 0) / t.rows, 1), null) as rate,
        if(status = 'applied', round(1000 * coalesce(findings_low, 0) / t.rows, 1), null) as rate_low,
        if(status = 'applied', round(1000 * coalesce(findings_high, 0) / t.rows, 1), null) as rate_high,
        cast(t.version as integer) as version,
        case status when 'not in force' then 'z' when 'applied' then null else 'x' end as symbol, r.vintage
    from together t
    left join place p on p.ons_code = t.area_code
    left join (select dataset, year, any_value(ruleset) as ruleset from control.rule_year group by all) c using (dataset, year)
    cross join control.run r
)
select * from final
order by dataset, year, geographic_level, area_code, module, rule, severity
