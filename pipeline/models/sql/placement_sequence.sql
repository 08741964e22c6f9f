-- model:   placement_sequence
-- grain:   one row per person_id of care_sequence with a pattern: its shape and type
-- inputs:  care_sequence, computed.sequence_pattern
-- columns:
--   person_id   VARCHAR  linked person
--   cohort      SMALLINT collection year in which the first period of care started
--   la          VARCHAR  authority at the start
--   pattern     VARCHAR  a letter of month_state a month, from the month of entry
--   type_no     INTEGER  as in sequence_type; NULL when there are too few patterns for types
--   transitions INTEGER  months whose state isn't the one before
--   entropy     DOUBLE   of the time spent in each state, over the logarithm of the number of states: 0 to 1
--   complexity  DOUBLE   root of transitions over their most, times entropy: 0 to 1
--   turbulence  DOUBLE   log2 of distinct subsequences, more where runs are of like length; 1 for a single state
-- checks:  unique(person_id); entropy between 0 and 1; complexity between 0 and 1; turbulence >= 1
-- source:  indicator catalogue, STA08; optimal matching (indel 1, substitution 2 less both transition rates) and partitioning around medoids
with
final as (
    select s.person_id, s.cohort, s.la, s.pattern, p.type_no, p.transitions, round(p.entropy, 6) as entropy, round(p.complexity, 6) as complexity,
        round(p.turbulence, 6) as turbulence
    from care_sequence s
    join computed.sequence_pattern p using (pattern)
)
select * from final
order by person_id
