package linkage

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"

	"throughline/linkage/score"
)

// Input is what a run links.
type Input struct {
	Records   *Records
	Previous  []Membership                // the spine of the parent snapshot; may be empty
	Decisions []Decision                  // of people who looked at pairs; they outlive models
	RunID     string                      // of this run
	Mint      func(ordinal uint64) string // the person_id of an ordinal of this run: a keyed function of both
}

// Succession says that an authority's records went on under other authorities' codes.
type Succession struct {
	Old  string   // ONS code
	New  []string // ONS codes
	Year int      // first collection year of the new ones
}

// Options are the rules and the means of a run. Results do not depend on Threads.
type Options struct {
	Rules   *Rules  // nil: DefaultRules
	Threads int     // 0: all there are
	Code    string  // version of the program, for the models' fingerprints
	Models  *Models // nil: trained in the run
}

// Result is the spine and how it came about.
type Result struct {
	Nodes       []Node       // by key
	Edges       []Edge       // by pass, then keys
	Memberships []Membership // by key
	Events      []Event      // in a fixed order
	Passes      []PassReport // in the order tried, the score last
	Overrides   []Applied    // cannot-links that were lifted
	Reviews     []Review     // records for a person to look at
	Rejected    []Rejected   // what could not be used, or cost too much
	Persons     int
	Models      *Models // what judged
	Patterns    []PatternCount
	Doubts      []Doubt // pairs for a person to look at, by keys
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

// Edge is a pair of records that a pass or the score found to agree. Pairs that earlier edges had brought together are counted, not kept.
type Edge struct {
	A, B       Key // A before B
	Pass       string
	Weight     float64 // match weight in bits; zero when nothing is scored
	Kind       string  // which model judged: the source that is attached, or the spine's
	Pattern    uint64  // how they agree: score.Pattern
	Outcome    Outcome
	Constraint string // that refused it
}

// Membership says who a record is.
type Membership struct {
	Key              Key
	Source, Holder   string
	PersonID         string
	Pass             string  // by which the record was attached; "first" for a person's earliest record
	MatchProbability float64 // product of the links' probabilities on the way from the person's earliest record
	FromRun          string  // run since which the record has had this person
}

// EventKind is what happened to a person of the spine.
type EventKind string

// Kinds of event.
const (
	Minted   EventKind = "mint"     // a person is new
	Attached EventKind = "attach"   // a record joined a person that was known
	Detached EventKind = "detach"   // a record left the spine
	Merged   EventKind = "merge"    // Person is from now on Other
	Split    EventKind = "split"    // a record left Person for Other
	Retired  EventKind = "retire"   // no record is left
	Decided  EventKind = "decision" // people decided whether Key and another record, now of Person and of Other or of Person too, are one child
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
	Compared           int            // pairs that share a value
	Pairs              int            // of them, pairs that meet all conditions
	Alone              int            // pairs that nothing else proposes
	Joined             int            // merges made
	Confirmed          int            // pairs already together
	Ambiguous          int            // pairs with a rival
	Doubtful           int            // pairs not joined since the pass is expected to be wrong too often
	Refused            map[string]int // pairs by cannot-link
	WitnessAgrees      int            // pairs that no earlier pass without the witness had, and on which it agrees; only for such passes
	WitnessDiffers     int            // such pairs whose witnesses never agree: false links, mostly, had both not been there
	EstimatedPrecision float64        // 0 for what only proposes
	MeanWeight         float64        // bits, over pairs tried; a pass whose mean is low exposes itself
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

// Decision is what a person decided of two records. It holds whatever the rules and models say, until another decision of the same pair.
type Decision struct {
	A, B     Key
	Same     bool   // one child, or two
	Reason   string // in words; no value that identifies a child
	Reviewer string
	AtUTC    int64 // seconds since 1970
	Known    bool  // the parent snapshot was made with it, so that it is no new event
}

// decidedApart stands for a cannot-link that is a person's decision.
const decidedApart = -2

// engine is one run at work.
type engine struct {
	t            *Records
	rules        *Rules
	code         string
	threads      int
	space        space
	plans        []*plan
	twinPlans    uint64
	limits       []limit
	overrides    []lift
	comparisons  []comparison
	kinds        []kindOf
	slots        int
	scoreCrosses uint64
	apart        map[[2]int32]bool
	share        int   // shards that share the budget; 0: none
	spent        int64 // pairs that share a value, of all rules so far

	estimates  []float64 // of passes, by plan
	judged     [][2]int  // pairs on which the witness agrees and differs
	models     []*score.Model
	scorers    []*score.Scorer
	thresholds []float64
	all        []score.Counts
	expected   [][]score.Expectation
}

func newEngine(t *Records, o Options) (*engine, error) {
	rules := o.Rules
	if rules == nil {
		rules = DefaultRules()
	}
	if err := rules.Validate(t.fields); err != nil {
		return nil, fmt.Errorf("link: rules: %w", err)
	}
	e := &engine{t: t, rules: rules, code: o.Code, threads: cmp.Or(o.Threads, runtime.NumCPU()), apart: map[[2]int32]bool{}}
	e.prepareKinds()
	e.prepareConstraints()
	e.preparePasses()
	e.prepareComparisons()
	e.scoreCrosses = e.crossed(rules.Scoring.Crosses)
	for p, plan := range e.plans {
		if plan.twins {
			e.twinPlans |= 1 << p
		}
	}
	return e, nil
}

func (e *engine) passID(p int) string {
	switch p {
	case len(e.plans):
		return scorePassID
	case len(e.plans) + 1:
		return decisionPassID
	}
	return e.plans[p].ID
}

func (e *engine) constraintID(c int) string {
	switch c {
	case none:
		return ""
	case decidedApart:
		return decisionPassID
	}
	return e.limits[c].ID
}

// Link finds which records are the same child. Progress is told how much of all work is done. The result depends on nothing but
// what the input holds and the rules.
//
// Rules propose pairs of records; a pair's pattern says how it agrees. A person's decisions join first, then the passes in order, then the
// score from the highest weight down; each merges clusters only where no cannot-link stands between any two of their records. Last, persons
// keep or get their ids.
func Link(ctx context.Context, in Input, o Options, progress func(done, total int64)) (*Result, error) {
	if in.Mint == nil || in.RunID == "" {
		return nil, errors.New("link: a run needs an id and a way to mint person ids")
	}
	if progress == nil {
		progress = func(done, total int64) {}
	}
	e, err := newEngine(in.Records, o)
	if err != nil {
		return nil, err
	}
	c, found, costs, err := e.run(ctx, in.Decisions, o.Models, progress)
	if err != nil {
		return nil, err
	}
	r := e.result(c, found, costs)
	r.spine(e.t, c, found, &in)
	return r, nil
}

// run goes all the way from records to clusters. Models are trained when none are given.
func (e *engine) run(ctx context.Context, decisions []Decision, m *Models, progress func(done, total int64)) (*clusters, *outcome, []Cost, error) {
	done, total := int64(0), int64(len(e.plans)+20)
	step := func() { done++; progress(min(done, total), total) }
	pairs, costs, err := e.candidates(ctx, step)
	if err != nil {
		return nil, nil, nil, err
	}
	e.score(pairs)
	e.forbid(pairs)
	if m != nil {
		err = e.use(m)
	} else {
		err = e.train(e.clusters(pairs))
	}
	if err != nil {
		return nil, nil, nil, err
	}
	c := e.clusters(e.withDecisions(pairs, decisions))
	found, err := c.run(ctx, func(int, int) { step() })
	progress(total, total)
	return c, found, costs, err
}

// forbid marks pairs between which an absolute cannot-link stands.
func (e *engine) forbid(pairs []pair) {
	parallel(len(pairs), e.threads, func(_, lo, hi int) struct{} {
		for i := lo; i < hi; i++ {
			if why, _ := e.conflict(pairs[i].a, pairs[i].b); why != none {
				pairs[i].by |= forbidden
			}
		}
		return struct{}{}
	})
}

// withDecisions adds pairs that people decided on; the last decision of a pair counts.
func (e *engine) withDecisions(pairs []pair, all []Decision) []pair {
	for _, d := range Standing(all) {
		a, okA := e.t.at(d.A)
		b, okB := e.t.at(d.B)
		if !okA || !okB || a == b {
			continue
		}
		if !d.Same {
			e.apart[[2]int32{a, b}] = true
		}
		x := pair{a: a, b: b}
		if d.Same {
			x.by = decided
		}
		if i, ok := slices.BinarySearchFunc(pairs, x, comparePair); ok {
			pairs[i].by |= x.by
		} else if d.Same {
			pairs = slices.Insert(pairs, i, x)
		}
	}
	return pairs
}

func (e *engine) decidedApart(a, b int32) bool {
	return len(e.apart) > 0 && e.apart[[2]int32{min(a, b), max(a, b)}]
}

// at is the place of a key.
func (t *Records) at(k Key) (int32, bool) {
	i, ok := slices.BinarySearchFunc(t.nodes, k, func(n node, k Key) int { return bytes.Compare(n.key[:], k[:]) })
	return int32(i), ok
}

// result tells what clustering found, the spine left out.
func (e *engine) result(c *clusters, found *outcome, costs []Cost) *Result {
	t := e.t
	r := &Result{Rejected: slices.Clone(t.rejected), Overrides: found.overrides, Models: e.trained()}
	slices.SortFunc(r.Overrides, func(a, b Applied) int {
		return cmp.Or(cmp.Compare(a.Pass, b.Pass), bytes.Compare(a.A[:], b.A[:]), bytes.Compare(a.B[:], b.B[:]))
	})
	slices.SortFunc(found.edges, func(a, b edge) int {
		return cmp.Or(cmp.Compare(a.pass, b.pass), cmp.Compare(a.a, b.a), cmp.Compare(a.b, b.b))
	})
	for _, x := range found.edges {
		r.Edges = append(r.Edges, Edge{A: t.nodes[x.a].key, B: t.nodes[x.b].key, Pass: e.passID(int(x.pass)), Weight: float64(x.weight),
			Kind: e.kinds[x.kind].name, Pattern: x.pattern, Outcome: x.outcome, Constraint: e.constraintID(x.constraint)})
	}
	alone, met := make([]int, len(e.plans)), make([]int, len(e.plans))
	for i := range c.pairs {
		for by := c.pairs[i].by &^ (forbidden | decided); by != 0; by &= by - 1 {
			met[trailing(by)]++
		}
		by := c.pairs[i].by &^ (forbidden | decided | e.twinPlans)
		if by&(by-1) == 0 && by != 0 {
			alone[trailing(by)]++
		}
	}
	for p, tally := range found.passes {
		rep := PassReport{ID: e.passID(p), Joined: tally.joined, Confirmed: tally.confirmed, Ambiguous: tally.ambiguous, Doubtful: tally.doubtful, Refused: map[string]int{}}
		for i, n := range tally.refused {
			switch {
			case n == 0:
			case i == len(e.limits):
				rep.Refused[decisionPassID] = n
			default:
				rep.Refused[e.limits[i].ID] = n
			}
		}
		if tally.weighed > 0 {
			rep.MeanWeight = float64(tally.weight) / 1e6 / float64(tally.weighed)
		}
		switch {
		case p >= len(e.plans):
			rep.Does = map[int]string{len(e.plans): "the match weight is high enough, and no other record comes near", len(e.plans) + 1: "a person decided"}[p]
			rep.Pairs = tally.joined + tally.confirmed + tally.ambiguous
			for _, n := range rep.Refused {
				rep.Pairs += n
			}
			if rep.Pairs == 0 {
				continue
			}
		default:
			plan, k := e.plans[p], costs[p]
			rep.Does, rep.Links, rep.Alone = plan.Does, plan.Links, alone[p]
			rep.Entries, rep.Blocks, rep.LargestBlock, rep.BlocksTooLarge = k.Entries, k.Blocks, k.Largest, k.TooLarge
			rep.Compared, rep.Pairs, rep.EstimatedPrecision = k.Compared, met[p], e.estimates[p]
			rep.WitnessAgrees, rep.WitnessDiffers = e.judged[p][0], e.judged[p][1]
			if k.TooLarge > 0 {
				r.Rejected = append(r.Rejected, Rejected{Pass: plan.ID, Reason: "block too large", Count: k.TooLargeOf})
			}
		}
		r.Passes = append(r.Passes, rep)
	}
	for i := range t.nodes {
		n := &t.nodes[i]
		r.Nodes = append(r.Nodes, Node{Key: n.key, Source: t.sources[n.source], Holder: t.holders[n.holder],
			FirstYear: int(n.first), LastYear: int(n.last), RecordYears: n.recordYears()})
		if n.review != 0 {
			r.Reviews = append(r.Reviews, Review{Key: n.key, Reason: reviewReasons[n.review]})
		}
	}
	r.Patterns = e.patterns(c, found)
	return r
}
