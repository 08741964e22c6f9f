package linkage

import (
	"context"
	"errors"
	"fmt"
)

// Input is all that is known of records, in any order.
type Input struct {
	Identities []Identity
	Addresses  []Address
	Stays      []Stay
	Successors []Succession
	Previous   []Membership                // the spine of the parent snapshot; may be empty
	RunID      string                      // of this run
	Mint       func(ordinal uint64) string // the person_id of an ordinal of this run: a keyed function of both
}

// Succession says that an authority's records went on under other authorities' codes.
type Succession struct {
	Old  string   // ONS code
	New  []string // ONS codes
	Year int      // first collection year of the new ones
}

// Options are the rules and the means of a run. Results do not depend on Threads.
type Options struct {
	Rules   *Rules // nil: DefaultRules
	Threads int    // 0: 1
}

// Result is the spine and how it came about.
type Result struct {
	Nodes       []Node       // by key
	Edges       []Edge       // by pass, then keys
	Memberships []Membership // by key
	Events      []Event      // in a fixed order
	Passes      []PassReport // in the order tried
	Overrides   []Applied    // cannot-links that were lifted
	Reviews     []Review     // records for a person to look at
	Rejected    []Rejected   // what could not be used, or cost too much
	Persons     int
}

// Node is one Key with its years joined.
type Node struct {
	Key                 Key
	Source, Holder      string
	FirstYear, LastYear int // collection years
	RecordYears         int // distinct collection years
}

// Outcome is what became of an edge.
type Outcome string

// Outcomes of an edge.
const (
	Joined    Outcome = "joined"    // the edge merged two clusters
	Refused   Outcome = "refused"   // a cannot-link forbade it
	Ambiguous Outcome = "ambiguous" // another record fitted as well
	Doubtful  Outcome = "doubtful"  // the pass is expected to be wrong too often
)

// Edge is a pair of records that a pass found to agree. Pairs that earlier edges had brought together are counted, not kept.
type Edge struct {
	A, B       Key // A before B
	Pass       string
	Weight     float64 // bits; zero when the pass gives none
	Outcome    Outcome
	Constraint string // that refused it
}

// Membership says who a record is.
type Membership struct {
	Key              Key
	Source, Holder   string
	PersonID         string
	Pass             string  // by which the record was attached; "first" for a person's earliest record
	MatchProbability float64 // product of the estimated precisions on the way from the person's earliest record
	FromRun          string  // run since which the record has had this person
}

// EventKind is what happened to a person of the spine.
type EventKind string

// Kinds of event.
const (
	Minted   EventKind = "mint"   // a person is new
	Attached EventKind = "attach" // a record joined a person that was known
	Detached EventKind = "detach" // a record left the spine
	Merged   EventKind = "merge"  // Person is from now on Other
	Split    EventKind = "split"  // a record left Person for Other
	Retired  EventKind = "retire" // no record is left
)

// Event is one entry of the spine's history.
type Event struct {
	Kind   EventKind
	Person string
	Other  string // the person that a merge or split leads to
	Key    Key    // the record, where the event is about one
	Reason string
	RunID  string
}

// PassReport is what a pass did.
type PassReport struct {
	ID, Does, Links    string
	Entries            int            // values looked at
	Blocks             int            // values shared by two or more records
	LargestBlock       int            // records
	BlocksTooLarge     int            // refused for their size
	Pairs              int            // candidate pairs
	Joined             int            // merges made
	Confirmed          int            // pairs already together
	Ambiguous          int            // pairs with a rival
	Doubtful           int            // pairs not joined since the pass is expected to be wrong too often
	Refused            map[string]int // pairs by cannot-link
	UPNAgree           int            // pairs that no earlier pass without UPN had, and whose UPNs agree; only for passes without UPN
	UPNDiffer          int            // such pairs whose UPNs never agree: false links, mostly, had both UPNs not been there
	EstimatedPrecision float64
}

// Applied is one use of an override.
type Applied struct {
	A, B           Key
	Pass, Override string
}

// Review is a record that a person should look at.
type Review struct {
	Key    Key
	Reason string
}

// Rejected counts input or work that was refused.
type Rejected struct {
	Pass, Reason string
	Count        int
}

