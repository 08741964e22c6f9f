package linkage

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
)

// plan is a pass, a blocking rule or a kind of twins made ready for the inner loop.
type plan struct {
	*Pass
	agree, also []term
	attach      bool
	scoreOnly   bool
	twins       bool
	witness     bool   // uses the witness
	crosses     uint64 // places in limits that it crosses
	sources     []bool // by place in Records.sources: those that an attach pass applies to
	maxBlock    int
}

func (e *engine) preparePasses() {
	add := func(p *Pass) *plan {
		c := &plan{Pass: p, agree: e.t.terms(e.rules, p.Agree), also: e.t.terms(e.rules, p.Also), attach: p.Links == linksAttach,
			sources: make([]bool, len(e.t.sources)), maxBlock: cmp.Or(p.MaxBlock, e.rules.MaxBlock)}
		for i, s := range e.t.sources {
			c.sources[i] = c.attach && i != int(e.t.spine) && (len(p.Sources) == 0 || slices.Contains(p.Sources, s))
		}
		for _, x := range p.Agree {
			c.witness = c.witness || x == e.rules.Witness || slices.Contains(e.rules.Terms[x], e.rules.Witness)
		}
		c.crosses = e.crossed(p.Crosses)
		e.plans = append(e.plans, c)
		return c
	}
	for i := range e.rules.Passes {
		add(&e.rules.Passes[i])
	}
	for i := range e.rules.Blocking {
		add(&e.rules.Blocking[i]).scoreOnly = true
	}
	for i, agree := range e.rules.Confusable {
		add(&Pass{ID: fmt.Sprintf("confusable %d", i+1), Does: "records of one delivery that look alike", Links: linksWithin, Agree: agree}).twins = true
	}
}

// crossed are the places of cannot-links, as bits.
func (e *engine) crossed(ids []string) (mask uint64) {
	for i, l := range e.limits {
		if slices.Contains(ids, l.ID) {
			mask |= 1 << i
		}
	}
	return mask
}

// entry says that a record has a value of a pass's block.
type entry struct {
	hash uint64
	node int32
}

// pair is two records, the lower number first, with the plans that propose it as bits.
type pair struct {
	a, b    int32
	by      uint64
	pattern uint64
}

func comparePair(x, y pair) int { return cmp.Or(cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b)) }

// Cost is what a rule's blocks amount to.
type Cost struct {
	Entries    int `json:"entries"`      // values looked at
	Blocks     int `json:"blocks"`       // values that two or more records share
	Largest    int `json:"largest"`      // records in the largest block that was looked at
	TooLarge   int `json:"too_large"`    // blocks refused for their size
	TooLargeOf int `json:"too_large_of"` // records in them
	Compared   int `json:"compared"`     // pairs that share a value: what looking at all blocks takes
}

func (c *Cost) add(x Cost) {
	c.Entries += x.Entries
	c.Blocks += x.Blocks
	c.Largest = max(c.Largest, x.Largest)
	c.TooLarge += x.TooLarge
	c.TooLargeOf += x.TooLargeOf
	c.Compared += x.Compared
}

// Shard is a part of the blocks of every rule: the nth of so many. The zero Shard is all of them.
type Shard struct{ N, Of int }

func (s Shard) holds(hash uint64) bool { return s.Of <= 1 || int(hash>>40%uint64(s.Of)) == s.N }

// space is what rules use one after another, so that each does not ask for it anew.
type space struct {
	out  [][]entry
	seen []uint8
	all  []entry
	part []entry
}

// emitter makes entries, and keeps its scratch space between nodes.
type emitter struct {
	t          *Records
	shard      Shard
	out        []entry
	hash, next []uint64
}

// emit appends an entry for every combination of the node's values of the terms that must agree.
func (e *emitter) emit(at int32, agree []term) {
	n := &e.t.nodes[at]
	var buf [16]uint32
	e.hash = append(e.hash[:0], 0)
	for _, x := range agree {
		e.next = e.next[:0]
		for i := range x {
			salt := uint64(x[i].domain+8) << 32
			for _, v := range e.t.list(n, &x[i], buf[:0]) {
				for _, h := range e.hash {
					e.next = append(e.next, mix(h, salt|uint64(v)))
				}
			}
		}
		e.hash, e.next = e.next, e.hash
	}
	for _, h := range e.hash {
		if e.shard.holds(h) {
			e.out = append(e.out, entry{h, at})
		}
	}
}

// wanted reports whether a plan looks at a record.
func (e *engine) wanted(p *plan, n *node) bool {
	if p.attach {
		return n.source == e.t.spine || p.sources[n.source]
	}
	return n.source == e.t.spine && n.review == 0
}

