-- model:   indicator_cell
-- grain:   one row per indicator_id, measure, time_period, geographic_level, area_code, breakdown, category: a figure, unrounded
-- inputs:  ind_rec01, ind_rec02, ind_rec03, ind_rec04, ind_rec05, ind_rec06, ind_rec07, ind_rec09, ind_rec10, ind_rec10_bands, ind_rec10_km, ind_rec11, ind_wel01, ind_wel02, ind_wel03, ind_wel04, ind_wel05, ind_wel05_kappa, ind_wel06, ind_wel06_difference, ind_sta01, ind_sta02, ind_sta03, ind_sta04, ind_sta05, ind_sta06, ind_sta07, ind_sta08, ind_sta08_shape, ind_sta09, ind_sta10, ind_sta11, ind_edu01, ind_edu02, ind_edu03, ind_edu04, ind_hea01, ind_hea02, ind_hea03, ind_lea01, ind_lea02, ind_lea03, ind_lea04, ind_lea04_states, ind_lea05, ind_lea05_days, ind_lea05_time, ind_lea06, ind_hom01, ind_hom02, ind_hom03, ind_hom03_time, ind_hom04, ind_hom05, ind_saf01, ind_saf01_incidents, ind_saf02, ind_saf03, ind_saf04, ind_saf05
-- columns:
--   indicator_id         VARCHAR as in indicator_catalogue
--   measure              VARCHAR sub-row of the indicator; empty when there is one figure
--   time_period          VARCHAR collection year, or academic year as 202324
--   time_identifier      VARCHAR Reporting year or Academic year
--   geographic_level     VARCHAR National, Regional or Local authority
--   area_code            VARCHAR ONS code
--   area_name            VARCHAR name of the area
--   breakdown            VARCHAR total, or what the unit is broken down by
--   category             VARCHAR Total, or the value of the breakdown
--   numerator            BIGINT  count or sum above the line; NULL where the value is no ratio of counts
--   denominator          BIGINT  count below the line
--   value                DOUBLE  the figure; NULL when it can't be formed
--   lower                DOUBLE  lower end of the 95 per cent interval of value; NULL where there is none
--   upper                DOUBLE  its upper end
--   value_kind           VARCHAR percentage, mean, rate, quantile, incidence, kappa, difference or net_change
--   unit                 VARCHAR what is counted
--   coverage_numerator   BIGINT  those about whom the answer is known
--   coverage_denominator BIGINT  those about whom it should be
-- checks:  unique(indicator_id, measure, time_period, geographic_level, area_code, breakdown, category); coverage_numerator <= coverage_denominator
-- source:  indicator catalogue; never leaves the research database as it stands
with
-- tables are ordered already, and indicators follow each other: only those of several tables are put in order here
hom03 as (
    select * from (
        from ind_hom03
        union all from ind_hom03_time
    )
    order by measure, time_period, geographic_level, area_code, breakdown, category
),
lea04 as (
    select * from (
        from ind_lea04
        union all from ind_lea04_states
    )
    order by measure, time_period, geographic_level, area_code, breakdown, category
),
lea05 as (
    select * from (
        from ind_lea05
        union all from ind_lea05_days
        union all from ind_lea05_time
    )
    order by measure, time_period, geographic_level, area_code, breakdown, category
),
rec10 as (
    select * from (
        from ind_rec10
        union all from ind_rec10_bands
        union all from ind_rec10_km
    )
    order by measure, time_period, geographic_level, area_code, breakdown, category
),
saf01 as (
    select * from (
        from ind_saf01
        union all from ind_saf01_incidents
    )
    order by measure, time_period, geographic_level, area_code, breakdown, category
),
sta08 as (
    select * from (
        from ind_sta08
        union all from ind_sta08_shape
    )
    order by measure, time_period, geographic_level, area_code, breakdown, category
),
wel05 as (
    select * from (
        from ind_wel05
        union all from ind_wel05_kappa
    )
    order by measure, time_period, geographic_level, area_code, breakdown, category
),
wel06 as (
    select * from (
        from ind_wel06
        union all from ind_wel06_difference
    )
    order by measure, time_period, geographic_level, area_code, breakdown, category
),
final as (
    from ind_edu01
    union all from ind_edu02
    union all from ind_edu03
    union all from ind_edu04
    union all from ind_hea01
    union all from ind_hea02
    union all from ind_hea03
    union all from ind_hom01
    union all from ind_hom02
    union all from hom03
    union all from ind_hom04
    union all from ind_hom05
    union all from ind_lea01
    union all from ind_lea02
    union all from ind_lea03
    union all from lea04
    union all from lea05
    union all from ind_lea06
    union all from ind_rec01
    union all from ind_rec02
    union all from ind_rec03
    union all from ind_rec04
    union all from ind_rec05
    union all from ind_rec06
    union all from ind_rec07
    union all from ind_rec09
    union all from rec10
    union all from ind_rec11
    union all from saf01
    union all from ind_saf02
    union all from ind_saf03
    union all from ind_saf04
    union all from ind_saf05
    union all from ind_sta01
    union all from ind_sta02
    union all from ind_sta03
    union all from ind_sta04
    union all from ind_sta05
    union all from ind_sta06
    union all from ind_sta07
    union all from sta08
    -- leaving care only competes with moves there; ind_hom01 has its figures
    union all from ind_sta09 where measure like '%move%'
    union all from ind_sta10
    union all from ind_sta11
    union all from ind_wel01
    union all from ind_wel02
    union all from ind_wel03
    union all from ind_wel04
    union all from wel05
    union all from wel06
)
select * from final
