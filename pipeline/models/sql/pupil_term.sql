-- model:   pupil_term
-- grain:   one row per person_id, year, term with attendance of a pupil in school records, never looked after or not
-- inputs:  stg_npd_absence, child, ref.code
-- columns:
--   person_id             VARCHAR  linked person
--   year                  SMALLINT calendar year in which the academic year ends
--   term                  VARCHAR  AUT, SPR or SUM
--   term_no               INTEGER  counts terms on from the autumn of 1999, so that the difference of two is how many terms lie between them
--   in_returns            BOOLEAN  has a row in child
--   terms_from_entry      INTEGER  terms since that of the first entry into care: 0 for it, -1 for the one before; NULL without a first entry
--   sessions_possible     INTEGER  half days, over schools
--   sessions_absent       INTEGER  half days missed
--   sessions_unauthorised INTEGER  of them, without leave
-- checks:  unique(person_id, year, term); sessions_absent is null or sessions_absent >= 0
-- source:  National Pupil Database extracts, absence. A day belongs to autumn from September to December, to spring to March and to summer to August
with
sent as (
    select person_id, (AcademicYear // 100 + 1)::smallint as year, term,
        sum(SessionsPossible)::integer as possible, sum(OverallAbsence)::integer as absent, sum(UnauthorisedAbsence)::integer as unauthorised
    from (select s.* from stg_npd_absence s semi join (select la, year, max("load") as "load" from stg_npd_absence group by la, year) l on l.la = s.la and l.year = s.year and l."load" = s."load")
    where person_id is not null and AcademicYear is not null
        and term in (select code from ref.code where code_set = 'CENSUS_TERM')
    group by all
),
numbered as (
    select *, (year - 2000) * 3 + case term when 'AUT' then 0 when 'SPR' then 1 else 2 end as term_no from sent
),
entry as (
    select person_id,
        (year(first_entry) - 2000) * 3 + case when month(first_entry) >= 9 then 3 when month(first_entry) <= 3 then 1 else 2 end as term_no
    from child where first_entry is not null
),
final as (
    select
        n.person_id, n.year, n.term, n.term_no::integer as term_no,
        c.person_id is not null as in_returns,
        (n.term_no - e.term_no)::integer as terms_from_entry,
        n.possible as sessions_possible, n.absent as sessions_absent, n.unauthorised as sessions_unauthorised
    from numbered n
    left join child c on c.person_id = n.person_id
    left join entry e on e.person_id = n.person_id
)
select * from final
order by person_id, year, term_no
