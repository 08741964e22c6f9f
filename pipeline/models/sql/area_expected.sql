-- model:   area_expected
-- grain:   one row per geographic_level, area_code, year: how many children with a high SDQ score were to be expected a year later
-- inputs:  sdq_next_year, sdq, area_member, authority_group, ref.year
-- columns:
--   geographic_level VARCHAR  National, Health area or Local authority
--   area_code        VARCHAR  as in area_member
--   area_name        VARCHAR  its name
--   year             SMALLINT collection year from which is looked ahead
--   children         BIGINT   children aged 4 to 15 looked after on 31 March
--   pairs            SMALLINT pairs of years from which the shares come: up to three, the last ends in year
--   stay_or_become   DOUBLE   of these children, expected to have a high score a year later
--   newcomers        DOUBLE   expected with a high score a year later, though not of the authority in year: yearly mean over the same pairs
--   expected         DOUBLE   both together
--   lower            DOUBLE   lower end of a 95 per cent interval for what will come
--   upper            DOUBLE   its upper end
--   high             BIGINT   children with a high score in year
--   came             BIGINT   children with a high score a year later; NULL for the last year, and for an area without children by then
-- checks:  unique(geographic_level, area_code, year); pairs between 1 and 3; lower <= expected; expected <= upper
-- source:  England's shares by age and band of those with a high score a year later; ages and bands that nobody was in before take the share of all. The interval has the chance of each child, the doubt about the shares and, as of a Poisson count, about newcomers
with
cared as (
    select m.geographic_level, m.area_code, m.area_name, n.*
    from sdq_next_year n
    join area_member m using (la, year)
),
high as (
    -- who comes with a high score, and was not looked after by the authority a year before
    select m.geographic_level, m.area_code, s.year, count(*) as n, count(*) filter (where b.person_id is null) as new
    from sdq s
    join area_member m using (la, year)
    join authority_group g on g.la = s.la
    left join (select n.person_id, n.year, a.authority_group from sdq_next_year n join authority_group a using (la)) b
        on b.person_id = s.person_id and b.year = s.year - 1 and b.authority_group = g.authority_group
    where s.eligible and s.high
    group by m.geographic_level, m.area_code, s.year
),
pair as (
    -- base is the year looked ahead from, year the first of a pair that had ended by then
    select b.year as base, y.year
    from ref.year b
    join ref.year y on y.year between b.year - 3 and b.year - 1
),
share as (
    select p.base, n.age_band, n.band, count(*) as n, count(*) filter (where n.next_high) as k
    from sdq_next_year n
    join pair p using (year)
    group by p.base, n.age_band, n.band
),
any_share as (
    select base, sum(n)::bigint as n, sum(k)::bigint as k from share group by base
),
size as (
    select geographic_level, area_code, min(area_name) as area_name, year, count(*) as children from cared group by geographic_level, area_code, year
),
newcomer as (
    select z.geographic_level, z.area_code, p.base, count(*) as years, coalesce(sum(h.new), 0)::bigint as n
    from size z
    join pair p using (year)
    left join high h on h.geographic_level = z.geographic_level and h.area_code = z.area_code and h.year = p.year + 1
    group by z.geographic_level, z.area_code, p.base
),
stay as (
    -- decimals, whose sum has no order
    select geographic_level, area_code, year,
        sum(round(m * (k / n), 9)::decimal(28, 9))::double as expected,
        sum(round(m * (k / n) * (1 - k / n) * (1 + m / n), 9)::decimal(28, 9))::double as variance
    from (
        select c.geographic_level, c.area_code, c.year, count(*) as m, coalesce(s.n, a.n) as n, coalesce(s.k, a.k) as k
        from cared c
        join any_share a on a.base = c.year
        left join share s on s.base = c.year and s.age_band = c.age_band and s.band = c.band
        -- all who take the share of all stand in one group
        group by c.geographic_level, c.area_code, c.year, s.age_band, s.band, s.n, s.k, a.n, a.k
    )
    group by geographic_level, area_code, year
),
summed as (
    select
        z.geographic_level, z.area_code, z.area_name, z.year, z.children,
        (select count(*) from pair p where p.base = z.year)::smallint as pairs,
        t.expected as stay_or_become,
        coalesce(w.n / w.years, 0)::double as newcomers,
        t.variance + coalesce(w.n / w.years * (1 + 1 / w.years), 0) as variance
    from size z
    join stay t using (geographic_level, area_code, year)
    left join newcomer w on w.geographic_level = z.geographic_level and w.area_code = z.area_code and w.base = z.year
),
final as (
    select
        s.geographic_level, s.area_code, s.area_name, s.year, s.children, s.pairs, s.stay_or_become, s.newcomers,
        s.stay_or_become + s.newcomers as expected,
        greatest(0, round(s.stay_or_become + s.newcomers - 1.959964 * sqrt(s.variance), 6)) as lower,
        round(s.stay_or_become + s.newcomers + 1.959964 * sqrt(s.variance), 6) as upper,
        coalesce(h.n, 0) as high,
        case when later.children > 0 then coalesce(a.n, 0) end as came
    from summed s
    left join high h on h.geographic_level = s.geographic_level and h.area_code = s.area_code and h.year = s.year
    left join high a on a.geographic_level = s.geographic_level and a.area_code = s.area_code and a.year = s.year + 1
    left join size later on later.geographic_level = s.geographic_level and later.area_code = s.area_code and later.year = s.year + 1
)
select * from final
order by geographic_level, area_code, year
