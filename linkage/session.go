package linkage

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// Session is a run cut into steps that several machines can share. Each step takes and gives bytes that hold numbers of records and
// patterns, no value; all steps of a run see the same Records. Propose for every shard, Score for every part, then Train and Cluster once give
// what Link gives.
type Session struct{ e *engine }

// NewSession makes the records ready for any step.
func NewSession(t *Records, o Options) (*Session, error) {
	e, err := newEngine(t, o)
	if err != nil {
		return nil, err
	}
	return &Session{e}, nil
}

// Proposed is what one shard proposes.
type Proposed struct {
	Parts [][]byte // by part: pairs and the rules that propose them
	Costs []Cost   // by rule
	Known int64    // of the pairs compared, by all rules, those that were not looked at again since they are known
}

// Propose finds the pairs of a shard of all blocks, in as many parts as are to be scored apart; a pair is always of the same part.
func (s *Session) Propose(ctx context.Context, shard Shard, parts int, progress func(done, total int64)) (*Proposed, error) {
	var all []proposal
	out := &Proposed{Parts: make([][]byte, max(1, parts)), Costs: make([]Cost, len(s.e.plans))}
	s.e.spent, s.e.share = 0, shard.Of
	for i := range s.e.plans {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		p, c, err := s.e.propose(i, shard)
		if err != nil {
			return nil, err
		}
		all, out.Costs[i] = append(all, p), c
		if progress != nil {
			progress(int64(i+1), int64(len(s.e.plans)))
		}
	}
	s.e.space = space{}
	out.cut(gathered(all))
	return out, nil
}

// cut puts each pair into its part.
func (p *Proposed) cut(pairs []pair) {
	for _, x := range pairs {
		at := mix(uint64(x.a), uint64(x.b)) % uint64(len(p.Parts))
		b := binary.LittleEndian.AppendUint64(p.Parts[at], uint64(x.a)<<32|uint64(x.b))
		p.Parts[at] = binary.LittleEndian.AppendUint64(b, x.by)
	}
}

// Score compares the pairs of a part, each once, whichever shards proposed it.
func (s *Session) Score(ctx context.Context, proposed [][]byte) ([]byte, error) {
	var pairs []pair
	for _, b := range proposed {
		if len(b)%16 != 0 {
			return nil, fmt.Errorf("proposed pairs: %d bytes are no whole number of pairs", len(b))
		}
		for ; len(b) > 0; b = b[16:] {
			k := binary.LittleEndian.Uint64(b)
			pairs = append(pairs, pair{a: int32(k >> 32), b: int32(uint32(k)), by: binary.LittleEndian.Uint64(b[8:])})
		}
	}
	slices.SortFunc(pairs, comparePair)
	n := 0
	for i := range pairs {
		if n > 0 && comparePair(pairs[n-1], pairs[i]) == 0 {
			pairs[n-1].by |= pairs[i].by
			continue
		}
		pairs[n] = pairs[i]
		n++
	}
	pairs = pairs[:n]
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.e.score(pairs)
	s.e.forbid(pairs)
	return savePairs(pairs), nil
}

