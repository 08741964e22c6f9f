-- model:   calendar
-- grain:   one row per date, from two years before the first collection year of the run to two years after the last
-- inputs:  ref.run
-- columns:
--   date           DATE     day
--   reporting_year SMALLINT collection year: 2024 for 1 April 2023 to 31 March 2024
--   academic_year  VARCHAR  as 202324: 1 September 2023 to 31 August 2024
--   academic_term  VARCHAR  autumn (September to December), spring (January to March) or summer (April to August)
--   financial_year VARCHAR  as 202324: 1 April 2023 to 31 March 2024
--   quarter        SMALLINT of the financial year: 1 is April to June
--   health_month   INTEGER  months counted as health returns number them: 1 is April 1900, 1477 is April 2023
-- checks:  unique(date); quarter between 1 and 4
-- source:  1 April, 1 September and the months are as the collections define them. Terms are approximations: their real days, Easter's above all, differ between years and authorities
with
days as (
    select unnest(generate_series(
        make_date(first_year::bigint - 3, 4, 1)::timestamp, make_date(last_year::bigint + 2, 3, 31)::timestamp, interval 1 day))::date as date
    from ref.run
),
years as (
    select
        date,
        (year(date) + (month(date) >= 4)::integer)::smallint as reporting_year,
        (year(date) + (month(date) >= 9)::integer)::smallint as school_year
    from days
),
final as (
    select
        date,
        reporting_year,
        (school_year - 1)::varchar || lpad((school_year % 100)::varchar, 2, '0') as academic_year,
        case when month(date) >= 9 then 'autumn' when month(date) <= 3 then 'spring' else 'summer' end as academic_term,
        (reporting_year - 1)::varchar || lpad((reporting_year % 100)::varchar, 2, '0') as financial_year,
        ((month(date) + 8) % 12 // 3 + 1)::smallint as quarter,
        ((reporting_year - 1901) * 12 + (month(date) + 8) % 12 + 1)::integer as health_month
    from years
)
select * from final
order by date
