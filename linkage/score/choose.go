package score

import (
	"cmp"
	"slices"
)

// Expectation is what the model expects of joining every candidate pair whose weight is Weight or more. True links, precision and recall are
// sums of the pairs' probabilities: no label is needed, and no better than the model. Matches that are no candidates are not missed here.
type Expectation struct {
	Weight      float64 `json:"weight"`      // bits, without the prior
	Probability float64 `json:"probability"` // of a match, at that weight: the least certain of the links
	Links       int64   `json:"links"`       // pairs at or above the weight
	True        float64 `json:"true"`        // expected matches among the links
	False       float64 `json:"false"`       // expected others among the links
	Missed      float64 `json:"missed"`      // expected matches among the candidates below
	Precision   float64 `json:"precision"`   // True / Links, 0 to 1
	Recall      float64 `json:"recall"`      // True / (True + Missed); 0 when there are none
	F1          float64 `json:"f1"`          // harmonic mean of both
}

// Thresholds are expectations for each weight that candidates have, highest weight first. Empty when there are no candidates.
func (m *Model) Thresholds(candidates Counts) []Expectation {
	type bin struct {
		weight float64
		pairs  int64
	}
	s := m.Scorer()
	var bins []bin
	for p, n := range candidates {
		if n > 0 {
			bins = append(bins, bin{s.Weight(p), n})
		}
	}
	slices.SortFunc(bins, func(a, b bin) int { return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(a.pairs, b.pairs)) })
	var rows []Expectation
	var at Expectation
	for i, b := range bins {
		at.Weight, at.Probability = b.weight, s.Probability(b.weight)
		at.Links += b.pairs
		at.True += float64(b.pairs) * at.Probability
		at.False += float64(b.pairs) * s.rest(b.weight)
		if i+1 == len(bins) || bins[i+1].weight != b.weight {
			rows = append(rows, at)
		}
	}
	for i := range rows {
		r := &rows[i]
		r.Missed = max(0, at.True-r.True)
		r.Precision = min(1, r.True/float64(r.Links))
		if at.True > 0 {
			r.Recall = r.True / at.True
			r.F1 = 2 * r.True / (r.True + r.False + at.True)
		}
	}
	return rows
}

// rest is 1 - Probability, exact where that is next to 1.
func (s *Scorer) rest(weight float64) float64 { return chance(-s.prior - weight) }

// Choose is the expectation with the highest F1; of equals the one with the higher weight, since a false link does a child more harm than a
// missed one. It needs no labels, only the model and the candidates. The zero Expectation when there are none.
func Choose(e []Expectation) Expectation {
	var best Expectation
	for i, x := range e {
		if i == 0 || x.F1 > best.F1 || x.F1 == best.F1 && x.Weight > best.Weight {
			best = x
		}
	}
	return best
}

// At is the expectation for a threshold that need not be the weight of any candidate: that of the lowest weight not below it, from rows as
// Thresholds gives them. The zero Expectation, but for the weight, when all are below.
func At(e []Expectation, weight float64) Expectation {
	n, _ := slices.BinarySearchFunc(e, weight, func(x Expectation, w float64) int {
		if x.Weight >= w {
			return -1
		}
		return 1
	})
	if n == 0 {
		x := Expectation{Weight: weight}
		if len(e) > 0 {
			x.Missed = e[0].True + e[0].Missed
		}
		return x
	}
	return e[n-1]
}
