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
	Section  string // what kind of figure
	Item     string // of what: a pass, a cannot-link, an identifier
	Subgroup string // of whom: a year, an authority, a size; empty for all
	Value    float64
	Note     string // what the figure counts, in words
}

// Quality tells how well a run went: what passes joined and cannot-links refused, who was linked, how complete identifiers were. Rows
// stand in a fixed order.
func Quality(in *Input, r *Result) []QualityRow {
	var q quality
	q.run(r)
	q.passes(r)
	q.persons(r)
	q.rates(in, r)
	q.completeness(in)
	return q.rows
}

type quality struct{ rows []QualityRow }

func (q *quality) add(section, item, subgroup string, value float64, note string) {
	q.rows = append(q.rows, QualityRow{section, item, subgroup, value, note})
}

func (q *quality) run(r *Result) {
	returns, wrong := 0, 0.0
	for _, m := range r.Memberships {
		if m.Source == returnsSource {
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
	for _, k := range []EventKind{Minted, Attached, Detached, Merged, Split, Retired} {
		q.add("event", string(k), "", float64(kinds[k]), "changes of the spine since the parent snapshot")
	}
	for _, x := range r.Rejected {
		q.add("rejected", x.Reason, x.Pass, float64(x.Count), "records or rows that could not be used")
	}
}

func (q *quality) passes(r *Result) {
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
		q.add("pass", p.ID, "estimated precision", p.EstimatedPrecision, "expected share of right links, moved by what UPNs say where they can judge")
		q.add("blocking", p.ID, "values", float64(p.Entries), "values looked at")
		q.add("blocking", p.ID, "blocks", float64(p.Blocks), "values shared by two or more records")
		q.add("blocking", p.ID, "largest block", float64(p.LargestBlock), "records")
		q.add("blocking", p.ID, "blocks refused", float64(p.BlocksTooLarge), "values shared by too many records")
	}
	for _, c := range constraintIDs {
		total := 0
		for _, p := range r.Passes {
			if n := p.Refused[c]; n > 0 {
				q.add("cannot_link", c, p.ID, float64(n), "pairs of this pass refused")
				total += n
			}
		}
		q.add("cannot_link", c, "", float64(total), "pairs refused")
	}
	lifted := map[string]int{}
	for _, o := range r.Overrides {
		lifted[o.Override]++
	}
	for _, id := range overrideIDs {
		q.add("override", id, "", float64(lifted[id]), "cannot-links lifted")
	}
}

func (q *quality) persons(r *Result) {
	size := map[string]int{}
	for _, m := range r.Memberships {
		if m.Source == returnsSource {
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

// rates counts who was linked. A record of an extract is linked when it has a person; one of the returns when another record shares it.
func (q *quality) rates(in *Input, r *Result) {
	person := make(map[Key]string, len(r.Memberships))
	size := make(map[string]int, r.Persons)
	for _, m := range r.Memberships {
		person[m.Key] = m.PersonID
		size[m.PersonID]++
	}
	type cell struct {
		source string
		year   int
	}
	type tally struct{ linked, all int }
	cells := map[cell]*tally{}
	type seen struct {
		key  Key
		year int
	}
	done := make(map[seen]bool, len(in.Identities))
	for i := range in.Identities {
		x := &in.Identities[i]
		if done[seen{x.Key, x.Year}] {
			continue
		}
		done[seen{x.Key, x.Year}] = true
		c := cell{x.Source, x.Year}
		if cells[c] == nil {
			cells[c] = &tally{}
		}
		cells[c].all++
		if p := person[x.Key]; p != "" && (x.Source != returnsSource || size[p] > 1) {
			cells[c].linked++
		}
	}
	order := slices.SortedFunc(maps.Keys(cells), func(a, b cell) int { return cmp.Or(cmp.Compare(a.source, b.source), cmp.Compare(a.year, b.year)) })
	for _, c := range order {
		note := "share of the year's records that are linked to a child of the returns"
		if c.source == returnsSource {
			note = "share of the year's records that are linked to any other record"
		}
		q.add("linkage_rate", c.source, strconv.Itoa(c.year), float64(cells[c].linked)/float64(cells[c].all), note)
		q.add("records", c.source, strconv.Itoa(c.year), float64(cells[c].all), "distinct records in the year's deliveries")
	}
}

// completeness tells how many records have each identifier, by year and, for the returns, by authority.
func (q *quality) completeness(in *Input) {
	address := make(map[Key]bool, len(in.Addresses))
	for i := range in.Addresses {
		if in.Addresses[i].Unit.Present() {
			address[in.Addresses[i].Key] = true
		}
	}
	items := []struct {
		name string
		has  func(*Identity) bool
	}{
		{"UPN", func(x *Identity) bool { return x.UPN.Present() }},
		{"temporary UPN", func(x *Identity) bool { return x.UPNTemporary.Present() }},
		{"NHS number", func(x *Identity) bool { return x.NHS.Present() }},
		{"date of birth", func(x *Identity) bool { return x.DOB.Present() }},
		{"date of birth that may stand for another", func(x *Identity) bool { return x.DOBLowInformation }},
		{"sex", func(x *Identity) bool { return x.Sex.Present() }},
		{"ethnicity", func(x *Identity) bool { return x.Ethnic.Present() }},
		{"postcode in any year", func(x *Identity) bool { return address[x.Key] }},
	}
	type cell struct{ source, subgroup string }
	counts := map[cell]*[9]int{}
	count := func(c cell, x *Identity) {
		n := counts[c]
		if n == nil {
			n = new([9]int)
			counts[c] = n
		}
		n[8]++
		for i := range items {
			if items[i].has(x) {
				n[i]++
			}
		}
	}
	for i := range in.Identities {
		x := &in.Identities[i]
		count(cell{x.Source, strconv.Itoa(x.Year)}, x)
		if x.Source == returnsSource {
			count(cell{x.Source, x.Holder}, x)
		}
	}
	order := slices.SortedFunc(maps.Keys(counts), func(a, b cell) int {
		return cmp.Or(cmp.Compare(a.source, b.source), cmp.Compare(a.subgroup, b.subgroup))
	})
	for _, c := range order {
		n := counts[c]
		for i, item := range items {
			q.add("completeness", fmt.Sprintf("%s: %s", c.source, item.name), c.subgroup, float64(n[i])/float64(n[8]), "share of identity rows")
		}
	}
}
