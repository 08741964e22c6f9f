package linkage

import (
	"cmp"
	"context"
	"math"
	"slices"

	"throughline/linkage/score"
)

// clusters are sets of records taken for one child. They only ever grow, and never across a cannot-link. Records of two components never
// meet, so that components can be worked on at once.
type clusters struct {
	e       *engine
	pairs   []pair   // by component, then records
	starts  []int32  // of components in pairs, and their end
	edges   []uint32 // places in pairs by record; where a record's begin is in first
	first   []uint32
	parent  []int32
	next    []int32 // the cluster's records as a ring
	inSpine []bool  // by root: holds a record of the spine's source
}

// Bits of pair.by beside those of plans.
const (
	forbidden = 1 << 63 // an absolute cannot-link stands between the two
	decided   = 1 << 62 // a person decided that they are one child
)

func (e *engine) clusters(pairs []pair) *clusters {
	n := len(e.t.nodes)
	c := &clusters{e: e, parent: make([]int32, n), next: make([]int32, n), inSpine: make([]bool, n)}
	for i := range int32(n) {
		c.parent[i], c.next[i], c.inSpine[i] = i, i, e.t.isSpine(i)
	}
	root := make([]int32, n)
	for i := range root {
		root[i] = int32(i)
	}
	find := func(i int32) int32 {
		for root[i] != i {
			root[i] = root[root[i]]
			i = root[i]
		}
		return i
	}
	for i := range pairs {
		a, b := find(pairs[i].a), find(pairs[i].b)
		root[max(a, b)] = min(a, b)
	}
	// pairs by the lowest record of their component, in the order they have
	count := make([]uint32, n+1)
	for i := range pairs {
		count[find(pairs[i].a)+1]++
	}
	for i := 1; i <= n; i++ {
		if count[i] > 0 {
			c.starts = append(c.starts, int32(count[i-1]))
		}
		count[i] += count[i-1]
	}
	c.starts = append(c.starts, int32(len(pairs)))
	c.pairs = make([]pair, len(pairs))
	for i := range pairs {
		r := find(pairs[i].a)
		c.pairs[count[r]] = pairs[i]
		count[r]++
	}
	c.first = make([]uint32, n+1)
	for i := range c.pairs {
		c.first[c.pairs[i].a+1]++
		c.first[c.pairs[i].b+1]++
	}
	for i := 1; i <= n; i++ {
		c.first[i] += c.first[i-1]
	}
	at := slices.Clone(c.first)
	c.edges = make([]uint32, 2*len(pairs))
	for i := range c.pairs {
		for _, r := range [2]int32{c.pairs[i].a, c.pairs[i].b} {
			c.edges[at[r]] = uint32(i)
			at[r]++
		}
	}
	return c
}

func (c *clusters) find(i int32) int32 {
	for c.parent[i] != i {
		c.parent[i] = c.parent[c.parent[i]]
		i = c.parent[i]
	}
	return i
}

// union merges the clusters of a pair; the lower number stays root.
func (c *clusters) union(a, b int32) {
	x, y := c.find(a), c.find(b)
	if y < x {
		x, y = y, x
	}
	c.parent[y] = x
	c.next[x], c.next[y] = c.next[y], c.next[x]
	c.inSpine[x] = c.inSpine[x] || c.inSpine[y]
}

// members visits the records of a cluster until visit says false.
func (c *clusters) members(x int32, visit func(int32) bool) {
	for a := x; ; {
		if !visit(a) {
			return
		}
		if a = c.next[a]; a == x {
			return
		}
	}
}

// conflict looks for a cannot-link between any two records of two clusters, and tells an override that was needed between a pair.
func (c *clusters) conflict(x, y int32) (why, override int, at pair) {
	override = none
	for a := x; ; {
		for b := y; ; {
			w, how := c.e.conflict(a, b)
			if c.e.decidedApart(a, b) {
				w = decidedApart
			}
			if w != none {
				return w, none, pair{a: a, b: b}
			}
			if how != none {
				override, at = how, pair{a: min(a, b), b: max(a, b)}
			}
			if b = c.next[b]; b == y {
				break
			}
		}
		if a = c.next[a]; a == x {
			return none, override, at
		}
	}
}

// join is one merge: the pair whose agreement caused it.
type join struct {
	a, b        int32
	pass        int16 // place in engine.plans; scorePass and decisionPass lie beyond
	probability float32
}

// Passes that are no rules.
const (
	scorePassID    = "score"
	decisionPassID = "decision"
)

// outcome is what clustering found in some components.
type outcome struct {
	joins     []join
	edges     []edge
	overrides []Applied
	passes    []tally
}

