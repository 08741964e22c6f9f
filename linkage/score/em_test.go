package score

import (
	"math"
	"strings"
	"testing"
)

func TestEMRecoversKnownTruth(t *testing.T) {
	worst := 0.0
	for _, prior := range []float64{0.02, 0.2, 0.5} {
		for seed := range uint64(5) {
			w := children(prior)
			matches, others := w.pairs(seeded(seed, 1), 1_500_000)
			got, trace, err := fromPairsAlone(w.shape(), both(matches, others), DefaultOptions())
			if err != nil {
				t.Fatal(err)
			}
			worst = max(worst, w.near(t, seed, got, 1<<5-1, 0.01))
			share := float64(matches.Pairs()) / float64(trace.Pairs)
			if math.Abs(got.Prior-share) > 0.002 {
				t.Errorf("prior %v, seed %d: %v, planted %v", prior, seed, got.Prior, share)
			}
			if !trace.Converged || len(got.Warnings) > 0 {
				t.Errorf("prior %v, seed %d: %+v %v", prior, seed, trace, got.Warnings)
			}
			if err := got.Validate(); err != nil {
				t.Error(err)
			}
		}
	}
	t.Logf("worst m or u: %.4f off", worst)
}

func TestEMCallsTheBetterAgreeingClassMatches(t *testing.T) {
	w := children(0.3)
	matches, others := w.pairs(seeded(1, 2), 300_000)
	shape := w.shape() // EM starts with m and u exchanged
	for i, c := range w.Comparisons {
		for k, l := range c.Levels {
			shape.Comparisons[i].Levels[k].M, shape.Comparisons[i].Levels[k].U = l.U, l.M
		}
	}
	o := DefaultOptions()
	o.StartPrior = 0.7
	got, trace, err := fromPairsAlone(shape, both(matches, others), o)
	if err != nil {
		t.Fatal(err)
	}
	w.near(t, 1, got, 1<<5-1, 0.02)
	if math.Abs(got.Prior-0.3) > 0.01 || math.Abs(trace.Matches/float64(matches.Pairs())-1) > 0.02 || trace.Prior != got.Prior {
		t.Errorf("prior %v, %v matches of %d", got.Prior, trace.Matches, matches.Pairs())
	}
}

// Each round of EM must raise the likelihood with the smoothing's share of it: the one thing that EM promises.
func TestEMNeverClimbsDown(t *testing.T) {
	for seed := range uint64(20) {
		rng := seeded(seed, 3)
		m, counts := anyModel(rng), Counts{}
		for range 200 {
			counts[anyPattern(rng, m)] += rng.Int64N(1000)
		}
		const a = 0.5
		before := math.Inf(-1)
		for rounds := range 30 {
			o := DefaultOptions()
			o.Iterations, o.Tolerance, o.Smoothing = rounds+1, 1e-300, a
			got, trace, err := fromPairsAlone(m, counts, o)
			if err != nil {
				t.Fatal(err)
			}
			now := trace.LogLikelihood + a*math.Log(trace.Prior) + a*math.Log1p(-trace.Prior)
			for i, c := range got.Comparisons {
				var seen grid
				for p, n := range counts {
					seen.add(p, float64(n))
				}
				n := len(c.Levels)
				centre := make([]float64, n)
				settle(centre, seen.levels(i, n), even(n), a*float64(n), nil)
				for k, l := range c.Levels {
					now += a * float64(n) * centre[k] * (math.Log(l.M) + math.Log(l.U))
				}
			}
			if now < before-1e-6 {
				t.Fatalf("seed %d, round %d: %v after %v", seed, rounds+1, now, before)
			}
			before = now
		}
	}
}

func TestEMHoldsWhatIsHeldAndKeepsWhatIsNeverSeen(t *testing.T) {
	w := children(0.2)
	matches, others := w.pairs(seeded(4, 4), 200_000)
	shape := w.shape()
	sex := &shape.Comparisons[1]
	sex.HoldU, sex.Levels[0].U, sex.Levels[1].U = true, 0.5, 0.5
	shape.Comparisons = append(shape.Comparisons,
		comparison("nhs", []float64{0.95, 0.05}, []float64{0.001, 0.999}),
		comparison("name", []float64{0, 0}, []float64{0, 0}))
	got, _, err := fromPairsAlone(shape, both(matches, others), DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	if u := got.Comparisons[1].Levels[0]; u.U != 0.5 || u.UFrom != FromDeclared || u.MFrom != FromEM {
		t.Errorf("held: %+v", u)
	}
	if l := got.Comparisons[5].Levels[0]; math.Abs(l.M-0.95) > 1e-12 || math.Abs(l.U-0.001) > 1e-12 ||
		l.MFrom != FromDeclared || l.UFrom != FromDeclared {
		t.Errorf("declared and never seen: %+v", l)
	}
	if l := got.Comparisons[6].Levels[0]; l.Bits() != 0 || l.MFrom != FromNone || l.UFrom != FromNone {
		t.Errorf("neither declared nor seen: %+v, %v bits", l, l.Bits())
	}
	if len(got.Warnings) != 2 || !strings.Contains(got.Warnings[0], "nhs") || !strings.Contains(got.Warnings[1], "name") {
		t.Errorf("warnings: %q", got.Warnings)
	}
}
