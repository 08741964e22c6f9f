-- A small research database: the tables that publishing reads, with invented figures.
create table indicator_catalogue(indicator_id varchar, tier varchar, domain varchar, title varchar, status varchar, unit varchar, denominator varchar, numerator varchar, value varchar, polarity varchar, source varchar, note varchar, time_identifier varchar, value_unit varchar, rate_unit varchar, waits varchar);
insert into indicator_catalogue values
    ('REC01', 'core', 'recovery', 'SDQ score received', 'official', 'child', 'aged 5 to 16', 'with a score', null, 'higher', 'department', null, 'Reporting year', null, null, null),
    ('REC04', 'core', 'recovery', 'Observed SDQ change', 'proposed', 'child', 'two scores', 'last less first', 'mean', 'lower', 'Alliance', null, 'Reporting year', null, null, null),
    ('LEA01', 'core', 'leaving', 'Education, employment or training', 'official', 'care leaver', 'care leavers', 'in education, employment or training', null, 'higher', 'department', null, 'Reporting year', null, null, null),
    ('SAF01', 'extended', 'safety', 'Missing from care', 'official', 'child', 'children', 'missing', null, 'lower', 'department', null, 'Reporting year', null, null, null);

create table indicator_measure(indicator_id varchar, measure varchar, figure varchar);
insert into indicator_measure values ('LEA01', 'eet_19_21', 'In education, employment or training, aged 19 to 21');

create table indicator_cell(indicator_id varchar, measure varchar, time_period varchar, time_identifier varchar, geographic_level varchar, area_code varchar, area_name varchar, breakdown varchar, category varchar, numerator bigint, denominator bigint, value double, value_kind varchar, unit varchar, coverage_numerator bigint, coverage_denominator bigint, lower double, upper double);
-- One cell a rule, told apart by year: see TestCells.
insert into indicator_cell(indicator_id, measure, time_period, time_identifier, geographic_level, area_code, area_name, breakdown, category, numerator, denominator, value, value_kind, unit, coverage_numerator, coverage_denominator)
select id, '', y, 'Reporting year', level, code, name, 'total', 'Total', n, d,
    case when d > 0 then case kind when 'percentage' then 100.0 * n / d when 'rate' then 1000.0 * n / d else n / d end end, kind, 'child', known, eligible
from (values
    ('REC01', '2001', 'A', 1, 8, 'percentage', 8, 8), ('REC01', '2002', 'A', 6, 48, 'percentage', 48, 50),
    ('REC01', '2003', 'A', 5, 8, 'percentage', 8, 8), ('REC01', '2004', 'A', 0, 4, 'percentage', 4, 4),
    ('REC01', '2005', 'A', 0, 100, 'percentage', 100, 100), ('REC01', '2006', 'A', 6, 2000, 'percentage', 2000, 2000),
    ('REC01', '2007', 'A', 0, 0, 'percentage', 0, 0), ('REC01', '2008', 'A', null, null, 'percentage', null, null),
    ('REC01', '2009', 'A', 29, 200, 'percentage', 200, 200), ('REC01', '2010', 'A', 10, 2000, 'percentage', 2000, 2000),
    ('REC01', '2001', 'N', 3, 4000, 'percentage', 4000, 4000), ('REC01', '2002', 'N', 15, 24, 'percentage', 24, 24),
    ('REC01', '2003', 'N', 5, 1000, 'percentage', 1000, 1000), ('REC01', '2004', 'N', 4, 5, 'percentage', 5, 5),
    ('REC01', '2005', 'N', 1025, 2000, 'percentage', 1025, 2000), ('REC01', '2006', 'N', 0, 2000, 'percentage', 2000, 2000),
    ('REC01', '2001', 'R', 14, 96, 'percentage', 96, 96),
    ('REC04', '2001', 'A', -98, 8, 'mean', 8, 10), ('REC04', '2002', 'A', 98, 4, 'mean', 4, 8), ('REC04', '2003', 'A', 3, 60, 'mean', 60, 80),
    ('REC04', '2001', 'N', -125, 1000, 'mean', 1000, 2000),
    ('STA07', '2001', 'A', 0, 365, 'rate', 1, 1), ('STA07', '2002', 'A', 0, 1460, 'rate', 0, 4), ('STA07', '2003', 'A', 12, 4000, 'rate', 12, 12),
    ('WEL05', '2001', 'A', 3, 60, 'kappa', 60, 60), ('WEL05', '2002', 'A', 6, 60, 'kappa', 60, 60), ('WEL05', '2001', 'N', 3, 60, 'kappa', 60, 60),
    ('EDU03', '2001', 'A', 40, 500, 'percentage', 2, 2), ('EDU03', '2001', 'N', 40, 500, 'percentage', 5, 9),
    ('LEA01', '2001', 'A', 2, 3, 'percentage', 3, 3), ('LEA01', '2002', 'A', 1, 300, 'percentage', 300, 300),
    ('LEA01', '2001', 'N', 200, 390, 'percentage', 380, 390)
) t(id, y, at, n, d, kind, known, eligible)
join (values ('A', 'Local authority', 'E09000002', 'Barking and Dagenham'), ('R', 'Regional', 'E12000007', 'London'), ('N', 'National', 'E92000001', 'England')) a(short, level, code, name)
    on a.short = t.at;