// edge is an Edge by numbers.
type edge struct {
	a, b       int32
	pass       int16
	weight     float32
	outcome    Outcome
	constraint int
	pattern    uint64
	kind       uint8
}

// tally counts what a pass did.
type tally struct {
	joined, confirmed, ambiguous, doubtful int
	refused                                []int // by constraint; the last is a person's decision
	weight                                 int64 // in millionths of bits, so that the sum depends on no order
	weighed                                int
}

// weigh counts the match weight of a pair that was tried.
func (t *tally) weigh(bits float64) {
	t.weight += int64(math.Round(bits * 1e6))
	t.weighed++
}

func (e *engine) tallies() []tally {
	out := make([]tally, len(e.plans)+2)
	for i := range out {
		out[i].refused = make([]int, len(e.limits)+1)
	}
	return out
}

// run works through all components.
func (c *clusters) run(ctx context.Context, progress func(done, total int)) (*outcome, error) {
	total := &outcome{passes: c.e.tallies()}
	n := len(c.starts) - 1
	step := max(1, n/20)
	for lo := 0; lo < n; lo += step {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		hi := min(n, lo+step)
		for _, part := range parallel(hi-lo, c.e.threads, func(_, from, to int) *worker {
			w := &worker{c: c, e: c.e, out: outcome{passes: c.e.tallies()}}
			for i := lo + from; i < lo+to; i++ {
				w.component(int(c.starts[i]), int(c.starts[i+1]))
			}
			return w
		}) {
			total.add(&part.out)
		}
		progress(hi, n)
	}
	return total, nil
}

func (o *outcome) add(x *outcome) {
	o.joins = append(o.joins, x.joins...)
	o.edges = append(o.edges, x.edges...)
	o.overrides = append(o.overrides, x.overrides...)
	for i := range o.passes {
		p, q := &o.passes[i], &x.passes[i]
		p.joined += q.joined
		p.confirmed += q.confirmed
		p.ambiguous += q.ambiguous
		p.doubtful += q.doubtful
		p.weight += q.weight
		p.weighed += q.weighed
		for j := range p.refused {
			p.refused[j] += q.refused[j]
		}
	}
}

// worker clusters components one after another and keeps its scratch space between them.
type worker struct {
	c    *clusters
	e    *engine
	out  outcome
	todo []todo

	between between // made ready when it is first needed
}

// todo is a pair that a pass or the score proposes.
type todo struct {
	at     int // in clusters.pairs
	weight float64
	rival  bool
}

// component tries decisions, then the passes in order, then the score, on the pairs from lo to hi.
func (w *worker) component(lo, hi int) {
	var all uint64
	for i := lo; i < hi; i++ {
		all |= w.c.pairs[i].by
	}
	if all&decided != 0 {
		for i := lo; i < hi; i++ {
			if x := &w.c.pairs[i]; x.by&decided != 0 {
				w.decide(x)
			}
		}
	}
	for p, plan := range w.e.plans {
		if all>>p&1 == 0 || plan.twins || plan.scoreOnly {
			continue
		}
		w.todo = w.todo[:0]
		for i := lo; i < hi; i++ {
			if x := &w.c.pairs[i]; x.by>>p&1 == 1 && w.mayJoin(plan, x) {
				w.todo = append(w.todo, todo{at: i})
			}
		}
		w.rounds(p, plan)
	}
	if w.e.models == nil {
		return
	}
	w.todo = w.todo[:0]
	for i := lo; i < hi; i++ {
		x := &w.c.pairs[i]
		if x.by&^(w.e.twinPlans|forbidden) == 0 {
			continue
		}
		if weight := w.e.weight(x); weight >= w.e.thresholds[w.e.kind(x)] {
			w.todo = append(w.todo, todo{at: i, weight: weight})
		}
	}
	slices.SortFunc(w.todo, func(a, b todo) int {
		return cmp.Or(cmp.Compare(b.weight, a.weight), comparePair(w.c.pairs[a.at], w.c.pairs[b.at]))
	})
	for _, t := range w.todo {
		w.scored(t)
	}
}

// rounds tries the pairs of a pass. Those with a rival wait: it may turn out to be another child's, and then they are tried again.
func (w *worker) rounds(p int, plan *plan) {
	for again := plan.Unique; again; {
		for i := range w.todo {
			w.todo[i].rival = w.rival(p, plan, &w.c.pairs[w.todo[i].at])
		}
		joined := w.out.passes[p].joined
		w.todo = slices.DeleteFunc(w.todo, func(t todo) bool {
			if !t.rival {
				w.pass(p, plan, t)
			}
			return !t.rival
		})
		again = w.out.passes[p].joined > joined && len(w.todo) > 0
	}
	for _, t := range w.todo {
		w.pass(p, plan, t)
	}
}

