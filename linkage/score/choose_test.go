package score

import (
	"math"
	"testing"
)

// plain is a model of known weights: levels of 3, 0 and -3 bits, prior of even odds.
func plain() *Model {
	return &Model{Kind: "plain", Prior: 0.5, PriorFrom: FromDeclared, Comparisons: []Comparison{{ID: "a", HoldM: true, HoldU: true,
		Levels: []Level{{ID: "equal", M: 0.8, U: 0.1}, {ID: "close", M: 0.1, U: 0.1}, {ID: "differ", M: 0.1, U: 0.8}}}}}
}

func TestThresholdsAddUpProbabilities(t *testing.T) {
	rows := plain().Thresholds(Counts{pair(0): 90, pair(1): 10, pair(2): 900, 0: 10, pair(0, 3): 0})
	if len(rows) != 3 {
		t.Fatalf("%d rows, of three weights: %+v", len(rows), rows)
	}
	want := []Expectation{
		{Weight: 3, Probability: 8. / 9, Links: 90, True: 80, False: 10, Missed: 110},
		{Weight: 0, Probability: 0.5, Links: 110, True: 90, False: 20, Missed: 100},
		{Weight: -3, Probability: 1. / 9, Links: 1010, True: 190, False: 820, Missed: 0},
	}
	for i, w := range want {
		w.Precision, w.Recall = w.True/float64(w.Links), w.True/(w.True+w.Missed)
		w.F1 = 2 * w.Precision * w.Recall / (w.Precision + w.Recall)
		g := rows[i]
		for _, d := range []float64{g.Weight - w.Weight, g.Probability - w.Probability, float64(g.Links - w.Links), g.True - w.True, g.False - w.False,
			g.Missed - w.Missed, g.Precision - w.Precision, g.Recall - w.Recall, g.F1 - w.F1} {
			if math.Abs(d) > 1e-9 {
				t.Errorf("row %d: %+v, want %+v", i, g, w)
				break
			}
		}
	}
	for _, x := range []struct {
		at    float64
		links int64
	}{{4, 0}, {3, 90}, {2.9, 90}, {0, 110}, {-1, 110}, {-3, 1010}, {-50, 1010}} {
		if e := At(rows, x.at); e.Links != x.links || math.Abs(e.True+e.Missed-190) > 1e-9 {
			t.Errorf("at %v bits: %+v, want %d links", x.at, e, x.links)
		}
	}
}

func TestChooseTakesTheHighestF1AndOfEqualsTheHigherWeight(t *testing.T) {
	rows := []Expectation{{Weight: 9, F1: 0.7}, {Weight: 5, F1: 0.8}, {Weight: 2, F1: 0.8}, {Weight: 1, F1: 0.1}}
	if got := Choose(rows); got.Weight != 5 {
		t.Errorf("chose %+v", got)
	}
	rows[1], rows[2] = rows[2], rows[1]
	if got := Choose(rows); got.Weight != 5 {
		t.Errorf("in another order chose %+v", got)
	}
	if got := Choose(nil); got != (Expectation{}) {
		t.Errorf("of nothing chose %+v", got)
	}
}

func TestBitsAreBounded(t *testing.T) {
	for _, x := range []struct{ m, u, want float64 }{
		{0.5, 0.25, 1}, {0.25, 0.5, -1}, {1, 1e-9, MaxBits}, {1e-9, 1, -MaxBits}, {0, 0, 0}, {0, 1, -MaxBits}, {1, 0, MaxBits},
	} {
		if got := (Level{M: x.m, U: x.u}).Bits(); got != x.want {
			t.Errorf("m %v, u %v: %v bits, want %v", x.m, x.u, got, x.want)
		}
	}
	for _, p := range []float64{0, 1e-300, 1} {
		if got := (&Model{Prior: p}).PriorBits(); math.Abs(got) != MaxPriorBits {
			t.Errorf("prior %v: %v bits", p, got)
		}
	}
}
