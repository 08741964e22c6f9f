package score

import (
	"fmt"
	"math"
	"math/bits"
)

// Trace is how one session of EM went.
type Trace struct {
	Name          string  `json:"name"`
	Pairs         int64   `json:"pairs"`          // pairs that say anything once the comparisons held fixed are left out
	Prior         float64 `json:"prior"`          // share of matches among them, 0 to 1
	Matches       float64 `json:"matches"`        // expected matches among them
	Iterations    int     `json:"iterations"`     // rounds until it arrived
	Converged     bool    `json:"converged"`      // false: it was stopped on its way
	LogLikelihood float64 `json:"log_likelihood"` // of the pairs at the end, natural logarithm; up is better, only for the same pairs
}

// mixture is what EM climbs with: two classes of pairs.
type mixture struct {
	prior float64
	m, u  grid
}

// weights are log2(m/u) of the comparisons in the mask, 0 for all else. They are not bounded: m and u are above 0.
func (x *mixture) weights(use uint32, shape *Model) *grid {
	var g grid
	for i, c := range shape.Comparisons {
		for k := 1; use>>i&1 == 1 && k <= len(c.Levels); k++ {
			g[i][k] = math.Log2(x.m[i][k]) - math.Log2(x.u[i][k])
		}
	}
	return &g
}

// tally is what the E step expects: matches, and pairs by level among matches and others.
type tally struct {
	matches      float64
	match, other grid
}

// expect is the E step: each pattern's pairs are divided between the classes by the evidence of the comparisons in the mask.
func (t *table) expect(x *mixture, use uint32, shape *Model) *tally {
	w, prior, s := x.weights(use, shape), oddsBits(x.prior), &tally{}
	for i, p := range t.patterns {
		match := t.pairs[i] * chance(prior+w.sum(p))
		s.matches += match
		s.match.add(p, match)
		s.other.add(p, t.pairs[i]-match)
	}
	return s
}

// logLikelihood is that of the pairs, over the comparisons in the mask, in natural logarithms.
func (t *table) logLikelihood(x *mixture, use uint32, shape *Model) float64 {
	var u grid
	for i, c := range shape.Comparisons {
		for k := 1; use>>i&1 == 1 && k <= len(c.Levels); k++ {
			u[i][k] = math.Log(x.u[i][k])
		}
	}
	w, sum := x.weights(use, shape), 0.0
	for i, p := range t.patterns {
		a, b := math.Log(x.prior)+w.sum(p)*math.Ln2, math.Log1p(-x.prior)
		sum += t.pairs[i] * (u.sum(p) + max(a, b) + math.Log1p(math.Exp(-math.Abs(a-b))))
	}
	return sum
}

// climb repeats E and M steps from x until no number moves by more than the tolerance, and leaves x there. The step sets m, and u if it is
// to be learned; climb sets the prior, smoothed as a level is.
func (t *table) climb(name string, x *mixture, use uint32, shape *Model, o Options, step func(*mixture, *tally)) (*tally, Trace) {
	trace := Trace{Name: name, Pairs: int64(t.total)}
	for trace.Iterations < o.Iterations && !trace.Converged {
		trace.Iterations++
		was, s := *x, t.expect(x, use, shape)
		x.prior = (s.matches + o.Smoothing) / (t.total + 2*o.Smoothing)
		step(x, s)
		trace.Converged = was.distance(x) < o.Tolerance
	}
	s := t.expect(x, use, shape)
	trace.Prior, trace.Matches, trace.LogLikelihood = x.prior, s.matches, t.logLikelihood(x, use, shape)
	return s, trace
}

// distance is the largest difference of any number.
func (x *mixture) distance(y *mixture) float64 {
	d := math.Abs(x.prior - y.prior)
	for i := range x.m {
		for k := range x.m[i] {
			d = max(d, math.Abs(x.m[i][k]-y.m[i][k]), math.Abs(x.u[i][k]-y.u[i][k]))
		}
	}
	return d
}

// settle sets the shares of a comparison's levels: the pairs on each, and extra pairs spread as centre is. A level that keep has above 0
// gets that share, the others divide what is left.
func settle(shares, pairs, centre []float64, extra float64, keep []float64) {
	kept, sum := 0.0, 0.0
	for k := range shares {
		if keep != nil && keep[k] > 0 {
			kept += keep[k]
		} else {
			sum += pairs[k] + extra*centre[k]
		}
	}
	for k := range shares {
		if keep != nil && keep[k] > 0 {
			shares[k] = keep[k]
		} else {
			shares[k] = (1 - kept) * ((pairs[k] + extra*centre[k]) / sum)
		}
	}
}

// even is equal shares of k levels.
func even(k int) []float64 {
	s := make([]float64, k)
	for i := range s {
		s[i] = 1 / float64(k)
	}
	return s
}

// start is the m of k levels where EM starts knowing nothing.
func (o Options) start(k int) []float64 {
	if k == 1 {
		return []float64{1}
	}
	s := make([]float64, k)
	for i := range s {
		s[i] = (1 - o.StartM) / float64(k-1)
	}
	s[0] = o.StartM
	return s
}

// or is the declared shares, or the other ones if there are none; levels that are not declared divide the rest as the others do.
func or(declared, other []float64) []float64 {
	if declared == nil {
		return other
	}
	s := make([]float64, len(other))
	settle(s, other, other, 0, declared)
	return s
}

