-- model:   chart_sdq_bands
-- grain:   one row per year, band
-- inputs:  sdq
-- columns:
--   year SMALLINT collection year
--   band VARCHAR  normal, borderline, concern, or not_scored
--   n    BIGINT   eligible children
-- checks:  unique(year, band)
-- source:  SSDA903 OC2
with
final as (
    select year, coalesce(band, 'not_scored') as band, count(*) as n from sdq where eligible group by all
)
select * from final
order by year, band
