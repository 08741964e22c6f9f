-- Four authorities in two health areas, for the sheets of areas. Each hides something of its own.
create table area_member as
select 'Local authority' as geographic_level, y::smallint as year, la, la as area_code, name as area_name
from range(2023, 2026) t(y), (values ('E09000002', 'Barking and Dagenham'), ('E09000003', 'Barnet'), ('E09000004', 'Bexley'), ('E09000005', 'Brent')) v(la, name)
union all
select 'Health area', y::smallint, la, code, name
from range(2023, 2026) t(y), (values ('E09000002', 'ZX1', 'North health area'), ('E09000003', 'ZX1', 'North health area'), ('E09000004', 'ZX2', 'South health area'), ('E09000005', 'ZX2', 'South health area')) v(la, code, name)
union all
select 'National', y::smallint, la, 'E92000001', 'England' from range(2023, 2026) t(y), (values ('E09000002'), ('E09000003'), ('E09000004'), ('E09000005')) v(la);

create table area_need(geographic_level varchar, area_code varchar, area_name varchar, year smallint, eligible bigint, scored bigint, score_total bigint,
    normal bigint, borderline bigint, concern bigint, linked bigint, referred bigint, contact bigint, reached bigint);
insert into area_need values
    -- 4 borderline scores are hidden, and the 20 high ones with them
    ('Local authority', 'E09000002', 'Barking and Dagenham', 2025, 60, 50, 700, 26, 4, 20, 15, 8, 6, 7),
    -- 3 contacts are hidden; a mean of 15.05 rounds up
    ('Local authority', 'E09000003', 'Barnet', 2025, 40, 20, 301, 8, 6, 6, 6, 6, 3, 6),
    -- nobody has a high score, and that is shown
    ('Local authority', 'E09000004', 'Bexley', 2025, 20, 12, 120, 12, 0, 0, 0, 0, 0, 0),
    -- three small bands hide one another
    ('Local authority', 'E09000005', 'Brent', 2025, 9, 8, 110, 3, 2, 3, 2, 1, 1, 1),
    ('Local authority', 'E09000003', 'Barnet', 2024, 40, 20, 301, 8, 6, 6, 6, 6, 6, 6),
    ('Local authority', 'E09000005', 'Brent', 2024, 300, 250, 3000, 151, 39, 60, 50, 40, 30, 35);
create table area_wait(geographic_level varchar, area_code varchar, area_name varchar, counted_by varchar, first_year smallint, last_year smallint, referrals bigint, refused bigint,
    duplicate bigint, another_service bigint, incomplete bigint, other bigint, not_given bigint, counted bigint, seen bigint, waiting bigint, closed_unseen bigint, wait_median double, wait_p90 double);
insert into area_wait values
    ('Local authority', 'E09000002', 'Barking and Dagenham', 'responsible', 2023, 2025, 40, 12, 0, 7, 3, 2, 0, 28, 20, 8, 0, 15.5, 80.4),
    -- nine waits are too few for a median
    ('Local authority', 'E09000003', 'Barnet', 'responsible', 2023, 2025, 20, 0, 0, 0, 0, 0, 0, 20, 9, 11, 0, 33, 44),
    -- ten are enough for a median, not for nine in ten
    ('Local authority', 'E09000004', 'Bexley', 'responsible', 2023, 2025, 10, 0, 0, 0, 0, 0, 0, 10, 10, 0, 0, 21, 55),
    ('Health area', 'ZX1', 'North health area', 'home', 2023, 2025, 63, 14, 0, 14, 0, 0, 0, 49, 40, 9, 0, 17, 71);
create table area_expected(geographic_level varchar, area_code varchar, area_name varchar, year smallint, children bigint, pairs smallint, stay_or_become double, newcomers double,
    expected double, lower double, upper double, high bigint, came bigint);
