-- model:   agreement
-- grain:   one row per measure, time_period, geographic_level, area_code, breakdown, category
-- inputs:  breakdown_year, area, ref.indicator
-- columns:
--   indicator_id         VARCHAR as in indicator_catalogue
--   measure              VARCHAR part of the indicator; empty when there is one figure
--   time_period          VARCHAR collection year, four digits
--   time_identifier      VARCHAR Reporting year
--   geographic_level     VARCHAR National, Regional or Local authority
--   area_code            VARCHAR ONS code
--   area_name            VARCHAR name of the area
--   breakdown            VARCHAR total, or what the unit is broken down by. Authorities have total, sex, age_group and uasc_status alone
--   category             VARCHAR Total, or the value of the breakdown
--   numerator            BIGINT  units in the smallest part of the two by two that has any: with its interval kappa would give that part away where it is hidden
--   denominator          BIGINT  units of which both answers are known
--   value                DOUBLE  Cohen's kappa: agreement beyond chance, 1 when complete; NULL where all have the same answers
--   lower                DOUBLE  kappa less 1.96 standard errors by Fleiss, Cohen and Everitt, at least -1; NULL where kappa is
--   upper                DOUBLE  kappa and 1.96 standard errors, at most 1
--   value_kind           VARCHAR kappa
--   unit                 VARCHAR what is counted
--   coverage_numerator   BIGINT  as denominator
--   coverage_denominator BIGINT  units of which both should be known
-- checks:  unique(measure, time_period, geographic_level, area_code, breakdown, category); denominator >= 0; value between -1 and 1 or value is null; coverage_numerator <= coverage_denominator
-- source:  indicator catalogue, conventions. Facts give measure, person_id, year, la, and one and other: two yes or no answers (NULL when not known); more is a list of breakdowns of the indicator's own
with
@listed,
counted as (
    select measure, year, la, breakdown, category, count(*) as n,
        count(*) filter (where one and other) as a, count(*) filter (where one and not other) as b,
        count(*) filter (where not one and other) as c, count(*) filter (where not one and not other) as d
    from listed
    group by all
),
summed as materialized (
    select t.measure, t.year, r.geographic_level, r.area_code, r.area_name, t.breakdown, t.category,
        sum(t.n)::bigint as due, sum(t.a + t.b + t.c + t.d)::double as n,
        sum(t.a)::double as a, sum(t.b)::double as b, sum(t.c)::double as c, sum(t.d)::double as d
    from counted t
    join area r using (la)
    where r.geographic_level <> 'Local authority' or t.breakdown in ('total', 'sex', 'age_group', 'uasc_status')
    group by all
),
shared as (
    -- margins: how often one says yes and no, and the other
    select *, a / n as yes_yes, b / n as yes_no, c / n as no_yes, d / n as no_no,
        (a + b) / n as one_yes, (c + d) / n as one_no, (a + c) / n as other_yes, (b + d) / n as other_no
    from summed
    where n * n > (a + b) * (a + c) + (c + d) * (b + d)
),
chance as (
    select *, one_yes * other_yes + one_no * other_no as by_chance from shared
),
agreed as (
    select *, (yes_yes + no_no - by_chance) / (1 - by_chance) as kappa from chance
),
measured as (
    select *,
        sqrt(greatest(0,
            yes_yes * power(1 - (one_yes + other_yes) * (1 - kappa), 2) + no_no * power(1 - (one_no + other_no) * (1 - kappa), 2)
            + power(1 - kappa, 2) * (yes_no * power(other_yes + one_no, 2) + no_yes * power(other_no + one_yes, 2))
            - power(kappa - by_chance * (1 - kappa), 2)) / n) / (1 - by_chance) as standard_error
    from agreed
),
final as (
    select $indicator as indicator_id, s.measure, s.year::varchar as time_period, i.time_identifier,
        s.geographic_level, s.area_code, s.area_name, s.breakdown, s.category,
        least(nullif(s.a, 0), nullif(s.b, 0), nullif(s.c, 0), nullif(s.d, 0))::bigint as numerator, s.n::bigint as denominator, round(m.kappa, 6) as value,
        case when m.kappa is not null then round(greatest(-1, m.kappa - 1.959964 * m.standard_error), 6) end as lower,
        case when m.kappa is not null then round(least(1, m.kappa + 1.959964 * m.standard_error), 6) end as upper,
        'kappa' as value_kind, i.unit, s.n::bigint as coverage_numerator, s.due as coverage_denominator
    from summed s
    left join measured m using (measure, year, geographic_level, area_code, breakdown, category)
    join ref.indicator i on i.indicator_id = $indicator
)
select * from final
order by measure, time_period, geographic_level, area_code, breakdown, category
