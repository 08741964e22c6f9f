package linkage

import "throughline/linkage/score"

// between keeps clusters apart that one chance agreement would join.
type between struct {
	least   []float64 // by kind: bits
	compare *comparer
}

// parseBetween reads bits or a probability; nothing for an empty text.
func parseBetween(s string) (func(m *score.Model) float64, error) {
	if s == "" {
		return nil, nil
	}
	f, err := parseThreshold(s)
	if err != nil {
		return nil, err
	}
	return func(m *score.Model) float64 { return f(m, nil, 0.5) }, nil
}

// unlike reports whether the records of two clusters, taken all together, are too unlike to be of one child: the mean match weight of all
// pairs between them, proposed or not, is below what the rules ask for.
func (w *worker) unlike(x, y int32) bool {
	if w.e.rules.Scoring.Between == "" || w.c.next[x] == x && w.c.next[y] == y {
		return false
	}
	if w.between.compare == nil {
		w.between.compare = w.e.comparer()
		f, _ := parseBetween(w.e.rules.Scoring.Between) // Validate read it
		for _, m := range w.e.models {
			w.between.least = append(w.between.least, f(m))
		}
	}
	sum := 0.0
	w.c.members(x, func(a int32) bool {
		w.c.members(y, func(b int32) bool {
			p := pair{a: min(a, b), b: max(a, b)}
			k := w.e.kind(&p)
			sum += w.e.scorers[k].Weight(score.Pattern(w.between.compare.pattern(p.a, p.b))) - w.between.least[k]
			return true
		})
		return true
	})
	return sum < 0
}