func (s *Session) pairs(scored [][]byte) ([]pair, error) {
	n := 0
	for _, b := range scored {
		n += len(b) / 24
	}
	pairs, err := make([]pair, 0, n), error(nil)
	for _, b := range scored {
		if pairs, err = loadPairs(b, pairs); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(pairs, comparePair)
	return pairs, nil
}

// Train learns the models from all scored parts.
func (s *Session) Train(scored [][]byte) (*Models, error) {
	pairs, err := s.pairs(scored)
	if err != nil {
		return nil, err
	}
	if err := s.e.train(s.e.clusters(pairs)); err != nil {
		return nil, err
	}
	return s.e.trained(), nil
}

// Cluster makes persons of all scored parts, judged by the models. Costs are those of every shard.
func (s *Session) Cluster(ctx context.Context, in Input, scored [][]byte, costs [][]Cost, m *Models, progress func(done, total int64)) (*Result, error) {
	if in.Mint == nil || in.RunID == "" {
		return nil, errors.New("link: a run needs an id and a way to mint person ids")
	}
	pairs, err := s.pairs(scored)
	if err != nil {
		return nil, err
	}
	if err := s.e.use(m); err != nil {
		return nil, err
	}
	total := make([]Cost, len(s.e.plans))
	for _, shard := range costs {
		for i, c := range shard {
			total[i].add(c)
		}
	}
	c := s.e.clusters(s.e.withDecisions(pairs, in.Decisions))
	found, err := c.run(ctx, func(done, of int) {
		if progress != nil {
			progress(int64(done), int64(of))
		}
	})
	if err != nil {
		return nil, err
	}
	r := s.e.result(c, found, total)
	r.spine(s.e.t, c, found, &in)
	return r, nil
}

// Since are the records and pairs of an earlier run with the same rules: what did not change since is not looked for again.
type Since struct {
	Records *Records
	Scored  [][]byte // all parts that Score gave
}

// ProposeSince gives all pairs as Propose does for the whole, but looks only at blocks that hold a record which is new or changed; a pair
// of others is known. A rule of which a block grew too large, or was and is no more, is looked at in full.
func (s *Session) ProposeSince(ctx context.Context, since Since, parts int, progress func(done, total int64)) (*Proposed, error) {
	e := s.e
	e.spent, e.share = 0, 0
	before := map[Key]int32{}
	for i := range since.Records.nodes {
		before[since.Records.nodes[i].key] = int32(i)
	}
	now := make([]int32, len(since.Records.nodes)) // place now, plus one, of records that did not change
	changed := make([]bool, len(e.t.nodes))
	was, is := since.Records.fingerprints(), e.t.fingerprints()
	for i := range e.t.nodes {
		at, ok := before[e.t.nodes[i].key]
		if ok && was[at] == is[i] {
			now[at] = int32(i) + 1
		} else {
			changed[i] = true
		}
	}
	past, err := newEngine(since.Records, Options{Rules: e.rules, Threads: e.threads})
	if err != nil {
		return nil, err
	}
	old, err := s.pairs(since.Scored)
	if err != nil {
		return nil, err
	}
	out := &Proposed{Parts: make([][]byte, max(1, parts)), Costs: make([]Cost, len(e.plans))}
	var all []proposal
	for p := range e.plans {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var found proposal
		var c Cost
		var known int
		whole := shrunk(past, p, now)
		if !whole {
			found, c, known, whole = e.proposeChanged(p, changed)
		}
		if whole {
			if found, c, err = e.propose(p, Shard{}); err != nil {
				return nil, err
			}
		} else {
			out.Known += int64(known)
			same := proposal{plan: p} // in order: records are in that of their keys, then as now
			for i := range old {
				x := &old[i]
				if a, b := now[x.a], now[x.b]; x.by>>p&1 == 1 && a > 0 && b > 0 {
					same.pairs = append(same.pairs, uint64(a-1)<<32|uint64(b-1))
				}
			}
			all = append(all, same)
		}
		all, out.Costs[p] = append(all, found), c
		if progress != nil {
			progress(int64(p+1), int64(len(e.plans)))
		}
	}
	e.space = space{}
	out.cut(gathered(all))
	return out, nil
}

// proposeChanged finds a plan's pairs of which a record changed. It gives up, saying that the whole must be looked at, when a block with a
// change is too large, since pairs of records that did not change may have been found in it while it was smaller.
func (e *engine) proposeChanged(at int, changed []bool) (_ proposal, c Cost, known int, whole bool) {
	p := e.plans[at]
	all, entries := e.blocks(p, Shard{})
	if e.spend(p, all) != nil {
		return proposal{}, c, 0, true // which says so
	}
	c.Entries = entries
	var pairs []uint64
	for lo := 0; lo < len(all); {
		end := lo + 1
		for end < len(all) && all[end].hash == all[lo].hash {
			end++
		}
		block := all[lo:end]
		lo = end
		if !slices.ContainsFunc(block, func(x entry) bool { return changed[x.node] }) {
			before := c.Compared
			e.tally(p, block, &c)
			known += c.Compared - before
			continue
		}
		if len(block) > p.maxBlock {
			return proposal{}, c, 0, true
		}
		pairs = e.block(p, block, pairs, &c)
	}
	slices.Sort(pairs)
	pairs = slices.DeleteFunc(slices.Compact(pairs), func(x uint64) bool { return !changed[x>>32] && !changed[uint32(x)] })
	return proposal{at, pairs}, c, known, false
}

// shrunk reports whether a block of the earlier run was too large and held a record that has left or changed since: pairs of the others
// were not looked at then, and may have to be now.
func shrunk(past *engine, at int, now []int32) bool {
	p := past.plans[at]
	all, _ := past.blocks(p, Shard{})
	for lo := 0; lo < len(all); {
		end := lo + 1
		for end < len(all) && all[end].hash == all[lo].hash {
			end++
		}
		if end-lo > p.maxBlock && slices.ContainsFunc(all[lo:end], func(x entry) bool { return now[x.node] == 0 }) {
			return true
		}
		lo = end
	}
	return false
}

// tally counts a block as looking at it would.
func (e *engine) tally(p *plan, members []entry, c *Cost) {
	n, spine := len(members), 0
	if p.attach {
		for _, m := range members {
			if e.t.isSpine(m.node) {
				spine++
			}
		}
	}
	if n < 2 || p.attach && spine == n {
		return
	}
	c.Blocks++
	if n > p.maxBlock {
		c.TooLarge++
		c.TooLargeOf += n
		return
	}
	c.Largest = max(c.Largest, n)
	c.Compared += n*(n-1)/2 - spine*(spine-1)/2
}
