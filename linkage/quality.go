package linkage

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// QualityRow is one figure about a run's linkage.
type QualityRow struct {
	Section  string  `json:"section"`  // what kind of figure
	Item     string  `json:"item"`     // of what: a pass, a cannot-link, an identifier
	Subgroup string  `json:"subgroup"` // of whom: a year, an authority, a size; empty for all
	Value    float64 `json:"value"`
	Note     string  `json:"note"` // what the figure counts, in words
}

// Quality tells how well a run went: what passes joined and cannot-links refused, who was linked, how complete identifiers were. Rows
// stand in a fixed order.
func Quality(t *Records, rules *Rules, r *Result) []QualityRow {
	q := quality{t: t, rules: rules, r: r}
	q.run()
	q.passes()
	q.persons()
	q.rates()
	q.completeness()
	return q.rows
}

type quality struct {
	t     *Records
	rules *Rules
	r     *Result
	rows  []QualityRow
}

// spine is the name of the source whose records define persons.
func (q *quality) spine() string {
	if q.t.spine == noSource {
		return ""
	}
	return q.t.sources[q.t.spine]
}

func (q *quality) add(section, item, subgroup string, value float64, note string) {
	q.rows = append(q.rows, QualityRow{section, item, subgroup, value, note})
}

func (q *quality) run() {
	r := q.r
	returns, wrong := 0, 0.0
	for _, m := range r.Memberships {
		if m.Source == q.spine() {
			returns++
		}
		wrong += 1 - m.MatchProbability
	}
	q.add("run", "records", "", float64(len(r.Nodes)), "distinct records of all sources, years joined")
	q.add("run", "records of the returns", "", float64(returns), "distinct authority and CHILD")
	q.add("run", "persons", "", float64(r.Persons), "children in the spine")
	q.add("run", "expected false links", "", wrong, "sum over linked records of 1 - match probability")
	q.add("run", "records for review", "", float64(len(r.Reviews)), "a number that two children seem to have had")
	kinds := map[EventKind]int{}
	for _, e := range r.Events {
		kinds[e.Kind]++
	}
	for _, k := range []EventKind{Minted, Attached, Detached, Merged, Split, Retired, Decided} {
		q.add("event", string(k), "", float64(kinds[k]), "changes of the spine since the parent snapshot")
	}
	for _, x := range r.Rejected {
		q.add("rejected", x.Reason, x.Pass, float64(x.Count), "records or rows that could not be used")
	}
}

func (q *quality) passes() {
	r := q.r
	for _, p := range r.Passes {
		q.add("pass", p.ID, "pairs", float64(p.Pairs), p.Does)
		q.add("pass", p.ID, "joined", float64(p.Joined), "pairs that brought two clusters together")
		q.add("pass", p.ID, "confirmed", float64(p.Confirmed), "pairs that were together already")
		q.add("pass", p.ID, "ambiguous", float64(p.Ambiguous), "pairs refused because another record fitted as well")
		q.add("pass", p.ID, "doubtful", float64(p.Doubtful), "pairs not joined since the pass is expected to be wrong too often")
		refused := 0
		for _, n := range p.Refused {
			refused += n
		}
		q.add("pass", p.ID, "refused", float64(refused), "pairs refused by a cannot-link")
		if p.EstimatedPrecision > 0 {
			q.add("pass", p.ID, "estimated precision", p.EstimatedPrecision, "expected share of right links, moved by what the witness says where it can judge")
		}
		q.add("pass", p.ID, "mean weight", p.MeanWeight, "bits, over the pairs tried: a pass whose mean is low exposes itself")
		if p.Entries == 0 {
			continue
		}
		q.add("blocking", p.ID, "values", float64(p.Entries), "values looked at")
		q.add("blocking", p.ID, "blocks", float64(p.Blocks), "values shared by two or more records")
		q.add("blocking", p.ID, "largest block", float64(p.LargestBlock), "records")
		q.add("blocking", p.ID, "pairs compared", float64(p.Compared), "pairs that share a value")
		q.add("blocking", p.ID, "pairs alone", float64(p.Alone), "pairs that nothing else proposes")
		q.add("blocking", p.ID, "blocks refused", float64(p.BlocksTooLarge), "values shared by too many records")
	}
	ids := []string{decisionPassID}
	for i := range q.rules.Constraints {
		ids = append(ids, q.rules.Constraints[i].ID)
	}
	for _, c := range ids {
		total := 0
		for _, p := range r.Passes {
			if n := p.Refused[c]; n > 0 {
				q.add("cannot_link", c, p.ID, float64(n), "pairs of this pass refused")
				total += n
			}
		}
		if c != decisionPassID || total > 0 {
			q.add("cannot_link", c, "", float64(total), "pairs refused")
		}
	}
	lifted := map[string]int{}
	for _, o := range r.Overrides {
		lifted[o.Override]++
	}
	for i := range q.rules.Overrides {
		q.add("override", q.rules.Overrides[i].ID, "", float64(lifted[q.rules.Overrides[i].ID]), "cannot-links lifted")
	}
}

func (q *quality) persons() {
	r := q.r
	size := map[string]int{}
	for _, m := range r.Memberships {
		if m.Source == q.spine() {
			size[m.PersonID]++
		}
	}
	count := map[int]int{}
	for _, n := range size {
		count[n]++
	}
	for _, n := range slices.Sorted(maps.Keys(count)) {
		q.add("cluster_size", "records of the returns", strconv.Itoa(n), float64(count[n]), "persons with so many authority and CHILD numbers")
	}
}

// rates counts who was linked. A record of another source is linked when it has a person; one of the spine's when another record shares it.
func (q *quality) rates() {
	person := make(map[Key]string, len(q.r.Memberships))
	size := make(map[string]int, q.r.Persons)
	for _, m := range q.r.Memberships {
		person[m.Key] = m.PersonID
		size[m.PersonID]++
	}
	type tally struct{ linked, all int }
	cells := make([][]tally, len(q.t.sources))
	for s := range cells {
		cells[s] = make([]tally, len(q.t.years))
	}
	for i := range q.t.nodes {
		n := &q.t.nodes[i]
		p := person[n.key]
		linked := p != "" && (n.source != q.t.spine || size[p] > 1)
		for y := range q.t.years {
			if n.seen>>y&1 == 1 {
				c := &cells[n.source][y]
				c.all++
				if linked {
					c.linked++
				}
			}
		}
	}
	for s, source := range q.t.sources {
		note := "share of the year's records that are linked to a child of the returns"
		if source == q.spine() {
			note = "share of the year's records that are linked to any other record"
		}
		for y, year := range q.t.years {
			if c := cells[s][y]; c.all > 0 {
				q.add("linkage_rate", source, strconv.Itoa(year), float64(c.linked)/float64(c.all), note)
				q.add("records", source, strconv.Itoa(year), float64(c.all), "distinct records in the year's deliveries")
			}
		}
	}
}

// completeness tells how many identity rows have each identifier, by year and, for the spine's source, by holder.
func (q *quality) completeness() {
	for _, c := range q.t.completeness {
		q.add("completeness", fmt.Sprintf("%s: %s", c.source, c.identifier), c.subgroup, c.share, "share of identity rows")
	}
}

// completenessShare is how many rows of a source have an identifier, in a year or of a holder.
type completenessShare struct {
	source, identifier, subgroup string
	share                        float64
}

func compareCompleteness(a, b completenessShare) int {
	return cmp.Or(cmp.Compare(a.source, b.source), cmp.Compare(a.subgroup, b.subgroup), cmp.Compare(a.identifier, b.identifier))
}
