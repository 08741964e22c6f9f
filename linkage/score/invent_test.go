package score

import (
	"math"
	"math/rand/v2"
	"testing"
)

// comparison is a shape or a truth: shares are m then u of each level; with none both are 0.
func comparison(id string, m, u []float64) Comparison {
	names := []string{"equal", "close", "year", "rough", "differ"}
	c := Comparison{ID: id, Ordered: true}
	for k := range m {
		name := names[k]
		if k == len(m)-1 {
			name = "differ"
		}
		c.Levels = append(c.Levels, Level{ID: name, M: m[k], U: u[k]})
	}
	return c
}

// world is a truth that is drawn from: the model, and how often each comparison is missing.
type world struct {
	*Model
	missing []float64
}

// children is a world like returns: five comparisons of two to four levels.
func children(prior float64) world {
	return world{&Model{Kind: "returns", Prior: prior, Comparisons: []Comparison{
		comparison("dob", []float64{0.94, 0.03, 0.02, 0.01}, []float64{0.003, 0.01, 0.087, 0.9}),
		comparison("sex", []float64{0.99, 0.01}, []float64{0.52, 0.48}),
		comparison("postcode", []float64{0.6, 0.15, 0.25}, []float64{0.01, 0.03, 0.96}),
		comparison("ethnic", []float64{0.85, 0.1, 0.05}, []float64{0.3, 0.2, 0.5}),
		comparison("upn", []float64{0.9, 0.07, 0.03}, []float64{0.001, 0.002, 0.997}),
	}}, []float64{0.02, 0.01, 0.3, 0.1, 0.4}}
}

// shape is the model without what it knows.
func (w world) shape() *Model {
	s := w.clone()
	s.Prior = 0
	for _, c := range s.Comparisons {
		for k := range c.Levels {
			c.Levels[k].M, c.Levels[k].U = 0, 0
		}
	}
	return s
}

// binomial draws how many of n succeed: one by one up to the next success when few do, from the normal when many do.
func binomial(rng *rand.Rand, n int64, p float64) int64 {
	switch {
	case n <= 0 || p <= 0:
		return 0
	case p >= 1:
		return n
	case p > 0.5:
		return n - binomial(rng, n, 1-p)
	}
	if v := float64(n) * p * (1 - p); v > 2000 {
		return min(n, max(0, int64(math.Round(float64(n)*p+rng.NormFloat64()*math.Sqrt(v)))))
	}
	var k int64
	for at := 0.0; ; k++ {
		at += math.Floor(math.Log(1-rng.Float64())/math.Log1p(-p)) + 1
		if at > float64(n) {
			return k
		}
	}
}

// draw adds n pairs of one class, multinomially: each comparison divides the pairs of every pattern so far.
func (w world) draw(rng *rand.Rand, into Counts, n int64, of func(Level) float64) {
	type part struct {
		p Pattern
		n int64
	}
	parts := []part{{0, n}}
	for i, c := range w.Comparisons {
		var next []part
		for _, x := range parts {
			missing := binomial(rng, x.n, w.missing[i])
			next = append(next, part{x.p, missing})
			left, rest := x.n-missing, 1.0
			for k, l := range c.Levels {
				here := left
				if k < len(c.Levels)-1 {
					here = binomial(rng, left, of(l)/rest)
				}
				next = append(next, part{x.p.With(i, k), here})
				left, rest = left-here, rest-of(l)
			}
		}
		parts = parts[:0]
		for _, x := range next {
			if x.n > 0 {
				parts = append(parts, x)
			}
		}
	}
	for _, x := range parts {
		into[x.p] += x.n
	}
}

// pairs draws n pairs, and says which are matches.
func (w world) pairs(rng *rand.Rand, n int64) (matches, others Counts) {
	matches, others = Counts{}, Counts{}
	k := binomial(rng, n, w.Prior)
	w.draw(rng, matches, k, mOf)
	w.draw(rng, others, n-k, uOf)
	return matches, others
}

// both is the sum of counts.
func both(counts ...Counts) Counts {
	sum := Counts{}
	for _, c := range counts {
		sum.Add(c)
	}
	return sum
}

// where is the pairs on level 0 of a comparison: what blocking on it finds.
func (c Counts) where(comparison int) Counts {
	found := Counts{}
	for p, n := range c {
		if p.Level(comparison) == 0 {
			found[p] = n
		}
	}
	return found
}

// near complains of every m and u of the comparisons in the mask that is further from the truth than by.
func (w world) near(t *testing.T, seed uint64, got *Model, mask uint32, by float64) (worst float64) {
	t.Helper()
	for i, c := range w.Comparisons {
		for k, l := range c.Levels {
			g := got.Comparisons[i].Levels[k]
			d := max(math.Abs(g.M-l.M), math.Abs(g.U-l.U))
			if mask>>i&1 == 0 {
				continue
			}
			worst = max(worst, d)
			if !(d <= by) {
				t.Errorf("seed %d: %s %s: m %.4f u %.4f, planted m %.4f u %.4f", seed, c.ID, l.ID, g.M, g.U, l.M, l.U)
			}
		}
	}
	return worst
}

func seeded(seed, stream uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, stream)) }
