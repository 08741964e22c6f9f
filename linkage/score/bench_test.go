package score

import "testing"

// sixteen is a trained model of 16 comparisons and patterns to weigh.
func sixteen(b *testing.B) (*Model, []Pattern) {
	b.Helper()
	rng := seeded(1, 20)
	shape := &Model{Kind: "bench"}
	for _, id := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p"} {
		shape.Comparisons = append(shape.Comparisons, comparison(id, make([]float64, 5), make([]float64, 5)))
	}
	for i := range shape.Comparisons {
		for k := range shape.Comparisons[i].Levels {
			shape.Comparisons[i].Levels[k].ID = string(rune('a' + k))
		}
	}
	tr := Training{Random: []Sample{{Counts: Counts{}}}, Links: []Sample{{Counts: Counts{}}}}
	patterns := make([]Pattern, 1<<16)
	for i := range patterns {
		patterns[i] = anyPattern(rng, shape)
		tr.Random[0].Counts[patterns[i]]++
		tr.Links[0].Counts[anyPattern(rng, shape)]++
	}
	m, err := Train(shape, tr, DefaultOptions())
	if err != nil {
		b.Fatal(err)
	}
	return m, patterns
}

func BenchmarkScorerWeight(b *testing.B) {
	m, patterns := sixteen(b)
	s := m.Scorer()
	b.ReportAllocs()
	sum := 0.0
	for b.Loop() {
		for _, p := range patterns {
			sum += s.Weight(p)
		}
	}
	if sum == 0 {
		b.Fatal("all weigh nothing")
	}
	b.ReportMetric(float64(b.N)*float64(len(patterns))/b.Elapsed().Seconds(), "patterns/s")
}

func BenchmarkEM(b *testing.B) {
	w := children(0.2)
	matches, others := w.pairs(seeded(1, 21), 1_500_000)
	counts := both(matches, others)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := fromPairsAlone(w.shape(), counts, DefaultOptions()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*float64(len(counts))/b.Elapsed().Seconds(), "patterns/s")
}
