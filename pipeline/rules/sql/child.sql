-- What a rule may ask for beside the columns of a row, here and in order.sql. raw_<Module> and last_<Module> hold the rows of this return
-- and of last year's. A child's number belongs to one authority: everything is joined on la and CHILD.

-- The latest episode of last year's return.
create or replace table last_episode as
select la, CHILD, {open}
from last_Episodes
where DECOM is not null and CHILD is not null
qualify row_number() over (partition by la, CHILD order by DECOM desc, row_id desc) = 1;

-- One row a child of this return.
create or replace table child as
with header as (
    select distinct on (la, CHILD) la, CHILD, DOB, SEX, UPN, MOTHER, UASC, has_flag
    from raw_Header where CHILD is not null
    order by la, CHILD, row_id
), flags as (
    select la, bool_or(has_flag) as has_flag from raw_Header group by la
), last_flags as (
    select la, bool_or(has_flag) as has_flag from last_Header group by la
), prior_header as (
    select la, CHILD, bool_or(UASC = '1') as uasc from last_Header where CHILD is not null group by la, CHILD
), episodes as (
    select la, CHILD,
        bool_or(DECOM <= {YE} and (DEC >= {YS} or DEC is null)) as overlaps,
        bool_or(DECOM <= {YE} and (DEC >= {YS} or DEC is null) and coalesce(LS, '') not in ('V3', 'V4')) as overlaps_long,
        bool_or(coalesce(LS, '') not in ('V3', 'V4')) as has_long,
        bool_or(RNE = 'S' and DECOM > {YS} and DECOM <= {YE}) as came_in,
        bool_or(REC is distinct from 'X1' and DEC >= {YS} and DEC < {YE}) as went,
        bool_or(LS in ('V3', 'V4') and DECOM <= {YE} and (DEC >= {YS} or DEC is null)) as respite,
        min(DECOM) as first_DECOM
    from raw_Episodes where CHILD is not null
    group by la, CHILD
), last_of_year as (
    select distinct on (la, CHILD) la, CHILD, REC, DEC
    from raw_Episodes where DECOM is not null and CHILD is not null
    order by la, CHILD, DECOM desc, row_id desc
), leavers as (
    select la, CHILD, bool_or(coalesce(IN_TOUCH, ACTIV, ACCOM) is not null) as filled from raw_OC3 where CHILD is not null group by la, CHILD
), adopted as (
    select la, CHILD, bool_or(coalesce(DATE_INT_text, DATE_MATCH_text, FOSTER_CARE, NB_ADOPTR, SEX_ADOPTR, LS_ADOPTR) is not null) as filled
    from raw_AD1 where CHILD is not null group by la, CHILD
), health as (
    select la, CHILD, bool_or(coalesce(CONVICTED, HEALTH_CHECK, IMMUNISATIONS, TEETH_CHECK, HEALTH_ASSESSMENT, SUBSTANCE_MISUSE,
        INTERVENTION_RECEIVED, INTERVENTION_OFFERED) is not null) as filled
    from raw_OC2 where CHILD is not null group by la, CHILD
), asylum as (
    select distinct la, CHILD from raw_UASC where CHILD is not null
), last_asylum as (
    select distinct la, CHILD from last_UASC where CHILD is not null
), in_last_episodes as (
    select distinct la, CHILD from last_Episodes where CHILD is not null
)
select i.la, i.CHILD,
    h.CHILD is not null as c_in_header,
    e.CHILD is not null as c_in_episodes,
    h.DOB as c_DOB, h.SEX as c_SEX, h.UPN as c_UPN, h.MOTHER as c_MOTHER,
    coalesce(h.SEX in ({male}), false) as c_male,
    coalesce(h.SEX in ({female}), false) as c_female,
    coalesce(e.overlaps and not coalesce(e.came_in, false) and not coalesce(e.went, false) and not coalesce(e.respite, false), false) as c_cla12,
    coalesce(case when f.has_flag then h.UASC = '1' else a.CHILD is not null end, false) as c_uasc,
    coalesce(case when lf.has_flag then lh.uasc else la_.CHILD is not null end, false) as c_uasc_last,
    c_uasc or c_uasc_last as c_ex_uasc,
    coalesce(l.filled, false) as c_leaver,
    coalesce(d.filled, false) as c_adopted,
    coalesce(o.filled, false) as c_oc2,
    coalesce(e.overlaps, false) as c_overlaps,
    coalesce(e.overlaps_long, false) as c_overlaps_long,
    coalesce(e.has_long, false) as c_has_long,
    y.REC as c_last_REC, y.DEC as c_last_DEC,
    coalesce(w.DECOM is not null and w.DEC is null, false) as c_was_open,
    lh.CHILD is not null as c_in_last_header,
    le.CHILD is not null as c_in_last_episodes,
    e.first_DECOM as c_first_DECOM
from ({children}) i
left join header h using (la, CHILD)
left join flags f on f.la = i.la
left join last_flags lf on lf.la = i.la
left join prior_header lh on lh.la = i.la and lh.CHILD = i.CHILD
left join episodes e on e.la = i.la and e.CHILD = i.CHILD
left join last_of_year y on y.la = i.la and y.CHILD = i.CHILD
left join leavers l on l.la = i.la and l.CHILD = i.CHILD
left join adopted d on d.la = i.la and d.CHILD = i.CHILD
left join health o on o.la = i.la and o.CHILD = i.CHILD
left join asylum a on a.la = i.la and a.CHILD = i.CHILD
left join last_asylum la_ on la_.la = i.la and la_.CHILD = i.CHILD
left join last_episode w on w.la = i.la and w.CHILD = i.CHILD
left join in_last_episodes le on le.la = i.la and le.CHILD = i.CHILD;