// Link finds which records are the same child. Progress is told how many of all passes are done. The result depends on nothing but
// what the input holds and the rules.
//
// Records are joined over years by Key, then by the passes in order, each merging clusters only where no cannot-link stands between any
// two of their records; last, persons keep or get their ids. A weighted step joins in the same way: it turns pairs into edges and hands
// them to merge.
func Link(ctx context.Context, in Input, o Options, progress func(done, total int64)) (*Result, error) {
	if in.Mint == nil || in.RunID == "" {
		return nil, errors.New("link: a run needs an id and a way to mint person ids")
	}
	if o.Rules == nil {
		o.Rules = DefaultRules()
	}
	if err := o.Rules.Validate(); err != nil {
		return nil, fmt.Errorf("link: rules: %w", err)
	}
	if progress == nil {
		progress = func(done, total int64) {}
	}
	total := int64(len(o.Rules.Passes)) + 2
	t := build(&in)
	l := o.Rules.limits()
	c := newClusters(t)
	c.findTwins(t, &l, o.Rules.MaxBlock, o.Threads)
	progress(1, total)
	r := &Result{Rejected: t.rejected}
	for i := range o.Rules.Passes {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		p := t.plan(i, &o.Rules.Passes[i])
		c.flatten()
		f := t.candidates(p, &l, c, o.Rules.MaxBlock, o.Threads)
		r.merge(t, c, &l, p, f, o.Rules)
		progress(int64(i)+2, total)
	}
	c.flatten()
	r.spine(t, c, &in)
	r.describe(t)
	progress(total, total)
	return r, nil
}

// merge joins the clusters of a pass's pairs, in the order of their keys, where no cannot-link forbids it. A pass whose links are
// expected to be right less often than the rules' floor joins nothing.
func (r *Result) merge(t *table, c *clusters, l *limits, p *plan, f found, rules *Rules) {
	rep := PassReport{ID: p.ID, Does: p.Does, Links: p.Links, Entries: f.entries, Blocks: f.blocks, LargestBlock: f.largest,
		BlocksTooLarge: f.tooLarge, Pairs: len(f.pairs), Refused: map[string]int{}, EstimatedPrecision: p.Precision}
	if f.tooLarge > 0 {
		r.Rejected = append(r.Rejected, Rejected{Pass: p.ID, Reason: "block too large", Count: f.tooLargeOf})
	}
	if !p.usesUPN {
		proposed := c.judge(t, l, f.pairs, &rep)
		n := float64(rules.PriorLinks)
		rep.EstimatedPrecision = (n*p.Precision + float64(rep.UPNAgree)) / (n + float64(rep.UPNAgree+rep.UPNDiffer))
		if rep.EstimatedPrecision >= rules.Floor {
			c.proposed = proposed
		}
	}
	doubtful := rep.EstimatedPrecision < rules.Floor
	for _, x := range f.pairs {
		e := Edge{A: t.nodes[x.a].key, B: t.nodes[x.b].key, Pass: p.ID}
		a, b := c.find(x.a), c.find(x.b)
		if a == b {
			rep.Confirmed++
			continue
		}
		why, how, at := c.conflict(t, l, a, b)
		if why == none && p.heeds && t.upnsDiffer(x.a, x.b) {
			why = upnNeverAgrees
		}
		switch {
		case x.rival:
			e.Outcome = Ambiguous
			rep.Ambiguous++
		case why != none:
			e.Outcome, e.Constraint = Refused, constraintIDs[why]
			rep.Refused[e.Constraint]++
		case doubtful:
			e.Outcome = Doubtful
			rep.Doubtful++
		default:
			if how != noOverride {
				r.Overrides = append(r.Overrides, Applied{A: t.nodes[at.a].key, B: t.nodes[at.b].key, Pass: p.ID, Override: overrideIDs[how]})
			}
			c.union(x.a, x.b, p.number)
			e.Outcome = Joined
			rep.Joined++
		}
		r.Edges = append(r.Edges, e)
	}
	r.Passes = append(r.Passes, rep)
}

// judge counts the pairs on which UPNs speak, and nothing else does: those that no earlier pass without UPN had joined and no other
// cannot-link refuses. They stand for the pairs without UPNs that the pass alone joins. It returns what has been proposed by now.
func (c *clusters) judge(t *table, l *limits, pairs []pair, rep *PassReport) []pair {
	merged := make([]pair, 0, len(c.proposed)+len(pairs))
	at := 0
	for _, x := range pairs {
		for at < len(c.proposed) && comparePair(c.proposed[at], x) < 0 {
			merged = append(merged, c.proposed[at])
			at++
		}
		if at < len(c.proposed) && comparePair(c.proposed[at], x) == 0 {
			continue
		}
		merged = append(merged, x)
		switch {
		case x.rival:
		case meet(t.field(&t.nodes[x.a], fUPN), t.field(&t.nodes[x.b], fUPN)):
			rep.UPNAgree++
		case t.upnsDiffer(x.a, x.b):
			if why, _, _ := c.conflict(t, l, c.find(x.a), c.find(x.b)); why == none || why == upnConflict {
				rep.UPNDiffer++
			}
		}
	}
	return append(merged, c.proposed[at:]...)
}

// describe lists the nodes and those that need a look.
func (r *Result) describe(t *table) {
	for i := range t.nodes {
		n := &t.nodes[i]
		r.Nodes = append(r.Nodes, Node{Key: n.key, Source: t.sources[n.source], Holder: t.holders[n.holder],
			FirstYear: int(n.first), LastYear: int(n.last), RecordYears: int(n.years)})
		if n.review != "" {
			r.Reviews = append(r.Reviews, Review{Key: n.key, Reason: n.review})
		}
	}
}
