package stats

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// letters reads FFFRRH with the states in order of alphabet; a dot is missing.
func letters(alphabet string, seqs ...string) (out []Sequence) {
	for _, s := range seqs {
		q := make(Sequence, len(s))
		for i, c := range s {
			q[i] = State(strings.IndexRune(alphabet, c)) // -1 for the dot
		}
		out = append(out, q)
	}
	return out
}

var known = letters("FHR", "FFFRRH", "FRFRFR", "FFFFFF", "HHRFFF")

func TestShapeKnownAnswer(t *testing.T) {
	for i, want := range []Shape{
		{6, 2, .920620, .606834, 3.847997, 8},
		{6, 5, .630930, .794311, 5.044394, 33},
		{6, 0, 0, 0, 1, 2},
		{6, 2, .920620, .606834, 3.847997, 8},
	} {
		got, err := Describe(known[i], 3)
		if err != nil {
			t.Fatal(err)
		}
		if got.Months != want.Months || got.Transitions != want.Transitions || got.Subsequences != want.Subsequences {
			t.Errorf("%d: %+v, want %+v", i, got, want)
		}
		near(t, "entropy", got.Entropy, want.Entropy, 5e-7)
		near(t, "complexity", got.Complexity, want.Complexity, 5e-7)
		near(t, "turbulence", got.Turbulence, want.Turbulence, 5e-7)
	}
}

func TestTransitionRatesKnownAnswer(t *testing.T) {
	rates, err := TransitionRates(known, nil, 3)
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range [][]float64{{.692308, 0, .307692}, {0, .5, .5}, {.6, .2, .2}} {
		for j, want := range row {
			near(t, "rate", rates[i][j], want, 5e-7)
		}
	}
}

func TestOptimalMatchingKnownAnswer(t *testing.T) {
	d, err := OptimalMatching(known, ConstantCosts(3, 1, 2))
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range []struct {
		i, j int
		want float64
	}{{0, 1, 4}, {0, 2, 6}, {0, 3, 6}, {1, 2, 6}, {1, 3, 6}, {2, 3, 6}} {
		near(t, "constant costs", d.At(w.i, w.j), w.want, 0)
		near(t, "the other way", d.At(w.j, w.i), w.want, 0)
	}
	// the same dynamic programme written out in R, with the rates of the four
	rates, err := TransitionRates(known, nil, 3)
	if err != nil {
		t.Fatal(err)
	}
	seqs := append(letters("FHR", "FFH", "FRRHH.."), known...)
	if d, err = OptimalMatching(seqs, TransitionCosts(rates)); err != nil {
		t.Fatal(err)
	}
	for _, w := range []struct {
		i, j int
		want float64
	}{{0, 1, 3.09230769231}, {2, 3, 3.09230769231}, {2, 4, 4.18461538462}, {2, 5, 6}, {3, 4, 3.27692307692}, {3, 5, 5.09230769231}, {4, 5, 5.09230769231}} {
		near(t, "transition costs", d.At(w.i, w.j), w.want, 1e-8)
	}
}

func randomSequence(r *rand.Rand, alphabet, most int) Sequence {
	s := make(Sequence, 1+r.IntN(most))
	for i := range s {
		if s[i] = State(r.IntN(alphabet)); i > 0 && r.IntN(3) > 0 {
			s[i] = s[i-1]
		}
	}
	return s
}

// plain is optimal matching as it is defined, without any short cut.
func plain(a, b Sequence, c Costs) float64 {
	d := make([][]float64, len(a)+1)
	for i := range d {
		d[i] = make([]float64, len(b)+1)
		for j := range d[i] {
			switch {
			case i == 0:
				d[i][j] = float64(j) * c.Indel
			case j == 0:
				d[i][j] = float64(i) * c.Indel
			default:
				d[i][j] = min(d[i-1][j-1]+c.Substitution[a[i-1]][b[j-1]], d[i-1][j]+c.Indel, d[i][j-1]+c.Indel)
			}
		}
	}
	return d[len(a)][len(b)]
}

func TestOptimalMatchingTakesNoWrongShortCut(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 1))
	odd := ConstantCosts(4, 1.25, 0)
	for i := range 4 {
		for j := range i {
			x := float64(r.IntN(20)) / 8
			odd.Substitution[i][j], odd.Substitution[j][i] = x, x
		}
	}
	for name, c := range map[string]Costs{
		"longest common subsequence": ConstantCosts(4, 1, 2), "dearer still": ConstantCosts(4, 1, 5), "cheap substitution": ConstantCosts(4, 1, 1), "odd": odd,
	} {
		for _, most := range []int{8, 64, 90} {
			var seqs []Sequence
			for range 25 {
				seqs = append(seqs, randomSequence(r, 4, most))
			}
			seqs = append(seqs, make(Sequence, 64), make(Sequence, 65))
			d, err := OptimalMatching(seqs, c)
			if err != nil {
				t.Fatal(err)
			}
			for i, a := range seqs {
				for j, b := range seqs {
					near(t, name, d.At(i, j), plain(a, b, c), 1e-7)
				}
			}
		}
	}
}