// mayJoin reports whether a pass applies to the pair as clusters stand: a record that is attached needs a child to be attached to.
func (w *worker) mayJoin(p *plan, x *pair) bool {
	if !p.attach {
		return true
	}
	a, b := w.c.find(x.a), w.c.find(x.b)
	if a == b {
		return w.e.t.nodes[x.a].source != w.e.t.nodes[x.b].source
	}
	return w.c.inSpine[a] != w.c.inSpine[b]
}

// decide joins two records that a person found to be one child.
func (w *worker) decide(x *pair) {
	t := &w.out.passes[len(w.e.plans)+1]
	if w.c.find(x.a) == w.c.find(x.b) {
		t.confirmed++
		return
	}
	w.c.union(x.a, x.b)
	t.joined++
	w.out.joins = append(w.out.joins, join{x.a, x.b, int16(len(w.e.plans) + 1), 1})
	w.keep(x, len(w.e.plans)+1, Joined, none)
}

func (w *worker) keep(x *pair, pass int, o Outcome, why int) {
	w.out.edges = append(w.out.edges, edge{a: x.a, b: x.b, pass: int16(pass), weight: float32(w.e.weight(x)), outcome: o, constraint: why,
		pattern: x.pattern, kind: uint8(w.e.kind(x))})
}

// pass tries one pair of a pass. A pass whose links are expected to be right less often than the rules' floor joins nothing.
func (w *worker) pass(p int, plan *plan, t todo) {
	x, c, tally := &w.c.pairs[t.at], w.c, &w.out.passes[p]
	if w.e.models != nil {
		tally.weigh(w.e.weight(x))
	}
	a, b := c.find(x.a), c.find(x.b)
	if a == b {
		tally.confirmed++
		return
	}
	why, how, at := c.conflict(a, b)
	if why == none {
		why = w.e.pairConflict(x.a, x.b, plan.crosses)
	}
	switch {
	case t.rival:
		tally.ambiguous++
		w.keep(x, p, Ambiguous, none)
	case why != none:
		w.refuse(tally, why)
		w.keep(x, p, Refused, why)
	case w.e.estimates[p] < w.e.rules.Floor:
		tally.doubtful++
		w.keep(x, p, Doubtful, none)
	default:
		w.join(x, p, how, at, w.e.estimates[p])
		tally.joined++
		w.keep(x, p, Joined, none)
	}
}

func (w *worker) refuse(t *tally, why int) {
	if why == decidedApart {
		why = len(t.refused) - 1
	}
	t.refused[why]++
}

func (w *worker) join(x *pair, pass, how int, at pair, probability float64) {
	if how != none {
		w.out.overrides = append(w.out.overrides, Applied{A: w.e.t.nodes[at.a].key, B: w.e.t.nodes[at.b].key, Pass: w.e.passID(pass), Override: w.e.overrides[how].ID})
	}
	w.c.union(x.a, x.b)
	w.out.joins = append(w.out.joins, join{x.a, x.b, int16(pass), float32(probability)})
}

// compatible tells whether two records' clusters may be one child. A pass that attaches takes two children of the spine for two.
func (w *worker) compatible(p *plan, a, b int32) bool {
	x, y := w.c.find(a), w.c.find(b)
	if x == y {
		return true
	}
	if p != nil && (p.attach && w.c.inSpine[x] && w.c.inSpine[y] || w.e.pairConflict(a, b, p.crosses) != none) {
		return false
	}
	why, _, _ := w.c.conflict(x, y)
	return why == none
}

// other is the other record of a pair.
func (x *pair) other(a int32) int32 {
	if x.a == a {
		return x.b
	}
	return x.a
}

// rival reports whether a third record, or a twin of either, fits one of the pair as well but cannot be one child with the other: then
// nothing tells which of them it is. Where a pass is about an end and a start of care, a rival is about the same end or the same start, or has
// none itself at another.
func (w *worker) rival(p int, plan *plan, x *pair) bool {
	return w.rivalAt(p, plan, x, true)
}

