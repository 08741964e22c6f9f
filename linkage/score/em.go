package score

import (
	"fmt"
	"math"
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
