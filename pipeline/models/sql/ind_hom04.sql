-- model:   ind_hom04
-- grain:   a fact is a child adopted in the year and a stage
-- inputs:  adoption
-- shape:   mean
-- columns:
--   measure              VARCHAR stage: entry_to_decision, decision_to_match, match_to_placement, entry_to_placement, placement_to_adoption, entry_to_adoption
--   denominator          BIGINT  adopted children of whom both dates are known
--   value                DOUBLE  mean days of the stage; each stage has its own mean, so stages need not add up
--   coverage_denominator BIGINT  children adopted in the year
-- checks:
-- source:  indicator catalogue, HOM04. Where the later date comes before the earlier one, one of them is wrong and the stage is not known
with
stage as (
    select person_id, year, la,
        case when age_at_start is null then 'unknown' when age_at_start < 1 then 'under_1' when age_at_start < 7 then age_at_start::varchar else '7_plus' end as age,
        unnest([
            {'name': 'entry_to_decision', 'days': decision_date - start_date}, {'name': 'decision_to_match', 'days': match_date - decision_date},
            {'name': 'match_to_placement', 'days': placed_date - match_date}, {'name': 'entry_to_placement', 'days': placed_date - start_date},
            {'name': 'placement_to_adoption', 'days': adopted_date - placed_date}, {'name': 'entry_to_adoption', 'days': adopted_date - start_date}]) as s
    from adoption
)
select s.name as measure, person_id, year, la, case when s.days >= 0 then s.days end as amount,
    [{'breakdown': 'age_at_start_of_final_period', 'category': age}] as more
from stage
