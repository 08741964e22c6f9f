package score

import "math/bits"

// fromPairsAlone learns m, u and the prior from one set of pairs alone, to prove the method on
// pairs drawn from known m and u. Pairs of one blocking rule won't do: what the rule holds fixed can't be told apart. Three comparisons
// at least must be independent, or m, u and prior have no single answer; with fewer the model carries a warning.
//
// Declared m and u are where it starts, and stay if they are held. Smoothing is spread as the levels are among all pairs. Of the two
// classes that EM finds, the matches are those that agree on better levels.
func fromPairsAlone(shape *Model, c Counts, o Options) (*Model, Trace, error) {
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
