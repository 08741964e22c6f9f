package linkage

import (
	"context"
	"iter"
	"maps"
	"slices"
	"strconv"

	"throughline/linkage/score"
)

// Clustering is who is who among records that have no spine: a trial, or data of any kind.
type Clustering struct {
	*Result          // without nodes, edges, memberships and events
	Of       []int32 // by number of record: its cluster, numbered from 0 in the order of their first records
	Clusters int

	c *clusters
}

// ScoredPair is one pair that passes or blocking rules proposed, and what became of it.
type ScoredPair struct {
	A, B        int32 // numbers of records, A below B
	Kind        string
	Pass        string // the first pass that proposed it; "score" when none did and the weight is high enough; empty: neither
	Pattern     score.Pattern
	Weight      float64 // match weight in bits; zero without a model
	Probability float64 // that the two are one child, by the model; zero without one
	Forbidden   bool    // an absolute cannot-link stands between the two
	Together    bool    // in one cluster in the end
}

// Cluster finds which records are the same child, as Link does, for records that are to have no persons of a spine.
func Cluster(ctx context.Context, t *Records, o Options, progress func(done, total int64)) (*Clustering, error) {
	if progress == nil {
		progress = func(done, total int64) {}
	}
	e, err := newEngine(t, o)
	if err != nil {
		return nil, err
	}
	c, found, costs, err := e.run(ctx, nil, o.Models, progress)
	if err != nil {
		return nil, err
	}
	out := &Clustering{Result: e.result(c, found, costs), Of: make([]int32, len(t.nodes)), c: c}
	out.Nodes, out.Edges = nil, nil
	number := make([]int32, len(t.nodes)) // by root, plus one
	for i := range out.Of {
		r := c.find(int32(i))
		if number[r] == 0 {
			out.Clusters++
			number[r] = int32(out.Clusters)
		}
		out.Of[i] = number[r] - 1
	}
	out.Persons = out.Clusters
	return out, nil
}

// Report gathers what a clustering says about itself. The caller adds rows about the truth, and provenance.
func (x *Clustering) Report(title string, t *Records, rules *Rules) *Report {
	out := NewReport(title, t, rules, x.Result)
	out.Rows = slices.DeleteFunc(out.Rows, func(r QualityRow) bool { // those are of persons in a spine
		return r.Section == "run" || r.Section == "event" || r.Section == "cluster_size" || r.Section == "linkage_rate" ||
			r.Section == "records" && r.Subgroup == "0"
	})
	add := func(section, item, subgroup string, value float64, note string) {
		out.Rows = append(out.Rows, QualityRow{section, item, subgroup, value, note})
	}
	add("run", "records", "", float64(len(x.Of)), "distinct records of all inputs, years joined")
	add("run", "persons", "", float64(x.Clusters), "clusters, records that link to none among them")
	add("run", "records for review", "", float64(len(x.Reviews)), "a number that two children seem to have had")
	size, spine := make([]int32, x.Clusters), make([]bool, x.Clusters)
	for i, c := range x.Of {
		size[c]++
		spine[c] = spine[c] || t.isSpine(int32(i))
	}
	count := map[int32]int{}
	for _, n := range size {
		count[n]++
	}
	for _, n := range slices.Sorted(maps.Keys(count)) {
		add("cluster_size", "records", strconv.Itoa(int(n)), float64(count[n]), "clusters of so many records")
	}
	type linked struct{ linked, all int }
	share := func(c linked) float64 { return float64(c.linked) / float64(c.all) }
	cells := make([]linked, len(t.sources)*len(t.years))
	for i := range t.nodes {
		n := &t.nodes[i]
		c := x.Of[i]
		is := size[c] > 1 && (n.source == t.spine || spine[c])
		for y := range t.years {
			if n.seen>>y&1 == 1 {
				cell := &cells[int(n.source)*len(t.years)+y]
				cell.all++
				if is {
					cell.linked++
				}
			}
		}
	}
	for s, source := range t.sources {
		note := "share of the records that are linked to a record of the first input"
		if s == int(t.spine) {
			note = "share of the records that are linked to any other record"
		}
		for y, year := range t.years {
			if c := cells[s*len(t.years)+y]; c.all > 0 {
				if year == 0 { // years are not known
					add("run", "share linked", source, share(c), note)
					continue
				}
				add("linkage_rate", source, strconv.Itoa(year), share(c), note)
			}
		}
	}
	return out
}

// Pairs visits all pairs that were weighed, in a fixed order.
func (x *Clustering) Pairs() iter.Seq[ScoredPair] {
	e := x.c.e
	return func(yield func(ScoredPair) bool) {
		for i := range x.c.pairs {
			p := &x.c.pairs[i]
			by := p.by &^ (e.twinPlans | forbidden | decided)
			if by == 0 {
				continue // looked at only as a twin
			}
			k := e.kind(p)
			out := ScoredPair{A: p.a, B: p.b, Kind: e.kinds[k].name, Pattern: score.Pattern(p.pattern), Forbidden: p.by&forbidden != 0, Together: x.Of[p.a] == x.Of[p.b]}
			if e.models != nil {
				out.Weight = e.weight(p)
				out.Probability = e.models[k].Probability(out.Weight)
				if out.Weight >= e.thresholds[k] {
					out.Pass = scorePassID
				}
			}
			if at := trailing(by); !e.plans[at].scoreOnly {
				out.Pass = e.plans[at].ID
			}
			if !yield(out) {
				return
			}
		}
	}
}
