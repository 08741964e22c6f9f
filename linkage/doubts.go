package linkage

import (
	"bytes"
	"cmp"
	"slices"

	"throughline/linkage/score"
)

// Left is the outcome of a pair that nothing joined, refused or found ambiguous: its weight is below the threshold.
const Left Outcome = "left"

// Sure is the match probability from which a link by the score is not put up for review: at most one such link in a hundred is wrong, by
// the model.
const Sure = 0.99

// Doubt is a pair of records at which a person may want to look, and what stands around it. Pairs that people decided are none.
type Doubt struct {
	A, B        Key    // A before B
	Kind        string // which model judged
	Pattern     score.Pattern
	Weight      float64 // match weight in bits; 0 without a model
	Probability float64 // that the two are one child, by the model; 0 without one
	Trusted     bool    // the model learned enough to join pairs
	Threshold   float64 // weight from which the score joins, in bits; 0 when the model isn't trusted
	Pass        string  // what tried the pair; empty when nothing did
	Outcome     Outcome
	Constraint  string   // that refused it
	Override    string   // that lifted a cannot-link between the two
	Witness     bool     // the two agree on the rules' witness
	Rivals      int      // other persons of whom a record fits one of the two about as well, or better
	Twins       int      // other persons' records that look like one of the two, as twins do
	Reused      bool     // the number of one of the two seems to have been used for two children
	Authorities int      // of the returns' records of the person or persons of the two; those that succeeded one another count once
	SameHolder  bool     // one holder, or one that succeeded it
	RecordYears int      // of the smaller side: how many change their person when the decision changes; at least so many where it was joined
	Years       [2][]int // collection years in which deliveries named A and B
	Sources     [2]string
}

// Standing gives the last decision of each pair, A before B, in order of the pairs. Of two at one time the later in all counts.
func Standing(all []Decision) []Decision {
	at := map[[2]Key]int{}
	var out []Decision
	for _, d := range all {
		if bytes.Compare(d.A[:], d.B[:]) > 0 {
			d.A, d.B = d.B, d.A
		}
		k := [2]Key{d.A, d.B}
		if i, ok := at[k]; !ok {
			at[k] = len(out)
			out = append(out, d)
		} else if d.AtUTC >= out[i].AtUTC {
			out[i] = d
		}
	}
	slices.SortFunc(out, func(a, b Decision) int { return cmp.Or(bytes.Compare(a.A[:], b.A[:]), bytes.Compare(a.B[:], b.B[:])) })
	return out
}

// doubts finds the pairs at which a person may want to look: the score's grey band, rivals, twins that the witness does not tell apart,
// rules whose links weigh for two children or are expected to be wrong too often, links of persons with more than two authorities, lifted cannot-links, numbers that seem to
// have been used for two children, and witnesses that agree across a cannot-link.
func (e *engine) doubts(c *clusters, found *outcome) []Doubt {
	type told struct {
		*edge
		override string
	}
	tried := map[[2]int32]told{}
	for i := range found.edges {
		x := &found.edges[i]
		k := [2]int32{x.a, x.b}
		if _, ok := tried[k]; !ok || x.outcome == Joined { // edges are in the order of passes: the first is the surest
			tried[k] = told{edge: x}
		}
	}
	for _, o := range found.overrides {
		a, _ := e.t.at(o.A)
		b, _ := e.t.at(o.B)
		k := [2]int32{min(a, b), max(a, b)}
		x := tried[k]
		x.override = o.Override
		tried[k] = x
	}
	years := make([]int, len(e.t.nodes)) // record-years by root
	for i := range e.t.nodes {
		years[c.find(int32(i))] += e.t.nodes[i].recordYears()
	}
	var witness term
	if e.rules.Witness != "" {
		witness = e.t.term(e.rules, e.rules.Witness)
	}
	w := &worker{c: c, e: e}
	var out []Doubt
	for i := range c.pairs {
		x := &c.pairs[i]
		if x.by&decided != 0 || e.decidedApart(x.a, x.b) {
			continue
		}
		l, known := tried[[2]int32{x.a, x.b}]
		together := c.find(x.a) == c.find(x.b)
		if !known && (together || e.models == nil) {
			continue
		}
		a, b := &e.t.nodes[x.a], &e.t.nodes[x.b]
		d := Doubt{A: a.key, B: b.key, Kind: e.kinds[e.kind(x)].name, Pattern: score.Pattern(x.pattern), Outcome: Left, Override: l.override,
			SameHolder: a.lineage == b.lineage, Reused: a.review != 0 || b.review != 0, Sources: [2]string{e.t.sources[a.source], e.t.sources[b.source]}}
		if known && l.edge != nil {
			d.Outcome, d.Constraint, d.Pass = l.outcome, e.constraintID(l.constraint), e.passID(int(l.pass))
		}
		if together && d.Outcome != Joined && d.Override == "" {
			continue // others brought them together
		}
		if together {
			d.Outcome = Joined
		}
		if e.models != nil {
			k := e.kind(x)
			d.Weight = e.weight(x)
			d.Probability = e.models[k].Probability(d.Weight)
			if d.Trusted = e.thresholds[k] < neverJoins; d.Trusted {
				d.Threshold = e.thresholds[k]
			}
		}
		if d.Outcome == Left && (!d.Trusted || d.Probability < e.rules.Scoring.Review || d.Weight >= d.Threshold || e.pairConflict(x.a, x.b, e.scoreCrosses) != none) ||
			(d.Outcome == Left || d.Outcome == Ambiguous) && !w.open(x) {
			continue
		}
		d.Witness = witness != nil && e.t.meet(witness, a, b)
		d.Rivals, d.Twins = w.around(x)
		d.Authorities = w.authorities(x)
		if !d.worth(&e.rules.Scoring) {
			continue
		}
		d.RecordYears = min(years[c.find(x.a)], years[c.find(x.b)])
		if together {
			d.RecordYears = min(a.recordYears(), b.recordYears())
		}
		d.Years = [2][]int{e.t.yearsOf(a.seen), e.t.yearsOf(b.seen)}
		out = append(out, d)
	}
	slices.SortFunc(out, func(a, b Doubt) int { return cmp.Or(bytes.Compare(a.A[:], b.A[:]), bytes.Compare(a.B[:], b.B[:])) })
	return out
}

