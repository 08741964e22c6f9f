package linkage

import (
	"cmp"
	"slices"
	"sync"
)

// plan is a pass made ready for the inner loop.
type plan struct {
	*Pass
	number  int16
	agree   [][]field
	also    [][]field
	attach  bool
	heeds   bool // UPNs that never agree
	usesUPN bool
	sources []bool // by place in table.sources: extracts that an attach pass applies to
}

func (t *table) plan(number int, p *Pass) *plan {
	c := &plan{Pass: p, number: int16(number), attach: p.Links == linksAttach, heeds: !slices.Contains(p.Crosses, constraintIDs[upnNeverAgrees]), sources: make([]bool, len(t.sources))}
	for _, f := range p.Agree {
		c.usesUPN = c.usesUPN || slices.Contains(fieldsByName[f], fUPN)
		c.agree = append(c.agree, fieldsByName[f])
	}
	for _, f := range p.Also {
		c.also = append(c.also, fieldsByName[f])
	}
	for i, s := range t.sources {
		c.sources[i] = c.attach && int32(i) != t.returns && (len(p.Sources) == 0 || slices.Contains(p.Sources, s))
	}
	return c
}

// entry says that a record has a value of a pass's block.
type entry struct {
	hash uint64
	node int32
}

// pair is two records, the lower number first, that a pass would join.
type pair struct {
	a, b  int32
	rival bool // another record fits as well
}

func comparePair(x, y pair) int { return cmp.Or(cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b)) }

// found is what a pass sees before anything is joined.
type found struct {
	pairs      []pair
	entries    int
	blocks     int // values that two or more records share
	largest    int // records in the largest block that was looked at
	tooLarge   int // blocks refused for their size
	tooLargeOf int // records in them
}

// space is what passes use one after another, so that each does not ask for it anew.
type space struct {
	emitters []emitter
	seen     []uint8
	kept     []entry
}

// emitterOf is the nth thread's emitter, emptied.
func (s *space) emitterOf(thread int, t *table) *emitter {
	e := &s.emitters[thread]
	e.t, e.out = t, e.out[:0]
	return e
}

// shared gathers only entries whose hash some other entry may share: most values are held by one record, and are dropped before sorting.
func (s *space) shared(parts [][]entry) []entry {
	n := 0
	for _, part := range parts {
		n += len(part)
	}
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
			if at := part[i].hash & mask; seen[at] < 2 {
				seen[at]++
			}
		}
	}
	s.kept = s.kept[:0]
	for _, part := range parts {
		for _, e := range part {
			if seen[e.hash&mask] > 1 {
				s.kept = append(s.kept, e)
			}
		}
	}
	return s.kept
}

// emitter makes entries, and keeps its scratch space between nodes.
type emitter struct {
	t          *table
	out        []entry
	hash, next []uint64
}

// emit appends an entry for every combination of the node's values of the fields that must agree.
func (e *emitter) emit(at int32, agree [][]field) {
	n := &e.t.nodes[at]
	e.hash = append(e.hash[:0], 0)
	for _, fields := range agree {
		e.next = e.next[:0]
		for _, f := range fields {
			for _, v := range e.t.field(n, f) {
				for _, h := range e.hash {
					e.next = append(e.next, mix(h, v))
				}
			}
		}
		e.hash, e.next = e.next, e.hash
	}
	for _, h := range e.hash {
		e.out = append(e.out, entry{h, at})
	}
}