func TestOptimalMatchingIsAMetric(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 1))
	for _, c := range []Costs{ConstantCosts(5, 1, 2), ConstantCosts(5, 1, 1.5), ConstantCosts(5, 2, 1)} {
		var seqs []Sequence
		for range 40 {
			seqs = append(seqs, randomSequence(r, 5, 25))
		}
		d, err := OptimalMatching(seqs, c)
		if err != nil {
			t.Fatal(err)
		}
		for i := range seqs {
			for j := range seqs {
				if d.At(i, j) != d.At(j, i) || d.At(i, j) < 0 || (d.At(i, j) == 0) != (string(key(seqs[i])) == string(key(seqs[j]))) {
					t.Fatalf("%v and %v: %v and %v", seqs[i], seqs[j], d.At(i, j), d.At(j, i))
				}
				for k := range seqs {
					if d.At(i, k) > d.At(i, j)+d.At(j, k)+1e-9 {
						t.Fatalf("%v is longer than by way of %v", d.At(i, k), seqs[j])
					}
				}
			}
		}
	}
}

func key(s Sequence) (out []byte) {
	for _, x := range s {
		out = append(out, byte(x))
	}
	return out
}

func TestShapesStayInBounds(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 1))
	for range 2000 {
		s := randomSequence(r, 14, 61)
		g, err := Describe(append(s, Missing, Missing), 14)
		if err != nil {
			t.Fatal(err)
		}
		if g.Months != len(s) || g.Entropy < 0 || g.Entropy > 1 || g.Complexity < 0 || g.Complexity > 1 || g.Turbulence < 1 || g.Subsequences < 2 {
			t.Errorf("%v: %+v", s, g)
		}
		if g.Subsequences > math.Pow(2, float64(g.Transitions+1)) {
			t.Errorf("%v has %v subsequences", s, g.Subsequences)
		}
	}
}

func TestDistinctSubsequencesAreCounted(t *testing.T) {
	r := rand.New(rand.NewPCG(10, 1))
	for range 100 {
		s := randomSequence(r, 4, 12)
		var runs Sequence
		for i, x := range s {
			if i == 0 || x != s[i-1] {
				runs = append(runs, x)
			}
		}
		all := map[string]bool{}
		for set := range 1 << len(runs) {
			var sub []byte
			for i, x := range runs {
				if set>>i&1 == 1 {
					sub = append(sub, byte(x))
				}
			}
			all[string(sub)] = true
		}
		g, err := Describe(s, 4)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "subsequences", g.Subsequences, float64(len(all)), 0)
	}
}

func TestStateDistribution(t *testing.T) {
	got, err := StateDistribution(letters("FH", "FFH.", "FH..", "HHHF"), []int{2, 1, 1}, 2)
	if err != nil {
		t.Fatal(err)
	}
	for m, want := range []MonthStates{{4, []float64{.75, .25}, .811278}, {4, []float64{.5, .5}, 1}, {3, []float64{0, 1}, 0}, {1, []float64{1, 0}, 0}} {
		if got[m].Children != want.Children {
			t.Errorf("month %d: %d children, want %d", m, got[m].Children, want.Children)
		}
		for s := range want.Shares {
			near(t, "share", got[m].Shares[s], want.Shares[s], 1e-12)
		}
		near(t, "entropy", got[m].Entropy, want.Entropy, 5e-7)
	}
	if len(got) != 4 {
		t.Errorf("%d months", len(got))
	}
}

func TestASequenceTwiceIsACountOf2(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 1))
	for range 50 {
		var once, often []Sequence
		var counts []int
		for range 1 + r.IntN(10) {
			s, n := randomSequence(r, 3, 9), 1+r.IntN(4)
			once, counts = append(once, s), append(counts, n)
			for range n {
				often = append(often, s)
			}
		}
		a, err1 := TransitionRates(once, counts, 3)
		b, err2 := TransitionRates(often, nil, 3)
		x, err3 := StateDistribution(once, counts, 3)
		y, err4 := StateDistribution(often, nil, 3)
		if err1 != nil || err2 != nil || err3 != nil || err4 != nil {
			t.Fatal(err1, err2, err3, err4)
		}
		for i := range a {
			for j := range a {
				near(t, "rate", a[i][j], b[i][j], 1e-12)
			}
		}
		for m := range x {
			for s := range x[m].Shares {
				near(t, "share", x[m].Shares[s], y[m].Shares[s], 1e-12)
			}
		}
	}
}

func TestSequencesThatCannotBe(t *testing.T) {
	for name, s := range map[string]Sequence{
		"nothing known":               {Missing, Missing},
		"empty":                       {},
		"missing before a known one":  {0, Missing, 1},
		"a state beyond the alphabet": {0, 3},
		"a state below 0":             {0, -2, 1},
	} {
		if _, err := Describe(s, 3); err == nil {
			t.Errorf("%s: no complaint", name)
		}
	}
	if _, err := TransitionRates(known, []int{1, 2, 3}, 3); err == nil {
		t.Error("a count too few: no complaint")
	}
	if _, err := TransitionRates(known, []int{1, 2, 3, 0}, 3); err == nil {
		t.Error("a count of 0: no complaint")
	}
	for name, c := range map[string]Costs{
		"no indel": ConstantCosts(3, 0, 2), "below 0": ConstantCosts(3, 1, -2), "too few states": ConstantCosts(2, 1, 2),
		"not the same both ways": {1, [][]float64{{0, 1, 1}, {2, 0, 1}, {1, 1, 0}}}, "not 0 for itself": {1, [][]float64{{0, 1, 1}, {1, 1, 1}, {1, 1, 0}}},
		"ragged": {1, [][]float64{{0, 1, 1}, {1, 0}, {1, 1, 0}}},
	} {
		if _, err := OptimalMatching(known, c); err == nil {
			t.Errorf("costs, %s: no complaint", name)
		}
	}
}