insert into area_expected values
    ('Local authority', 'E09000002', 'Barking and Dagenham', 2025, 70, 3, 18, 0.4, 18.4, 10.2, 26.6, 20, null),
    ('Local authority', 'E09000003', 'Barnet', 2025, 50, 3, 9, 0.5, 9.5, 3.2, 15.8, 6, null),
    ('Local authority', 'E09000004', 'Bexley', 2025, 25, 3, 5, 0, 5.4, 1.2, 9.6, 0, null),
    ('Local authority', 'E09000005', 'Brent', 2025, 12, 3, 6, 0, 6, 1.2, 10.8, 3, null),
    -- 10 expected and 3 came, which is hidden; 4.3 expected and 6 came, 1.7 off
    ('Local authority', 'E09000005', 'Brent', 2024, 12, 3, 10, 0, 10, 4, 16, 60, 3),
    ('Local authority', 'E09000003', 'Barnet', 2024, 12, 3, 4.3, 0, 4.3, 0.5, 8.1, 6, 6);

-- Health areas and England are the sums of their authorities.
insert into area_need
select m.geographic_level, m.area_code, m.area_name, n.year, sum(eligible), sum(scored), sum(score_total), sum(normal), sum(borderline), sum(concern), sum(linked), sum(referred), sum(contact), sum(reached)
from area_need n join (from area_member where geographic_level <> 'Local authority') m
    on m.la = n.area_code and m.year = n.year
group by all;
insert into area_wait
select m.geographic_level, m.area_code, m.area_name, 'responsible', 2023, 2025, sum(referrals), sum(refused), sum(duplicate), sum(another_service), sum(incomplete), sum(other), sum(not_given),
    sum(counted), sum(seen), sum(waiting), sum(closed_unseen), 20, 70
from area_wait n join (select distinct geographic_level, la, area_code, area_name from area_member where geographic_level <> 'Local authority') m on m.la = n.area_code
group by all;
insert into area_expected
select m.geographic_level, m.area_code, m.area_name, n.year, sum(children), 3, sum(stay_or_become), sum(newcomers), sum(expected), sum(expected) - 20, sum(expected) + 20, sum(high), sum(came)
from area_expected n join (from area_member where geographic_level <> 'Local authority') m
    on m.la = n.area_code and m.year = n.year
group by all;

-- Shares for funnels: SDQ scores received and high, as in area_need, and placements. Of Bexley's and Brent's placements few are counted.
insert into indicator_cell(indicator_id, measure, time_period, time_identifier, geographic_level, area_code, area_name, breakdown, category, numerator, denominator, value, value_kind, unit, coverage_numerator, coverage_denominator)
select id, measure, '2025', 'Reporting year', level, code, name, b, c, n, d, if(d > 0, 100.0 * n / d, null), 'percentage', 'child', d, d
from (
    select 'REC01' as id, '' as measure, geographic_level as level, area_code as code, area_name as name, 'total' as b, 'Total' as c, scored as n, eligible as d from area_need where year = 2025 and geographic_level <> 'Health area'
    union all
    select 'REC03', 'concern', geographic_level, area_code, area_name, 'total', 'Total', concern, scored from area_need where year = 2025 and geographic_level <> 'Health area'
    union all
    select 'STA01', '', level, code, name, b, c, n, d from (values
        ('Local authority', 'E09000002', 'Barking and Dagenham', 'total', 'Total', 100, 400), ('Local authority', 'E09000003', 'Barnet', 'total', 'Total', 30, 300),
        ('Local authority', 'E09000004', 'Bexley', 'total', 'Total', 4, 40), ('Local authority', 'E09000005', 'Brent', 'total', 'Total', 6, 60), ('National', 'E92000001', 'England', 'total', 'Total', 140, 800),
        ('Local authority', 'E09000002', 'Barking and Dagenham', 'uasc_status', 'not_uasc', 40, 300), ('Local authority', 'E09000003', 'Barnet', 'uasc_status', 'not_uasc', 30, 300),
        ('Local authority', 'E09000004', 'Bexley', 'uasc_status', 'not_uasc', 4, 40), ('Local authority', 'E09000005', 'Brent', 'uasc_status', 'not_uasc', 5, 59), ('National', 'E92000001', 'England', 'uasc_status', 'not_uasc', 79, 699)) v(level, code, name, b, c, n, d)
);
