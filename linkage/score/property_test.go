package score

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// anyModel is a shape of 1 to 16 comparisons of 1 to 15 levels, nothing declared.
func anyModel(rng *rand.Rand) *Model {
	m := &Model{Kind: "any"}
	for i := range 1 + rng.IntN(MaxComparisons) {
		c := Comparison{ID: fmt.Sprint("c", i), Ordered: rng.IntN(2) == 0}
		for k := range 1 + rng.IntN(MaxLevels) {
			c.Levels = append(c.Levels, Level{ID: fmt.Sprint("l", k)})
		}
		m.Comparisons = append(m.Comparisons, c)
	}
	return m
}

// declare gives some comparisons some m and u, and holds some.
func declare(rng *rand.Rand, m *Model) {
	for i := range m.Comparisons {
		c := &m.Comparisons[i]
		set := func(to func(*Level) *float64, hold *bool) {
			sum := 0.0
			for k := range c.Levels {
				*to(&c.Levels[k]) = math.Exp(-20 * rng.Float64())
				sum += *to(&c.Levels[k])
			}
			for k := range c.Levels {
				*to(&c.Levels[k]) /= sum
			}
			if *hold = rng.IntN(3) == 0; !*hold && len(c.Levels) > 1 && rng.IntN(2) == 0 {
				k := rng.IntN(len(c.Levels))
				if x := to(&c.Levels[k]); *x > 0.01 {
					*x = 0
				}
			}
		}
		if rng.IntN(3) == 0 {
			set(func(l *Level) *float64 { return &l.M }, &c.HoldM)
		}
		if rng.IntN(3) == 0 {
			set(func(l *Level) *float64 { return &l.U }, &c.HoldU)
		}
	}
}

func anyPattern(rng *rand.Rand, m *Model) Pattern {
	var p Pattern
	for i, c := range m.Comparisons {
		p = p.With(i, rng.IntN(len(c.Levels)+1)-1)
	}
	return p
}

// anyCounts are from none to many, of few patterns or many, with zeros.
func anyCounts(rng *rand.Rand, m *Model) Counts {
	c := Counts{}
	most := []int64{1, 2, 1000, 1e12}[rng.IntN(4)]
	for range []int{0, 1, 3, 200}[rng.IntN(4)] {
		c[anyPattern(rng, m)] += rng.Int64N(most)
	}
	return c
}

func anyTraining(rng *rand.Rand, m *Model) Training {
	var t Training
	for _, list := range []*[]Sample{&t.Random, &t.Links, &t.Candidates} {
		for i := range rng.IntN(4) {
			s := Sample{Name: fmt.Sprint("sample ", i), Counts: anyCounts(rng, m)}
			if rng.IntN(2) == 0 {
				s.Fixed = rng.Uint32() & rng.Uint32()
			}
			*list = append(*list, s)
		}
	}
	if rng.IntN(2) == 0 {
		t.All = anyCounts(rng, m)
	}
	if rng.IntN(2) == 0 {
		t.Pairs = rng.Int64N(1e14)
	}
	return t
}

// sound complains of anything in a model that is no number in its range.
func sound(t *testing.T, what string, m *Model) {
	t.Helper()
	if err := m.Validate(); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	finite := func(name string, x float64) {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			t.Fatalf("%s: %s is %v", what, name, x)
		}
	}
	for _, r := range m.Rows() {
		finite(r.Comparison+" "+r.ID, r.M+r.U+r.Bits)
		if r.MFrom == "" || r.UFrom == "" {
			t.Fatalf("%s: %s %s doesn't say where it is from: %+v", what, r.Comparison, r.ID, r)
		}
	}
	for _, s := range m.Sessions {
		finite("session "+s.Name, s.Prior+s.Matches+s.LogLikelihood)
	}
	finite("prior", m.PriorBits())
	if m.PriorFrom == "" {
		t.Fatalf("%s: prior doesn't say where it is from", what)
	}
}

func TestNoCountsGiveWhatIsNoNumber(t *testing.T) {
	origins := map[Origin]bool{}
	for seed := range uint64(400) {
		rng := seeded(seed, 5)
		m := anyModel(rng)
		if seed%2 == 1 {
			declare(rng, m)
		}
		o := DefaultOptions()
		o.Iterations = 50
		trained, err := Train(m, anyTraining(rng, m), o)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		sound(t, fmt.Sprint("Train, seed ", seed), trained)
		counts := anyCounts(rng, m)
		free, _, err := fromPairsAlone(m, counts, o)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		sound(t, fmt.Sprint("EM, seed ", seed), free)
		for _, c := range []Counts{nil, counts, anyCounts(rng, m)} {
			rows := trained.Thresholds(c)
			for _, e := range append(rows, Choose(rows), At(rows, 3)) {
				for _, x := range []float64{e.Weight, e.Probability, e.True, e.False, e.Missed, e.Precision, e.Recall, e.F1} {
					if math.IsNaN(x) || math.IsInf(x, 0) {
						t.Fatalf("seed %d: %+v", seed, e)
					}
				}
			}
		}
		for _, model := range []*Model{trained, free} {
			for _, r := range model.Rows() {
				origins[r.MFrom], origins[r.UFrom], origins[model.PriorFrom] = true, true, true
			}
		}
	}
	for _, want := range []Origin{FromNone, FromDeclared, FromRandom, FromLinks, FromEM, FromLinksAndEM, FromAllPairs} {
		if !origins[want] {
			t.Errorf("no seed gave anything from %q: the counts are too tame", want)
		}
	}
}