insert into indicator_cell(indicator_id, measure, time_period, time_identifier, geographic_level, area_code, area_name, breakdown, category, numerator, denominator, value, value_kind, unit, coverage_numerator, coverage_denominator)
select 'REC01', '', y::varchar, 'Reporting year', level, code, name, 'sex', s, 40 + y % 7, 90, null, 'percentage', 'child', 85, 90
from range(2011, 2014) t(y), (values ('M'), ('F')) x(s), (values ('Local authority', 'E09000003', 'Barnet'), ('National', 'E92000001', 'England')) a(level, code, name);
update indicator_cell set value = 100.0 * numerator / denominator where value is null and denominator > 0;
update indicator_cell set lower = value - 4, upper = value + 4 where value is not null;

create table link_quality(section varchar, item varchar, subgroup varchar, value double, note varchar);
insert into link_quality values
    ('run', 'records of the returns', '', 12344, 'distinct authority and CHILD'), ('run', 'persons', '', 11236, 'children in the spine'),
    ('pass', 'upn', 'joined', 815, 'pairs that brought two clusters together'), ('pass', 'upn', 'refused', 4, 'pairs refused by a cannot-link'),
    ('pass', 'dob_sex_ethnic', 'joined', 204, 'pairs that brought two clusters together'),
    ('linkage_rate', 'npd', '2024', 0.91266, 'of school records'), ('linkage_rate', 'npd', '2025', 0.93111, 'of school records'),
    ('evaluation', 'pairs: precision', '', 0.99712, 'share of links that are right, against known truth'),
    ('evaluation', 'pairs: recall', '', 0.95055, 'share of true links that were made, against known truth'),
    ('evaluation', 'pairs: precision', 'uasc', 0.98, 'share of links that are right, against known truth'),
    ('evaluation', 'pairs: recall', 'uasc', 0.9, 'share of true links that were made, against known truth');

create table return_quality(dataset varchar, year smallint, la varchar, module varchar, files integer, rows bigint, kept bigint, quarantined bigint, findings bigint, rules integer);
insert into return_quality
select 'ssda903', y, la, 'episodes', 1, 1000, 1000, 0, 0, 0 from range(2018, 2026) t(y), (values ('E09000002'), ('E09000003')) v(la)
union all select 'ssda903', y, 'E09000002', 'visits', 1, 500, 500, 0, 0, 0 from range(2024, 2026) t(y)
union all select 'ssda903', 2025, 'E09000002', 'header', 1, 4, 4, 0, 0, 0
union all select 'hes', 2025, 'E92000001', 'admission', 1, 2000, 1500, 500, 3, 1;
-- What rules find: see TestTrend, whose rules these are.
create table return_finding(dataset varchar, year smallint, la varchar, module varchar, rule varchar, kind varchar, title varchar, severity varchar, column_name varchar, findings bigint);
insert into return_finding
select 'ssda903', year, la, module, rule, kind, title || ' found', severity, col, n
from (values
    -- 301 falls from 60 to 20 and from 90 to 30
    (2018, 'E09000002', 'episodes', '301', 'stage1', 'an old rule', 'error', '', 60), (2018, 'E09000003', 'episodes', '301', 'stage1', 'an old rule', 'error', '', 90),
    (2020, 'E09000002', 'episodes', '301', 'stage1', 'an old rule', 'error', '', 60), (2020, 'E09000003', 'episodes', '301', 'stage1', 'an old rule', 'error', '', 90),
    (2024, 'E09000002', 'episodes', '301', 'stage1', 'an old rule', 'error', '', 22), (2024, 'E09000003', 'episodes', '301', 'stage1', 'an old rule', 'error', '', 30),
    (2025, 'E09000002', 'episodes', '301', 'stage1', 'an old rule', 'error', '', 20), (2025, 'E09000003', 'episodes', '301', 'stage1', 'an old rule', 'error', '', 30),
    -- 302 began in 2024, 303 said something else from 2025 on, 304 needs the year before, 305 ended with 2023
    (2024, 'E09000002', 'episodes', '302', 'stage2', 'a new rule', 'error', '', 40), (2025, 'E09000002', 'episodes', '302', 'stage2', 'a new rule', 'error', '', 80),
    (2024, 'E09000002', 'episodes', '303', 'stage2', 'a changed rule', 'error', '', 10), (2025, 'E09000002', 'episodes', '303', 'stage2', 'a changed rule', 'error', '', 70),
    (2025, 'E09000002', 'episodes', '304', 'stage2', 'a rule on two years', 'error', '', 11),
    (2018, 'E09000002', 'episodes', '305', 'stage2', 'a rule that ended', 'error', '', 33),
    -- 306 is about a table that came in 2024 for the first time
    (2025, 'E09000002', 'visits', '306', 'integrity', 'a rule on visits', 'warning', '', 50),
    -- counts of a supplier that are hidden: of the same shown sum, one of 1 and one of 5
    (2024, 'E09000003', 'episodes', 'code', 'reading', 'a code', 'warning', 'PLACE', 1), (2025, 'E09000003', 'episodes', 'code', 'reading', 'a code', 'warning', 'PLACE', 5),
    (2024, 'E09000002', 'episodes', 'code', 'reading', 'a code', 'warning', 'PLACE', 12), (2025, 'E09000002', 'episodes', 'code', 'reading', 'a code', 'warning', 'PLACE', 12),
    (2025, 'E09000002', '', 'unknown_file', 'reading', 'a file', 'warning', '', 7)
) v(year, la, module, rule, kind, title, severity, col, n)
union all select 'hes', 2025, 'E92000001', 'admission', 'date', 'reading', 'a date found', 'error', 'ADMIDATE', 3;
-- 304 was not applied to E09000003 in 2022, nor to anybody in 2023.
create table rule_skipped(dataset varchar, year smallint, la varchar, rule varchar, reason varchar);
insert into rule_skipped values ('ssda903', 2022, 'E09000003', '304', 'no table of postcodes'), ('ssda903', 2023, 'E09000002', '304', 'no table of postcodes'),
    ('ssda903', 2023, 'E09000003', '304', 'no table of postcodes');
