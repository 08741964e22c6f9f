-- model:   child
-- grain:   one row per person_id in a return
-- inputs:  person_key, stg_header, stg_uasc, stg_oc2, stg_oc3, period_of_care, ref.code
-- columns:
--   person_id       VARCHAR  linked person
--   birth_year      SMALLINT year of birth, as the latest return has it
--   birth_month     SMALLINT month of birth, 1 to 12
--   sex             VARCHAR  male, female or unknown; the most frequent value
--   ETHNIC          VARCHAR  most frequent code but REFU and NOBT; one of these when there is no other
--   ethnicity_group VARCHAR  group of ETHNIC
--   uasc            BOOLEAN  was an unaccompanied asylum-seeking child in some return
--   first_entry     DATE     first day of the first period of care; NULL when its start was not seen: care before the first return, respite alone, and care leavers without episodes
--   first_year      SMALLINT first return
--   last_year       SMALLINT last return
--   authorities     SMALLINT number of authorities that sent returns about the person
--   child_keys      SMALLINT number of keys that linkage joined
--   linked_school   BOOLEAN  has a school record
--   linked_health   BOOLEAN  has a mental health record
--   linked_hospital BOOLEAN  has a hospital record
--   linked_survey   BOOLEAN  has a survey record
--   linked_cin      BOOLEAN  has a children in need record
-- checks:  unique(person_id)
-- source:  SSDA903 Header, UASC
with
person as (
    select
        person_id,
        count(*) filter (where source = 'ssda903')::smallint as child_keys,
        coalesce(bool_or(source = 'npd'), false) as linked_school,
        coalesce(bool_or(source = 'mhsds'), false) as linked_health,
        coalesce(bool_or(source = 'hes'), false) as linked_hospital,
        coalesce(bool_or(source = 'wellbeing_survey'), false) as linked_survey,
        coalesce(bool_or(source = 'cin_census'), false) as linked_cin
    from person_key
    group by person_id
    having bool_or(source = 'ssda903')
),
births as (
    select person_id, year, "load", la, birth_year, birth_month, 1 as weight from stg_header
    union all select person_id, year, "load", la, birth_year, birth_month, 0 from stg_oc3
    union all select person_id, year, "load", la, birth_year, birth_month, 0 from stg_oc2
    union all select person_id, year, "load", la, birth_year, birth_month, 0 from stg_uasc
),
birth as (
    select
        person_id,
        arg_max(struct_pack(birth_year, birth_month), (weight, year, "load", la, birth_year, birth_month))
            filter (where birth_year is not null and birth_month is not null) as b,
        min(year) as first_year,
        max(year) as last_year,
        count(distinct la)::smallint as authorities
    from births
    group by person_id
),
sexes as (
    select person_id, SEX, count(*) as n, max(year) as latest from stg_header where SEX in ('M', 'F') group by person_id, SEX
),
sex as (
    select person_id, arg_max(SEX, (n, latest, SEX)) as SEX from sexes group by person_id
),
ethnics as (
    select person_id, ETHNIC, ETHNIC not in ('REFU', 'NOBT') as known, count(*) as n, max(year) as latest
    from stg_header where ETHNIC is not null group by person_id, ETHNIC
),
ethnic as (
    select person_id, arg_max(ETHNIC, (known, n, latest, ETHNIC)) as ETHNIC from ethnics group by person_id
),
entry as (
    select person_id, start_date as first_entry from period_of_care where period_no = 1 and RNE = 'S'
),
final as (
    select
        p.person_id,
        b.b.birth_year as birth_year,
        b.b.birth_month as birth_month,
        case s.SEX when 'M' then 'male' when 'F' then 'female' else 'unknown' end as sex,
        e.ETHNIC,
        coalesce(c.code_group, 'unknown') as ethnicity_group,
        p.person_id in (select person_id from stg_uasc where person_id is not null) as uasc,
        f.first_entry,
        b.first_year, b.last_year, b.authorities,
        p.child_keys, p.linked_school, p.linked_health, p.linked_hospital, p.linked_survey, p.linked_cin
    from person p
    left join birth b using (person_id)
    left join sex s using (person_id)
    left join ethnic e using (person_id)
    left join ref.code c on c.code_set = 'ETHNIC' and c.code = e.ETHNIC
    left join entry f using (person_id)
)
select * from final
order by person_id