// blocks gathers a plan's entries that another record may share, in the order of their hashes and records.
func (e *engine) blocks(p *plan, shard Shard) ([]entry, int) {
	s := &e.space
	for len(s.out) < e.threads {
		s.out = append(s.out, nil)
	}
	parts := parallel(len(e.t.nodes), e.threads, func(thread, lo, hi int) []entry {
		m := emitter{t: e.t, shard: shard, out: s.out[thread][:0]}
		for i := lo; i < hi; i++ {
			if e.wanted(p, &e.t.nodes[i]) {
				m.emit(int32(i), p.agree)
			}
		}
		s.out[thread] = m.out
		return m.out
	})
	n := 0
	for _, part := range parts {
		n += len(part)
	}
	// most values are held by one record: those are dropped before sorting
	size := 1 << 10
	for size < 4*n {
		size <<= 1
	}
	if len(s.seen) < size {
		s.seen = make([]uint8, size)
	}
	seen := s.seen[:size]
	clear(seen)
	mask := uint64(size - 1)
	for _, part := range parts {
		for i := range part {
			at := part[i].hash & mask
			if seen[at] < 2 {
				seen[at]++
			}
		}
	}
	s.all = s.all[:0]
	for _, part := range parts {
		for _, x := range part {
			if seen[x.hash&mask] == 2 {
				s.all = append(s.all, x)
			}
		}
	}
	return s.sort(e.threads), n
}

// sort puts entries into order by their top bits, then each part by itself: the time grows with their number.
func (s *space) sort(threads int) []entry {
	const top = 12
	var starts [1<<top + 1]int
	for i := range s.all {
		starts[s.all[i].hash>>(64-top)+1]++
	}
	for i := 1; i < len(starts); i++ {
		starts[i] += starts[i-1]
	}
	if cap(s.part) < len(s.all) {
		s.part = make([]entry, len(s.all), cap(s.all))
	}
	s.part = s.part[:len(s.all)]
	at := starts
	for _, x := range s.all {
		k := x.hash >> (64 - top)
		s.part[at[k]] = x
		at[k]++
	}
	parallel(1<<top, threads, func(_, lo, hi int) struct{} {
		for k := lo; k < hi; k++ {
			slices.SortFunc(s.part[starts[k]:starts[k+1]], func(a, b entry) int {
				switch {
				case a.hash < b.hash:
					return -1
				case a.hash > b.hash:
					return 1
				}
				return int(a.node) - int(b.node)
			})
		}
		return struct{}{}
	})
	return slices.CompactFunc(s.part, func(a, b entry) bool { return a == b })
}

// proposal is the pairs that a plan proposes, without repeats and in order: the records in one number, the lower first.
type proposal struct {
	plan  int
	pairs []uint64
}

// propose finds the pairs of a plan within a shard. It refuses to begin what the rules' budget does not allow.
func (e *engine) propose(at int, shard Shard) (proposal, Cost, error) {
	p := e.plans[at]
	all, entries := e.blocks(p, shard)
	if err := e.spend(p, all); err != nil {
		return proposal{}, Cost{}, err
	}
	type found struct {
		pairs []uint64
		cost  Cost
	}
	shards := parallel(len(all), e.threads, func(_, lo, hi int) found {
		for lo > 0 && lo < len(all) && all[lo].hash == all[lo-1].hash {
			lo++
		}
		for hi > lo && hi < len(all) && all[hi].hash == all[hi-1].hash {
			hi++
		}
		var f found
		for lo < hi {
			end := lo + 1
			for end < len(all) && all[end].hash == all[lo].hash {
				end++
			}
			f.pairs = e.block(p, all[lo:end], f.pairs, &f.cost)
			lo = end
		}
		return f
	})
	n := 0
	for _, f := range shards {
		n += len(f.pairs)
	}
	pairs := make([]uint64, 0, n)
	total := Cost{Entries: entries}
	for _, f := range shards {
		pairs = append(pairs, f.pairs...)
		total.add(f.cost)
	}
	slices.Sort(pairs)
	return proposal{at, slices.Compact(pairs)}, total, nil
}

// block appends the pairs of one value.
func (e *engine) block(p *plan, members []entry, out []uint64, c *Cost) []uint64 {
	n := len(members)
	if n < 2 || p.attach && !slices.ContainsFunc(members, func(m entry) bool { return !e.t.isSpine(m.node) }) {
		return out
	}
	c.Blocks++
	if n > p.maxBlock {
		c.TooLarge++
		c.TooLargeOf += n
		return out
	}
	c.Largest = max(c.Largest, n)
	for i := range n {
		for j := i + 1; j < n; j++ {
			a, b := members[i].node, members[j].node
			if p.attach && e.t.isSpine(a) && e.t.isSpine(b) {
				continue
			}
			c.Compared++
			if e.fit(p, a, b) {
				out = append(out, uint64(a)<<32|uint64(b))
			}
		}
	}
	return out
}

// fit tells whether a pair that agrees meets the plan's other conditions.
func (e *engine) fit(p *plan, a, b int32) bool {
	t := e.t
	x, y := &t.nodes[a], &t.nodes[b]
	for _, also := range p.also {
		if !t.meet(also, x, y) && t.has(x, also) && t.has(y, also) {
			return false
		}
	}
	if p.twins {
		why, _ := e.conflict(a, b)
		return why != none
	}
	return p.Near == nil || t.near(p.Near, x, y) || t.near(p.Near, y, x)
}