// candidates finds the pairs of a pass. It reads the clusters that earlier passes left and changes nothing.
func (t *table) candidates(p *plan, l *limits, c *clusters, maxBlock, threads int) found {
	wanted := func(i int32) bool {
		n := &t.nodes[i]
		if p.attach {
			return c.inSpine[c.root[i]] || p.sources[n.source]
		}
		return n.source == t.returns && n.review == ""
	}
	t.space.emitters = slices.Grow(t.space.emitters, max(1, threads))[:max(1, threads, len(t.space.emitters))]
	parts := parallel(len(t.nodes), threads, func(thread, lo, hi int) []entry {
		e := t.space.emitterOf(thread, t)
		for i := lo; i < hi; i++ {
			if wanted(int32(i)) {
				e.emit(int32(i), p.agree)
			}
		}
		return e.out
	})
	f := found{}
	all := t.space.shared(parts)
	for _, part := range parts {
		f.entries += len(part)
	}
	slices.SortFunc(all, func(a, b entry) int {
		if a.hash != b.hash {
			return cmp.Compare(a.hash, b.hash)
		}
		return cmp.Compare(a.node, b.node)
	})
	all = slices.Compact(all)

	shards := parallel(len(all), threads, func(_, lo, hi int) found {
		for lo > 0 && lo < len(all) && all[lo].hash == all[lo-1].hash {
			lo++
		}
		for hi > lo && hi < len(all) && all[hi].hash == all[hi-1].hash {
			hi++
		}
		w := worker{t: t, p: p, l: l, c: c}
		for lo < hi {
			end := lo + 1
			for end < len(all) && all[end].hash == all[lo].hash {
				end++
			}
			w.block(all[lo:end], maxBlock)
			lo = end
		}
		return w.found
	})
	for _, s := range shards {
		f.pairs = append(f.pairs, s.pairs...)
		f.blocks += s.blocks
		f.largest = max(f.largest, s.largest)
		f.tooLarge += s.tooLarge
		f.tooLargeOf += s.tooLargeOf
	}
	slices.SortFunc(f.pairs, comparePair)
	kept := f.pairs[:0]
	for _, x := range f.pairs {
		if k := len(kept); k > 0 && kept[k-1].a == x.a && kept[k-1].b == x.b {
			kept[k-1].rival = kept[k-1].rival || x.rival
			continue
		}
		kept = append(kept, x)
	}
	f.pairs = kept
	return f
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

// worker looks at blocks one after another and keeps its scratch space between them.
type worker struct {
	t *table
	p *plan
	l *limits
	c *clusters
	found
	fits []bool  // by place in the block, twice: the pair meets the pass's conditions
	may  []maybe // the pair's clusters may be one child; asked only where it matters
}

// block makes the pairs of one value.
func (w *worker) block(members []entry, maxBlock int) {
	n := len(members)
	if n < 2 {
		return
	}
	if w.p.attach && !w.touches(members) {
		return
	}
	w.blocks++
	if n > maxBlock {
		w.tooLarge++
		w.tooLargeOf += n
		return
	}
	w.largest = max(w.largest, n)
	if w.p.Unique && !w.compare(members) {
		return
	}
	for i := range n {
		for j := i + 1; j < n; j++ {
			a, b := members[i].node, members[j].node
			if w.p.Unique {
				if w.fits[i*n+j] {
					w.pairs = append(w.pairs, pair{a, b, w.rival(members, i, j)})
				}
			} else if w.fit(a, b) {
				w.pairs = append(w.pairs, pair{a: a, b: b})
			}
		}
	}
}

// touches reports whether a block holds a record of the spine.
func (w *worker) touches(members []entry) bool {
	return slices.ContainsFunc(members, func(m entry) bool { return w.c.inSpine[w.c.root[m.node]] })
}

// fit tells whether a pair that agrees meets the pass's other conditions.
func (w *worker) fit(a, b int32) bool {
	x, y := &w.t.nodes[a], &w.t.nodes[b]
	if w.p.attach { // one in the spine and one not, or together already
		p, q := w.c.root[a], w.c.root[b]
		if p == q && x.source == y.source || p != q && w.c.inSpine[p] == w.c.inSpine[q] {
			return false
		}
	}
	for _, fields := range w.p.also {
		agree, missing := false, true
		for _, f := range fields {
			p, q := w.t.field(x, f), w.t.field(y, f)
			missing = missing && (len(p) == 0 || len(q) == 0)
			agree = agree || meet(p, q)
		}
		if !agree && !missing {
			return false
		}
	}
	return w.p.Near == nil || w.t.near(w.p.Near, x, y) || w.t.near(w.p.Near, y, x)
}

// near reports whether b's care follows a's as the rule wants it.
func (t *table) near(rule *Near, a, b *node) bool {
	if rule.Kind == nearLeaver {
		return b.spells.lo == b.spells.hi && a.spells.lo < a.spells.hi && a.last < b.first
	}
	if rule.Kind == nearBeside {
		return t.inCare(a, b)
	}
	for _, x := range t.spellsOf(a) {
		if x.ends == goesOn || rule.Kind == nearTransfer && x.ends != transferred {
			continue
		}
		for _, y := range t.spellsOf(b) {
			if y.starts && y.from-x.to <= Day(rule.Days) && x.to-y.from <= Day(rule.Early) {
				return true
			}
		}
	}
	return false
}

// inCare reports whether a was in care in a year in which both were delivered.
func (t *table) inCare(a, b *node) bool {
	for _, i := range t.order[b.rows.lo:b.rows.hi] {
		year := t.in.Identities[i].Year
		if year < int(a.first) || year > int(a.last) {
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

// maybe is an answer that is worked out when it is first asked for.
type maybe int8

const (
	notAsked maybe = iota
	yes
	no
)

// compare fills the block's table of pairs that meet the conditions, and tells whether any do.
func (w *worker) compare(members []entry) bool {
	n := len(members)
	w.fits = slices.Grow(w.fits[:0], n*n)[:n*n]
	found := false
	for i := range n {
		for j := i + 1; j < n; j++ {
			fits := w.fit(members[i].node, members[j].node)
			w.fits[i*n+j], w.fits[j*n+i] = fits, fits
			found = found || fits
		}
	}
	if found {
		w.may = slices.Grow(w.may[:0], n*n)[:n*n]
		clear(w.may)
	}
	return found
}

// mayBe tells whether two places of the block may be one child.
func (w *worker) mayBe(members []entry, i, j int) bool {
	at := min(i, j)*len(members) + max(i, j)
	if w.may[at] == notAsked {
		w.may[at] = no
		if w.compatible(members[i].node, members[j].node) {
			w.may[at] = yes
		}
	}
	return w.may[at] == yes
}

// compatible tells whether two records' clusters may be one child. A pass that attaches takes two children of the spine for two.
func (w *worker) compatible(a, b int32) bool {
	x, y := w.c.root[a], w.c.root[b]
	if x == y {
		return true
	}
	if w.p.attach && w.c.inSpine[x] && w.c.inSpine[y] || w.p.heeds && w.t.upnsDiffer(a, b) {
		return false
	}
	why, _, _ := w.c.conflict(w.t, w.l, x, y)
	return why == none
}

// rival reports whether a third record of the block, or a twin of either, fits one of the pair as well but cannot be one child with
// the other: then nothing tells which of them it is.
func (w *worker) rival(members []entry, i, j int) bool {
	n := len(members)
	if !w.mayBe(members, i, j) {
		return false // a cannot-link speaks for itself when the pair is tried
	}
	for k := range n {
		if k == i || k == j {
			continue
		}
		if w.fits[k*n+i] && w.mayBe(members, k, i) && !w.mayBe(members, k, j) || w.fits[k*n+j] && w.mayBe(members, k, j) && !w.mayBe(members, k, i) {
			return true
		}
	}
	return w.twinOf(members[i].node, members[j].node) || w.twinOf(members[j].node, members[i].node)
}

// twinOf reports whether a twin of a could be b too: where the twin has values of all that must agree, and they differ, it is not.
func (w *worker) twinOf(a, b int32) bool {
	for _, t := range w.c.twinsOf(a) {
		if x := w.c.root[t.b]; x != w.c.root[a] && x != w.c.root[b] && w.lacks(t.b) && w.compatible(t.b, b) {
			return true
		}
	}
	return false
}

// lacks reports whether a record has no value of something that must agree.
func (w *worker) lacks(a int32) bool {
	n := &w.t.nodes[a]
	for _, fields := range w.p.agree {
		if !slices.ContainsFunc(fields, n.has) {
			return true
		}
	}
	return false
}