func TestWeightsAddUp(t *testing.T) {
	for seed := range uint64(100) {
		rng := seeded(seed, 6)
		m := anyModel(rng)
		m, err := Train(m, anyTraining(rng, m), DefaultOptions())
		if err != nil {
			t.Fatal(err)
		}
		s := m.Scorer()
		for range 200 {
			p := anyPattern(rng, m)
			parts := m.Parts(p)
			last, sum := parts[len(parts)-1], 0.0
			for i, x := range parts[:len(parts)-1] {
				sum += x.Bits
				if i > 0 && (p.Level(i-1) == Missing) != (x.Level == "missing") {
					t.Fatalf("seed %d: %+v for level %d", seed, x, p.Level(i-1))
				}
			}
			w := m.Weight(p)
			if last.ID != PartTotal || parts[0].ID != PartPrior || len(parts) != len(m.Comparisons)+2 {
				t.Fatalf("parts: %+v", parts)
			}
			if math.Abs(sum-(m.PriorBits()+w)) > 1e-9 || math.Abs(last.Bits-sum) > 1e-9 || math.Abs(parts[len(parts)-2].Sum-sum) > 1e-9 {
				t.Fatalf("seed %d: parts sum to %v, total %v, weight %v and prior %v", seed, sum, last.Bits, w, m.PriorBits())
			}
			if s.Weight(p) != w || s.Probability(w) != m.Probability(w) {
				t.Fatalf("seed %d: scorer weighs %v, model %v", seed, s.Weight(p), w)
			}
		}
	}
}

func TestProbabilityRisesWithWeight(t *testing.T) {
	for _, prior := range []float64{1e-12, 1e-6, 0.01, 0.5, 0.999} {
		m := &Model{Prior: prior}
		before := -1.0
		for w := -400.0; w <= 400; w += 0.25 {
			p := m.Probability(w)
			if !(p >= before && p >= 0 && p <= 1) {
				t.Fatalf("prior %v: %v at %v bits after %v", prior, p, w, before)
			}
			if p == before && p < 1-1e-12 {
				t.Fatalf("prior %v: still %v at %v bits", prior, p, w)
			}
			before = p
		}
		if got := m.Probability(0); math.Abs(got/prior-1) > 1e-9 {
			t.Errorf("a weight of 0 says %v, prior %v", got, prior)
		}
	}
}

func TestOrderOfMapsDoesNotMatter(t *testing.T) {
	rng := seeded(7, 7)
	m := anyModel(rng)
	tr := Training{Pairs: 1e9}
	for _, list := range []*[]Sample{&tr.Random, &tr.Links, &tr.Candidates} {
		c := Counts{}
		for range 2000 {
			c[anyPattern(rng, m)] += 1 + rng.Int64N(1000)
		}
		*list = []Sample{{Name: "s", Counts: c}}
	}
	var want []byte
	for range 8 {
		for _, list := range [][]Sample{tr.Random, tr.Links, tr.Candidates} { // a new map, filled in another order
			c := Counts{}
			for p, n := range list[0].Counts {
				c[p] = n
			}
			list[0].Counts = c
		}
		got, err := Train(m, tr, DefaultOptions())
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := got.Save(&b); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%+v", got.Thresholds(tr.Candidates[0].Counts))
		if want == nil {
			want = b.Bytes()
		} else if !bytes.Equal(want, b.Bytes()) {
			t.Fatal("the same counts give another model")
		}
	}
}

func TestPatternHoldsLevels(t *testing.T) {
	for seed := range uint64(200) {
		rng := seeded(seed, 8)
		var p Pattern
		var want [MaxComparisons]int
		for i := range want {
			want[i] = Missing
		}
		for range 60 {
			i, l := rng.IntN(MaxComparisons), rng.IntN(MaxLevels+1)-1
			p, want[i] = p.With(i, l), l
		}
		for i, l := range want {
			if p.Level(i) != l {
				t.Fatalf("seed %d: comparison %d is on %d, not %d", seed, i, p.Level(i), l)
			}
		}
		if p.Level(MaxComparisons) != Missing {
			t.Fatal("a 17th comparison has a level")
		}
	}
}