update return_quality q set findings = coalesce((select sum(f.findings) from return_finding f where (f.dataset, f.year, f.la, f.module) = (q.dataset, q.year, q.la, q.module)), 0);

create table chart_stock_flow as
select y as year, m as measure, n + 13 * (y - 2021) as n from range(2021, 2026) t(y), (values ('looked_after', 4012), ('started', 1507), ('ceased', 1431)) v(m, n);
create table chart_placement_mix as
select y as year, g as placement_type, n + s * (y - 2021) as n
from range(2021, 2026) t(y), (values ('foster_other', 2300, -20), ('foster_relative', 600, -10), ('residential', 560, 40), ('adoption', 120, -2), ('parents', 290, 3), ('independent', 140, 1), ('secure', 3, 0)) v(g, n, s);
create table chart_placement_moves as
select y as year, p as placements, n from range(2021, 2026) t(y), (values ('1', 2800), ('2', 820), ('3 or more', 390)) v(p, n);
create table chart_exits_incidence as
select 'total' as cohort, m as months, w as way_out, round(top / 100 * (1 - exp(-m / 14.0)), 6) as incidence, greatest(1600 - 27 * m, 4) as at_risk
from range(0, 61) t(m), (values ('home_planned', 22), ('home_unplanned', 8), ('adoption', 11), ('special_guardianship', 12), ('aged_out', 14), ('other', 9)) v(w, top);
create table chart_reentry as
select w as way_out, m as months, round(top / 100 * (1 - exp(-m / 20.0)), 6) as share, n - 20 * m as at_risk
from range(0, 37) t(m), (values ('home_planned', 14, 800), ('home_unplanned', 26, 500), ('special_guardianship', 4, 900)) v(w, top, n) where n - 20 * m >= 0;
create table chart_sdq_by_years_in_care as
select y as years_in_care, 9 - y * 0.25 as p25, 15 - y * 0.5 as median, 21 - y * 0.5 as p75, 600 - 75 * y as scored, 820 - 90 * y as eligible from range(0, 9) t(y);
create table chart_sdq_bands as
select y as year, b as band, n from range(2021, 2026) t(y), (values ('normal', 1003), ('borderline', 271), ('concern', 845), ('not_scored', 300)) v(b, n);
create table chart_sdq_contact as
select y as year, 845 + y - 2021 as high, 702 as linked, 333 as referred, 280 as contact from range(2021, 2026) t(y);
create table chart_attendance_around_entry as
select t as term, 61000 as sessions_possible, 5200 + 400 * abs(t) as sessions_absent, if(t = 6, 4, 512) as n from range(-6, 7) x(t);
create table chart_wellbeing_sdq(high_sdq boolean, low_satisfaction boolean, n bigint);
insert into chart_wellbeing_sdq values (false, false, 512), (false, true, 83), (true, false, 277), (true, true, 104);
create table chart_life_satisfaction as
select y as year, b as band, n from range(2021, 2026) t(y), (values ('low', 187), ('medium', 263), ('high', 331), ('very_high', 195)) v(b, n);
create table chart_leaver_activity as
select y as year, a as age, s as activity, n from range(2021, 2026) t(y), (values (17), (18), (19), (20), (21)) u(a), (values ('eet', 213), ('neet', 140), ('not_known', 31)) v(s, n);

create table data_dictionary("database" varchar, table_name varchar, column_name varchar, type varchar, unit varchar, description varchar, source varchar);
insert into data_dictionary select 'research', 'indicator_cell', column_name, data_type, '', 'Unrounded: ' || column_name, 'models'
from duckdb_columns() where table_name = 'indicator_cell';

create table authority(old_la_code varchar, ons_code varchar, la_name varchar, region_code varchar, region_name varchar, valid_from date);
insert into authority values ('301', 'E09000002', 'Barking and Dagenham', 'E12000007', 'London', '1965-04-01'), ('302', 'E09000003', 'Barnet', 'E12000007', 'London', '1965-04-01');