// near reports whether b's care follows a's as the rule wants it.
func (t *Records) near(rule *Near, a, b *node) bool {
	switch rule.Kind {
	case nearLeaver:
		return b.spells.lo == b.spells.hi && a.spells.lo < a.spells.hi && a.last < b.first
	case nearBeside:
		return t.inCare(a, b)
	case nearYears:
		gap := int(b.first) - int(a.last)
		return (a.first < b.first || a.first == b.first && a.last <= b.last) && gap >= rule.Least && gap <= rule.Most
	}
	for _, x := range t.spellsOf(a) {
		for _, y := range t.spellsOf(b) {
			if rule.leads(&x, &y) {
				return true
			}
		}
	}
	return false
}

// leads reports whether one spell's end and another's start lie as the rule, of transfers or any end of care, wants it.
func (rule *Near) leads(x, y *spell) bool {
	return x.ends != goesOn && (rule.Kind == nearHandover || x.ends == transferred) && y.starts && y.from-x.to <= Day(rule.Days) && x.to-y.from <= Day(rule.Early)
}

// turns are the ends and starts of care by which two records may follow one another, as bits: of each two of a spell the lower is its end.
// None for a rule of another kind.
func (t *Records) turns(rule *Near, a, b int32) (onA, onB uint64) {
	if rule == nil || rule.Kind != nearTransfer && rule.Kind != nearHandover {
		return 0, 0
	}
	mine, theirs := t.spellsOf(&t.nodes[a]), t.spellsOf(&t.nodes[b])
	for i := range mine {
		for j := range theirs {
			if rule.leads(&mine[i], &theirs[j]) {
				onA, onB = onA|1<<(2*i%64), onB|1<<((2*j+1)%64)
			}
			if rule.leads(&theirs[j], &mine[i]) {
				onA, onB = onA|1<<((2*i+1)%64), onB|1<<(2*j%64)
			}
		}
	}
	return onA, onB
}

// inCare reports whether a was in care in a year in which both were delivered.
func (t *Records) inCare(a, b *node) bool {
	for i, year := range t.years {
		if b.seen>>i&1 == 0 || year < int(a.first) || year > int(a.last) {
			continue
		}
		for _, x := range t.spellsOf(a) {
			if x.from < yearEnd(year) && x.to > yearEnd(year-1) {
				return true
			}
		}
	}
	return false
}

// shardRecords is of how many records all values of a rule are looked at together. Of more they are looked at in turns, which takes longer
// and holds less.
const shardRecords = 2 << 20

// shards are the turns.
func (e *engine) shards() []Shard {
	out := make([]Shard, 1+len(e.t.nodes)/shardRecords)
	for i := range out {
		out[i] = Shard{N: i, Of: len(out)}
	}
	return out
}

// candidates are the pairs that any plan proposes, each once, in order, and what each plan's blocks cost.
func (e *engine) candidates(ctx context.Context, progress func()) ([]pair, []Cost, error) {
	var all []proposal
	costs := make([]Cost, len(e.plans))
	for i := range e.plans {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		for _, shard := range e.shards() {
			p, c, err := e.propose(i, shard)
			if err != nil {
				return nil, nil, err
			}
			all = append(all, p)
			costs[i].add(c)
		}
		progress()
	}
	e.space = space{}
	return gathered(all), costs, nil
}

// gathered joins proposals of one pair. It goes along all lists at once, so that nothing is sorted again.
func gathered(all []proposal) []pair {
	out := make([]pair, 0, merged(all, func(uint64, uint64) {}))
	merged(all, func(x, by uint64) { out = append(out, pair{a: int32(x >> 32), b: int32(uint32(x)), by: by}) })
	return out
}

// merged visits the pairs of all proposals in order, each once with its plans as bits, and tells how many there are.
func merged(all []proposal, visit func(pair, by uint64)) (n int) {
	const end = ^uint64(0)
	next := make([]uint64, len(all)) // first pair of each that was not visited
	at := make([]int, len(all))
	step := func(i int) {
		next[i] = end
		if at[i] < len(all[i].pairs) {
			next[i] = all[i].pairs[at[i]]
			at[i]++
		}
	}
	for i := range all {
		step(i)
	}
	for {
		least := end
		for _, x := range next {
			least = min(least, x)
		}
		if least == end {
			return n
		}
		var by uint64
		for i, x := range next {
			if x == least {
				by |= 1 << all[i].plan
				step(i)
			}
		}
		visit(least, by)
		n++
	}
}

// parallel cuts 0..n into as many runs as threads and returns what do makes of each, in order.
func parallel[T any](n, threads int, do func(part, lo, hi int) T) []T {
	threads = max(1, min(threads, n))
	out := make([]T, threads)
	var wg sync.WaitGroup
	for i := range threads {
		wg.Go(func() { out[i] = do(i, n*i/threads, n*(i+1)/threads) })
	}
	wg.Wait()
	return out
}
