package linkage

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"

	"throughline/linkage/score"
)

// thresholdStep and thresholdSpan are the weights, in bits, for which a report says what would follow: so far around the chosen one.
const (
	thresholdStep = 1
	thresholdSpan = 15
)

// sensitivityBits is by how much the threshold is lowered and raised to show what hangs on it.
const sensitivityBits = 3

// patternsShown is how many patterns of a model a report shows of each sort: the commonest, and those nearest to the threshold.
const patternsShown = 12

// NewReport gathers what a run says about its linkage. Rows are Quality's; the caller adds rows about the truth, provenance and reviews.
func NewReport(title string, t *Records, rules *Rules, r *Result) *Report {
	out := &Report{Title: title, Made: map[string]string{"rules": rules.Hash()}, Rows: Quality(t, rules, r)}
	if r.Models == nil || len(r.Models.Models) == 0 {
		return out
	}
	out.Models = r.Models.Models
	byKind := map[string][]PatternCount{}
	for _, p := range r.Patterns {
		byKind[p.Kind] = append(byKind[p.Kind], p)
	}
	for _, m := range r.Models.Models {
		all, at := byKind[m.Kind], r.Models.Thresholds[m.Kind]
		if m.Hash != "" {
			out.Made["model "+m.Kind] = m.Hash
		}
		out.Weights = append(out.Weights, histogram(m.Kind, all))
		if at >= neverJoins {
			out.Rows = append(out.Rows, QualityRow{"estimate", "too few matches to learn from", m.Kind, 1, "pairs of this kind are joined by passes alone"})
		} else {
			rows := r.Models.Expected[m.Kind]
			if rows == nil { // models of another run
				rows = m.Thresholds(candidates(all))
			}
			out.Thresholds = append(out.Thresholds, thresholds(m, rows, at, rules))
			out.Rows = append(out.Rows, missed(m, all))
			out.Rows = append(out.Rows, sensitivity(m, rows, at)...)
			out.Patterns = append(out.Patterns, shown(m, all, at)...)
		}
	}
	return out
}

// candidates are the pairs that no cannot-link keeps apart.
func candidates(all []PatternCount) score.Counts {
	counts := score.Counts{}
	for _, p := range all {
		counts[p.Pattern] += p.Pairs - p.Refused
	}
	return counts
}

// histogram counts pairs by whole bits of their weight.
func histogram(kind string, all []PatternCount) Histogram {
	h := Histogram{Kind: kind}
	bins := map[int]*Outcomes{}
	for _, p := range all {
		at := int(math.Floor(p.Weight))
		if bins[at] == nil {
			bins[at] = &Outcomes{}
		}
		bins[at].add(p.Outcomes)
	}
	if len(bins) == 0 {
		return h
	}
	keys := slices.Sorted(maps.Keys(bins))
	for at := keys[0]; at <= keys[len(keys)-1]; at++ {
		b := Bin{From: float64(at), To: float64(at + 1)}
		if n := bins[at]; n != nil {
			b.Outcomes = *n
		}
		h.Bins = append(h.Bins, b)
	}
	return h
}

func (o *Outcomes) add(x Outcomes) {
	o.Joined += x.Joined
	o.Refused += x.Refused
	o.Ambiguous += x.Ambiguous
	o.Left += x.Left
}

// thresholds tells what would follow from thresholds around the chosen one.
func thresholds(m *score.Model, rows []score.Expectation, chosen float64, rules *Rules) ThresholdTable {
	t := ThresholdTable{Kind: m.Kind, Chosen: chosen, Why: why(rules.Scoring)}
	for d := -thresholdSpan; d <= thresholdSpan; d += thresholdStep {
		x := score.At(rows, chosen+float64(d))
		t.Rows = append(t.Rows, ThresholdRow{Weight: chosen + float64(d), Probability: m.Probability(chosen + float64(d)), Links: x.Links,
			Precision: x.Precision, Recall: x.Recall, F1: x.F1})
	}
	return t
}

func why(s Scoring) string {
	switch {
	case s.Threshold == "auto":
		return "the weight with the highest F1 that the model expects; no labels were used"
	case s.Threshold[0] == 'p':
		return fmt.Sprintf("the weight at which a pair is a match with probability %s, by the model", s.Threshold[1:])
	}
	return "given by the rules"
}

// missed is how many links the model expects among the pairs that were left apart.
func missed(m *score.Model, all []PatternCount) QualityRow {
	n := 0.0
	for _, p := range all {
		n += float64(p.Left+p.Ambiguous) * m.Probability(p.Weight)
	}
	return QualityRow{"estimate", "missed links", m.Kind, n, "by the model: matches among the pairs that were compared and left apart, those with a rival included"}
}

// sensitivity is what hangs on the threshold.
func sensitivity(m *score.Model, rows []score.Expectation, chosen float64) (out []QualityRow) {
	for _, x := range []struct {
		name string
		by   float64
	}{{"lower", -sensitivityBits}, {"chosen", 0}, {"higher", sensitivityBits}} {
		e := score.At(rows, chosen+x.by)
		name := fmt.Sprintf("%s threshold: %.1f bits", x.name, chosen+x.by)
		out = append(out,
			QualityRow{"sensitivity", m.Kind + ": links", name, float64(e.Links), "pairs at or above"},
			QualityRow{"sensitivity", m.Kind + ": expected precision", name, e.Precision, "share of them that are right, by the model"},
			QualityRow{"sensitivity", m.Kind + ": expected recall", name, e.Recall, "share of the candidates' matches that are above, by the model"})
	}
	return out
}

// shown are the commonest patterns and those nearest to the threshold.
func shown(m *score.Model, all []PatternCount, at float64) []PatternRow {
	pick := map[score.Pattern]bool{}
	take := func(compare func(a, b PatternCount) int) {
		rows := slices.Clone(all)
		slices.SortFunc(rows, func(a, b PatternCount) int { return cmp.Or(compare(a, b), cmp.Compare(a.Pattern, b.Pattern)) })
		for _, p := range rows[:min(patternsShown, len(rows))] {
			pick[p.Pattern] = true
		}
	}
	take(func(a, b PatternCount) int { return cmp.Compare(b.Pairs, a.Pairs) })
	take(func(a, b PatternCount) int { return cmp.Compare(math.Abs(a.Weight-at), math.Abs(b.Weight-at)) })
	take(func(a, b PatternCount) int { return cmp.Compare(b.Refused, a.Refused) })
	var out []PatternRow
	for _, p := range all {
		if !pick[p.Pattern] {
			continue
		}
		row := PatternRow{Kind: p.Kind, Pattern: uint64(p.Pattern), Pairs: p.Pairs, Weight: p.Weight, Probability: m.Probability(p.Weight), Outcomes: p.Outcomes}
		for i, c := range m.Comparisons {
			level := "missing"
			if l := p.Pattern.Level(i); l != score.Missing && l < len(c.Levels) {
				level = c.Levels[l].ID
			}
			row.Levels = append(row.Levels, level)
		}
		out = append(out, row)
	}
	return out
}