// rivalAt looks for rivals at other ends and starts of care, or leaves them aside.
func (w *worker) rivalAt(p int, plan *plan, x *pair, others bool) bool {
	if !w.compatible(plan, x.a, x.b) {
		return false // a cannot-link speaks for itself when the pair is tried
	}
	for _, side := range [2][2]int32{{x.a, x.b}, {x.b, x.a}} {
		a, b := side[0], side[1]
		turns, _ := w.e.t.turns(plan.Near, a, b)
		if w.taken(plan.Near, turns, a, b) {
			return true
		}
		for _, q := range w.c.edges[w.c.first[a]:w.c.first[a+1]] {
			y := &w.c.pairs[q]
			k := y.other(a)
			if k == b {
				continue
			}
			if y.by>>p&1 == 1 && !w.leads(x, y) && w.compatible(plan, k, a) && !w.compatible(plan, k, b) {
				same, free := w.contends(plan.Near, turns, a, k)
				if free && (same || others && !w.rivalAt(p, plan, y, false)) {
					return true
				}
			}
			// a twin that has values of all that must agree, and they differ, is not meant
			if y.by&w.e.twinPlans != 0 && w.c.find(k) != w.c.find(a) && w.c.find(k) != w.c.find(b) && w.lacks(plan, k) && w.compatible(plan, k, b) {
				return true
			}
		}
	}
	return false
}

// contends tells whether k may follow or come before a at one of the turns given, and whether it is free to: at no turn of the two it followed
// or came before another.
func (w *worker) contends(near *Near, turns uint64, a, k int32) (same, free bool) {
	if turns == 0 {
		return true, true
	}
	onA, onK := w.e.t.turns(near, a, k)
	return onA&turns != 0, !w.taken(near, onK, k, a)
}

// taken reports whether all of a record's turns towards b are those of another record of its cluster.
func (w *worker) taken(near *Near, turns uint64, a, b int32) bool {
	if turns == 0 {
		return false
	}
	left, lineage := turns, w.e.t.nodes[b].lineage
	w.c.members(a, func(m int32) bool {
		if m != a && w.e.t.nodes[m].lineage != lineage { // an authority may have returned one child under two numbers
			on, _ := w.e.t.turns(near, a, m)
			left &^= on
		}
		return left != 0
	})
	return left == 0
}

// leads reports whether a pair's weight is so far above another's that the other is no rival of it.
func (w *worker) leads(x, y *pair) bool {
	return w.e.models != nil && w.e.weight(x)-w.e.weight(y) >= w.e.rules.Scoring.Margin
}

// lacks reports whether a record has no value of something that must agree.
func (w *worker) lacks(p *plan, a int32) bool {
	return slices.ContainsFunc(p.agree, func(x term) bool { return !w.e.t.has(&w.e.t.nodes[a], x) })
}

// scored tries one pair whose weight is high enough.
func (w *worker) scored(t todo) {
	x, c, p := &w.c.pairs[t.at], w.c, len(w.e.plans)
	tally := &w.out.passes[p]
	a, b := c.find(x.a), c.find(x.b)
	if a == b {
		tally.confirmed++
		return
	}
	attach := !w.e.t.isSpine(x.a) || !w.e.t.isSpine(x.b)
	if attach && c.inSpine[a] == c.inSpine[b] {
		return
	}
	why, how, at := c.conflict(a, b)
	if why == none {
		why = w.e.pairConflict(x.a, x.b, w.e.scoreCrosses)
	}
	switch {
	case why != none:
		w.refuse(tally, why)
		w.keep(x, p, Refused, why)
	case w.contested(t, attach, a, b) || w.contested(t, attach, b, a) || w.unlike(a, b):
		tally.ambiguous++
		w.keep(x, p, Ambiguous, none)
	default:
		w.join(x, p, how, at, w.e.models[w.e.kind(x)].Probability(t.weight))
		tally.joined++
		w.keep(x, p, Joined, none)
	}
	tally.weigh(t.weight)
}

// contested reports whether a record of cluster a fits a third cluster nearly as well as cluster b, or better, and that is another child.
func (w *worker) contested(t todo, attach bool, a, b int32) (yes bool) {
	c := w.c
	c.members(a, func(m int32) bool {
		for _, q := range c.edges[c.first[m]:c.first[m+1]] {
			y := &c.pairs[q]
			if y.by&forbidden != 0 || y.by&^w.e.twinPlans == 0 {
				continue
			}
			k := c.find(y.other(m))
			if k == a || k == b || w.e.weight(y) < t.weight-w.e.rules.Scoring.Margin || !w.compatible(nil, k, a) {
				continue
			}
			if yes = attach && c.inSpine[k] && c.inSpine[b] || !w.compatible(nil, k, b); yes {
				return false
			}
		}
		return true
	})
	return yes
}

// weight is a pair's match weight in bits; 0 without a model.
func (e *engine) weight(x *pair) float64 {
	if e.models == nil {
		return 0
	}
	return e.scorers[e.kind(x)].Weight(score.Pattern(x.pattern))
}
