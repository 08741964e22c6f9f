package linkspec

import (
	"maps"
	"math"

	"throughline/linkage"
	"throughline/linkage/evaluate"
	"throughline/linkage/score"
	"throughline/linkage/spec"
)

// report gathers all that is said about a run.
func report(s *spec.Spec, o Options, g *spec.Gathering, records *linkage.Records, c *linkage.Clustering, sum *Summary) *linkage.Report {
	r := c.Report(s.Title, records, &s.Rules)
	maps.Copy(r.Made, made(s, o, g, c))
	p := sum.Truth
	if p == nil {
		return r
	}
	r.Rows = append(r.Rows, p.Rows()...)
	if sum.Score == nil {
		return r
	}
	r.Rows = append(r.Rows, sum.Score.Rows("score alone", "", "links")...)
	r.Rows = append(r.Rows, linkage.QualityRow{Section: "evaluation", Item: "score alone: best F1", Value: sum.Best.F1(),
		Note: "that any threshold could have given: to choose it would take the truth"})
	for i := range r.Weights {
		markTrue(&r.Weights[i], p)
	}
	for i := range r.Thresholds {
		t := &r.Thresholds[i]
		for j := range t.Rows {
			x := p.Above(t.Kind, t.Rows[j].Weight)
			if x.TP+x.FP == 0 || x.TP+x.FN == 0 {
				continue // a share of nothing
			}
			precision, recall, f1 := x.Precision(), x.Recall(), x.F1()
			t.Rows[j].TruePrecision, t.Rows[j].TrueRecall, t.Rows[j].TrueF1 = &precision, &recall, &f1
		}
	}
	return r
}

// markTrue tells how many pairs of each bin are of one person.
func markTrue(h *linkage.Histogram, p *evaluate.Partition) {
	for i := range h.Bins {
		h.Bins[i].True = new(int64)
	}
	for _, w := range p.Weights {
		if w.Kind != h.Kind || len(h.Bins) == 0 {
			continue
		}
		if at := int(math.Floor(w.Bits - h.Bins[0].From)); at >= 0 && at < len(h.Bins) {
			*h.Bins[at].True += w.True
		}
	}
}

// judge compares the score alone with the truth.
func (sum *Summary) judge(m *linkage.Models) {
	if sum.Truth == nil || len(m.Models) == 0 {
		return
	}
	prior := map[string]*score.Model{}
	for _, x := range m.Models {
		prior[x.Kind] = x
	}
	at := sum.Truth.Score(func(kind string) float64 { return m.Thresholds[kind] })
	best, _ := sum.Truth.Best(func(kind string) float64 { return prior[kind].PriorBits() })
	sum.Score, sum.Best = &at, &best
}