// worth reports whether there is something about a pair that a person might see otherwise.
func (d *Doubt) worth(s *Scoring) bool {
	switch d.Outcome {
	case Left, Ambiguous:
		return true
	case Doubtful:
		return !d.Trusted || d.Probability >= s.Review
	case Refused:
		return d.Witness
	}
	return d.Override != "" || d.Reused || d.Trusted && (d.Weight < 0 || d.Probability < Sure && d.Pass == scorePassID) ||
		d.Twins > 0 && !d.Witness || d.Authorities > 2 && !d.SameHolder && d.Sources[0] == d.Sources[1]
}

// open reports whether the two records could still be one child, as clusters stand in the end.
func (w *worker) open(x *pair) bool {
	c := w.c
	if x.by&forbidden != 0 || x.by&^w.e.twinPlans == 0 {
		return false
	}
	a, b := c.find(x.a), c.find(x.b)
	if attach := !w.e.t.isSpine(x.a) || !w.e.t.isSpine(x.b); attach && c.inSpine[a] == c.inSpine[b] {
		return false
	}
	return w.compatible(nil, x.a, x.b)
}

// around counts other clusters that fit one of a pair about as well as the two fit each other, by a rule or by weight, and other clusters'
// records that look like one of the two.
func (w *worker) around(x *pair) (rivals, twins int) {
	c := w.c
	a, b := c.find(x.a), c.find(x.b)
	var joins uint64 // rules that join
	for p, plan := range w.e.plans {
		if !plan.twins && !plan.scoreOnly {
			joins |= 1 << p
		}
	}
	var fit, like []int32
	for _, m := range [2]int32{x.a, x.b} {
		for _, q := range c.edges[c.first[m]:c.first[m+1]] {
			y := &c.pairs[q]
			r := y.other(m)
			k := c.find(r)
			if k == a || k == b {
				continue
			}
			if y.by&w.e.twinPlans != 0 && !slices.Contains(like, r) {
				like = append(like, r)
			}
			fits := y.by&x.by&joins != 0 || w.e.models != nil && y.by&^(w.e.twinPlans|forbidden) != 0 && w.e.weight(y) >= w.e.weight(x)-w.e.rules.Scoring.Margin
			if fits && y.by&forbidden == 0 && !slices.Contains(fit, k) {
				fit = append(fit, k)
			}
		}
	}
	return len(fit), len(like)
}

// authorities counts those that returned a record of the clusters of a pair.
func (w *worker) authorities(x *pair) int {
	var all []uint16
	count := func(m int32) bool {
		if n := &w.e.t.nodes[m]; n.source == w.e.t.spine && !slices.Contains(all, n.lineage) {
			all = append(all, n.lineage)
		}
		return true
	}
	w.c.members(x.a, count)
	if w.c.find(x.a) != w.c.find(x.b) {
		w.c.members(x.b, count)
	}
	return len(all)
}

// yearsOf are the collection years of bits.
func (t *Records) yearsOf(mask uint32) []int {
	var out []int
	for i, y := range t.years {
		if mask>>i&1 == 1 {
			out = append(out, y)
		}
	}
	return out
}