// EM learns m, u and the prior from one set of pairs alone: for data without trusted links and random pairs, and to prove the method on
// pairs drawn from known m and u. Pairs of one blocking rule won't do: what the rule holds fixed can't be told apart. Three comparisons
// at least must be independent, or m, u and prior have no single answer; with fewer the model carries a warning.
//
// Declared m and u are where it starts, and stay if they are held. Smoothing is spread as the levels are among all pairs. Of the two
// classes that EM finds, the matches are those that agree on better levels.
func EM(shape *Model, c Counts, o Options) (*Model, Trace, error) {
	if err := ready(shape, o, Sample{Name: "pairs", Counts: c}); err != nil {
		return nil, Trace{}, err
	}
	m, t := shape.clone(), c.sorted(1<<MaxComparisons-1)
	var x mixture
	var centre, seen grid
	var use uint32
	held := false
	for i, p := range t.patterns {
		seen.add(p, t.pairs[i])
	}
	for i, c := range m.Comparisons {
		k := len(c.Levels)
		settle(centre.levels(i, k), seen.levels(i, k), even(k), o.Smoothing*float64(k), nil)
		copy(x.u.levels(i, k), or(c.declared(uOf), centre.levels(i, k)))
		copy(x.m.levels(i, k), or(c.declared(mOf), o.start(k)))
		if total(seen.levels(i, k)) > 0 {
			use |= 1 << i
		} else {
			m.warn("comparison %s: no pair has both values", c.ID)
		}
		held = held || c.HoldM || c.HoldU
	}
	if bits.OnesCount32(use) < 3 {
		m.warn("pairs can be compared on %d comparisons; it takes three to tell m, u and prior apart", bits.OnesCount32(use))
	}
	x.prior = o.StartPrior
	// A level that no pair is on keeps what is declared, or its share of the smoothing in both classes, and then weighs nothing.
	var keepM, keepU grid
	for i, c := range m.Comparisons {
		for k := range c.Levels {
			if seen[i][k+1] == 0 {
				keepM[i][k+1] = or(c.declared(mOf), centre.levels(i, len(c.Levels)))[k]
				keepU[i][k+1] = or(c.declared(uOf), centre.levels(i, len(c.Levels)))[k]
			}
		}
	}
	s, trace := t.climb("pairs", &x, use, m, o, func(x *mixture, s *tally) {
		for i, c := range m.Comparisons {
			k, extra := len(c.Levels), o.Smoothing*float64(len(c.Levels))
			if !c.HoldM {
				settle(x.m.levels(i, k), s.match.levels(i, k), centre.levels(i, k), extra, keepM.levels(i, k))
			}
			if !c.HoldU {
				settle(x.u.levels(i, k), s.other.levels(i, k), centre.levels(i, k), extra, keepU.levels(i, k))
			}
		}
	})
	if !held && x.switched(m, use) {
		x.m, x.u, x.prior = x.u, x.m, 1-x.prior
		s.match, s.other, s.matches = s.other, s.match, t.total-s.matches
		trace.Prior, trace.Matches = x.prior, s.matches
	}
	for i := range m.Comparisons {
		c := &m.Comparisons[i]
		for k := range c.Levels {
			l := &c.Levels[k]
			unseen := seen[i][k+1] == 0
			l.MFrom, l.MPairs = learned(s.match[i][k+1], FromEM, c.HoldM || unseen && l.M > 0, o)
			l.UFrom, l.UPairs = learned(s.other[i][k+1], FromEM, c.HoldU || unseen && l.U > 0, o)
			l.M, l.U = x.m[i][k+1], x.u[i][k+1]
		}
	}
	if t.total > 0 {
		m.Prior, m.PriorFrom = x.prior, FromEM
	} else {
		m.unknownPrior()
	}
	m.closing(trace)
	return m, trace, nil
}

// switched says that the class called matches agrees less than the other: its pairs are on worse levels, as the mean over comparisons of the
// level's place from 0, best, to 1.
func (x *mixture) switched(shape *Model, use uint32) bool {
	worse := 0.0
	for i, c := range shape.Comparisons {
		for k := 1; use>>i&1 == 1 && k < len(c.Levels); k++ {
			worse += (x.m[i][k+1] - x.u[i][k+1]) * float64(k) / float64(len(c.Levels)-1)
		}
	}
	return worse > 0
}

// learned is where a level's share is from, and on how many pairs, rounded.
func learned(pairs float64, from Origin, declared bool, o Options) (Origin, int64) {
	n := int64(math.Round(pairs))
	switch {
	case declared:
		return FromDeclared, n
	case n == 0 || n < o.MinPairs:
		return FromNone, n
	}
	return from, n
}

// closing adds what a reader should know once all is learned.
func (m *Model) closing(sessions ...Trace) {
	m.Sessions = sessions
	for _, t := range sessions {
		if !t.Converged {
			m.warn("session %s: still moving after %d rounds", t.Name, t.Iterations)
		}
	}
	m.warnOrder()
}

// ready refuses what can't be trained with.
func ready(shape *Model, o Options, samples ...Sample) error {
	if err := o.Validate(); err != nil {
		return fmt.Errorf("options: %w", err)
	}
	if err := shape.checkShape(); err != nil {
		return fmt.Errorf("model %s: %w", shape.Kind, err)
	}
	for _, s := range samples {
		if err := s.Counts.check(shape); err != nil {
			return fmt.Errorf("model %s: %s: %w", shape.Kind, s.Name, err)
		}
	}
	return nil
}
