package score

import (
	"fmt"
	"math/bits"
)

// Sample is pairs that were chosen in one way.
type Sample struct {
	Name   string
	Counts Counts
	// Fixed has bit i set when the choice of pairs decided, or bent, how they agree on comparison i: what blocking or a pass asks for. Such
	// a comparison is no evidence in this sample, and nothing is learned of it here.
	Fixed uint32
}

// Training is what Train learns from. Any part may be empty.
type Training struct {
	Random     []Sample // pairs taken at random, nearly none of them matches: u
	Links      []Sample // links of trusted passes, nearly all of them matches: m, and where EM starts
	Candidates []Sample // pairs of blocking rules, one session of EM each
	All        Counts   // all candidates, each pair once: for the prior with Pairs. Nil: the sum of Candidates, where pairs of two rules count twice
	// Pairs is how many pairs there are that Random was taken from, whether they became candidates or not. The prior is then over these:
	// what u means by chance and what the prior means by chance are the same pairs, so that a pair chosen because it agrees on a date of
	// birth is not told twice that it agrees. 0: unknown, see Train.
	Pairs int64
}

// Train learns a model of the shape's comparisons.
//
//   - u: the share of random pairs on each level, with Options.Smoothing pairs more on each. u then stays as it is.
//   - EM, one session for each sample of candidates: m and the session's share of matches climb from the m of Links (or the declared m, or
//     Options.StartM) with u held. Comparisons that are Fixed take no part. A session with fewer than two
//     others teaches nothing, and a warning says so.
//   - m: expected matches of all sessions on each level are added up, which is the mean of the sessions' m by their expected matches; each
//     link of a trusted pass counts as Options.LinkWeight expected matches more.
//   - Declared m and u stay where the data can't judge (see Options.MinPairs) or where they are held.
//   - The prior, with Training.Pairs: the share of matches at which the model expects, among all candidates, as many as the prior says there
//     are among all pairs. Matches that blocking never proposed are not in it. Without: the share at which the
//     final model expects as many matches in the sessions as these found without their fixed comparisons.
//
// A comparison whose u is unknown, neither seen in random pairs nor declared, is left out and weighs nothing; so does one whose m is.
// Values of m and u in the shape count as declared: to train a model anew, start from the shape it was made from.
func Train(shape *Model, t Training, o Options) (*Model, error) {
	all := Sample{Name: "all candidates", Counts: t.All}
	for _, samples := range [][]Sample{t.Random, t.Links, t.Candidates, {all}} {
		if err := ready(shape, o, samples...); err != nil {
			return nil, err
		}
	}
	if t.Pairs < 0 {
		return nil, fmt.Errorf("model %s: %d pairs that random ones were taken from\nhint: 0 says that it isn't known", shape.Kind, t.Pairs)
	}
	m := shape.clone()
	known := m.learnU(t.Random, o)
	links := count(t.Links, known)
	learner := m.learner(links, known, o)
	matches := &grid{}
	var sessions []session
	var traces []Trace
	for _, s := range t.Candidates {
		use := known &^ s.Fixed
		if n := bits.OnesCount32(use); n < 2 {
			m.warn("session %s: %d comparisons are left when the fixed ones are out; it takes two to learn from", s.Name, n)
			continue
		}
		done, trace := learner.session(s, use)
		traces = append(traces, trace)
		sessions = append(sessions, session{table: s.Counts.sorted(use), matches: trace.Matches})
		for i := range m.Comparisons {
			for k := range matches[i] {
				if use>>i&1 == 1 {
					matches[i][k] += done.match[i][k]
				}
			}
		}
	}
	m.setM(matches, links, known, o)
	m.setPrior(t, sessions)
	m.closing(traces...)
	return m, nil
}

// count adds up the pairs of samples by level, of the comparisons in the mask that a sample does not hold fixed.
func count(samples []Sample, use uint32) *grid {
	var g grid
	for _, s := range samples {
		var one grid
		for p, n := range s.Counts { // whole numbers, so that their order is no matter
			one.add(p, float64(n))
		}
		for i := range one {
			for k := 1; (use&^s.Fixed)>>i&1 == 1 && k < len(one[i]); k++ {
				g[i][k] += one[i][k]
			}
		}
	}
	return &g
}

// judge is which declared shares stay: held ones, and those for which neither the pairs seen nor those to be expected are enough.
func (o Options) judge(declared, pairs []float64, hold bool) []float64 {
	keep := make([]float64, len(pairs))
	all, least := total(pairs), float64(o.MinPairs)
	for k, d := range declared {
		if hold || d > 0 && (all == 0 || pairs[k] < least && d*all < least) {
			keep[k] = d
		}
	}
	return keep
}

