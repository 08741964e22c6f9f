package linkage

import (
	"context"
	"iter"

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
