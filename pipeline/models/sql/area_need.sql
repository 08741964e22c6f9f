-- model:   area_need
-- grain:   one row per geographic_level, area_code, year with a child whose SDQ was due: need for help with mental health, and what followed
-- inputs:  sdq, high_sdq, area_member
-- columns:
--   geographic_level VARCHAR  National, Health area or Local authority
--   area_code        VARCHAR  as in area_member
--   area_name        VARCHAR  its name
--   year             SMALLINT collection year
--   eligible         BIGINT   children aged 5 to 16 on 31 March and looked after for 12 months
--   scored           BIGINT   of them, children with a score
--   score_total      BIGINT   sum of their scores
--   normal           BIGINT   of those scored, children with 0 to 13
--   borderline       BIGINT   14 to 16
--   concern          BIGINT   17 to 40: a high score
--   linked           BIGINT   of those with a high score, children with a mental health record, so that contact could be seen
--   referred         BIGINT   of those linked, children with a referral received or open between 1 April before and 30 September after the score
--   contact          BIGINT   of those linked, children with an attended contact in that time
--   reached          BIGINT   of those linked, children with an attended contact or an open referral in that time
-- checks:  unique(geographic_level, area_code, year); normal + borderline + concern = scored; linked <= concern; contact <= reached; reached <= linked
-- source:  indicator catalogue, REC01 to REC03 and REC09, which here leaves out scores of children who are not eligible
with
scored as (
    select s.*, h.linked, h.referred, h.contact, h.contact or h.open_referral as reached
    from sdq s
    left join high_sdq h using (person_id, year)
    where s.eligible
),
final as (
    select
        m.geographic_level, m.area_code, min(m.area_name) as area_name, s.year,
        count(*) as eligible,
        count(s.SDQ_SCORE) as scored,
        coalesce(sum(s.SDQ_SCORE), 0)::bigint as score_total,
        count(*) filter (where s.band = 'normal') as normal,
        count(*) filter (where s.band = 'borderline') as borderline,
        count(*) filter (where s.band = 'concern') as concern,
        count(*) filter (where s.linked) as linked,
        count(*) filter (where s.referred) as referred,
        count(*) filter (where s.contact) as contact,
        count(*) filter (where s.reached) as reached
    from scored s
    join area_member m using (la, year)
    group by m.geographic_level, m.area_code, s.year
)
select * from final
order by geographic_level, area_code, year