// learnU sets u and says of which comparisons it is known.
func (m *Model) learnU(random []Sample, o Options) (known uint32) {
	pairs := count(random, 1<<MaxComparisons-1)
	for i := range m.Comparisons {
		c := &m.Comparisons[i]
		n := len(c.Levels)
		declared, seen := c.declared(uOf), pairs.levels(i, n)
		keep, shares := o.judge(declared, seen, c.HoldU), make([]float64, n)
		settle(shares, seen, even(n), o.Smoothing*float64(n), keep)
		if declared != nil || total(seen) > 0 {
			known |= 1 << i
		} else {
			m.warn("comparison %s: u is neither declared nor seen in random pairs, so it weighs nothing", c.ID)
		}
		for k := range c.Levels {
			l := &c.Levels[k]
			l.U = shares[k]
			l.UFrom, l.UPairs = learned(seen[k], FromRandom, keep[k] > 0, o)
		}
	}
	return known
}

// learner is what the sessions share.
type learner struct {
	shape *Model // with the final u
	start mixture
	o     Options
}

// session is what the prior needs of one.
type session struct {
	table   *table
	matches float64
}

// learner gives the m where sessions start: of links where they are enough, else declared, else Options.StartM; and the final u.
func (m *Model) learner(links *grid, known uint32, o Options) learner {
	l := learner{shape: m, start: mixture{prior: o.StartPrior}, o: o}
	for i, c := range m.Comparisons {
		n := len(c.Levels)
		u, from := l.start.u.levels(i, n), l.start.m.levels(i, n)
		for k := range u {
			u[k] = c.Levels[k].U
		}
		declared, seen := c.declared(mOf), links.levels(i, n)
		switch {
		case known>>i&1 == 0:
			copy(from, u)
		case !c.HoldM && total(seen) > 0 && total(seen) >= float64(o.MinPairs):
			settle(from, seen, or(declared, u), o.Smoothing*float64(n), nil)
		default:
			copy(from, or(declared, o.start(n)))
		}
	}
	return l
}

// session runs EM on a sample with u held, over the comparisons in the mask.
func (l learner) session(s Sample, use uint32) (*tally, Trace) {
	x := l.start
	return s.Counts.sorted(use).climb(s.Name, &x, use, l.shape, l.o, func(x *mixture, s *tally) {
		for i, c := range l.shape.Comparisons {
			n := len(c.Levels)
			if pairs := s.match.levels(i, n); use>>i&1 == 1 && !c.HoldM && total(pairs) > 0 {
				settle(x.m.levels(i, n), pairs, or(c.declared(mOf), x.u.levels(i, n)), l.o.Smoothing*float64(n), nil)
			}
		}
	})
}

// setM sets m from the expected matches of all sessions and the links.
func (m *Model) setM(matches, links *grid, known uint32, o Options) {
	for i := range m.Comparisons {
		c := &m.Comparisons[i]
		n := len(c.Levels)
		seen, u, centre := make([]float64, n), make([]float64, n), make([]float64, n)
		fromLinks, fromEM := o.LinkWeight*total(links.levels(i, n)), total(matches.levels(i, n))
		for k := range c.Levels {
			seen[k] = matches[i][k+1] + o.LinkWeight*links[i][k+1]
			u[k] = c.Levels[k].U
		}
		from := FromLinksAndEM
		switch {
		case fromLinks == 0:
			from = FromEM
		case fromEM == 0:
			from = FromLinks
		}
		declared := c.declared(mOf)
		copy(centre, or(declared, u))
		keep, shares := o.judge(declared, seen, c.HoldM), make([]float64, n)
		if known>>i&1 == 0 {
			declared, keep, centre = nil, make([]float64, n), u
		} else if declared == nil && fromLinks+fromEM == 0 {
			m.warn("comparison %s: m is neither declared nor seen in links or matches, so it weighs nothing", c.ID)
		}
		unmet := make([]bool, n) // neither among random pairs nor among matches: weighs nothing
		for k, l := range c.Levels {
			if unmet[k] = declared == nil && seen[k] == 0 && l.UPairs == 0 && l.UFrom == FromNone; unmet[k] {
				keep[k] = u[k]
			}
		}
		settle(shares, seen, centre, o.Smoothing*float64(n), keep)
		for k := range c.Levels {
			l := &c.Levels[k]
			l.M = shares[k]
			l.MFrom, l.MPairs = learned(seen[k], from, keep[k] > 0 && !unmet[k], o)
		}
	}
}
