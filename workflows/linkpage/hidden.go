package linkpage

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"throughline/linkage"
	"throughline/pipeline/report"
)

// few reports whether a count is too small to be shown when the page is to be published.
func few(n float64) bool { return math.Round(n) > 0 && math.Round(n) < hideBelow }

// named is a count of the rows.
type named struct{ section, item, subgroup string }

func nameOf(x linkage.QualityRow) named { return named{x.Section, x.Item, x.Subgroup} }

// closed are the counts of the rows that a page to be published hides: those of 1 to 5, and, where one alone of several that add up to a
// figure on the page would be hidden, the smallest other one, since it could be worked out.
func closed(t table) map[named]bool {
	hidden, of := map[named]bool{}, map[named]float64{}
	var sets [][]named
	set := map[string]int{}
	add := func(sum string, x linkage.QualityRow) {
		at, ok := set[sum]
		if !ok {
			at = len(sets)
			set[sum], sets = at, append(sets, nil)
		}
		sets[at] = append(sets[at], nameOf(x))
		of[nameOf(x)] = x.Value
		if few(x.Value) {
			hidden[nameOf(x)] = true
		}
	}
	for _, x := range t["evaluation"] {
		if dimension, _, ok := strings.Cut(x.Subgroup, ": "); !isShare(x) {
			if !ok {
				dimension = x.Subgroup
			}
			add("evaluation "+x.Item+" "+dimension, x)
		}
	}
	for _, x := range t["pass"] {
		if slices.Contains([]string{"joined", "confirmed", "ambiguous", "doubtful", "refused"}, x.Subgroup) {
			add("pass "+x.Item, x)
		}
		if x.Subgroup == joined {
			add("links", x)
		}
	}
	for _, x := range t["cannot_link"] {
		if x.Subgroup != "" {
			add("cannot-link "+x.Item, x)
			add("refused by "+x.Subgroup, x)
		}
	}
	for _, x := range t["records"] {
		add("records "+x.Item, x)
	}
	for again := true; again; {
		again = false
		for _, s := range sets {
			if other, ok := alone(s, func(x named) float64 { return of[x] }, func(x named) bool { return hidden[x] }); ok {
				hidden[other], again = true, true
			}
		}
	}
	return hidden
}

// alone reports whether one of some counts that add up would be hidden alone, and which to hide with it: the smallest that is not 0.
func alone[T comparable](all []T, count func(T) float64, hidden func(T) bool) (other T, ok bool) {
	n := 0
	var open []T
	for _, x := range all {
		switch {
		case hidden(x):
			n++
		case count(x) > 0:
			open = append(open, x)
		}
	}
	if n != 1 || len(open) == 0 {
		return other, false
	}
	return slices.MinFunc(open, func(a, b T) int { return cmp.Compare(count(a), count(b)) }), true
}

// countOf is the count of a row as it may be shown beside the others.
func (p *page) countOf(x linkage.QualityRow) report.Value {
	if p.closed[nameOf(x)] {
		return report.Hidden("c")
	}
	return p.count(x.Value)
}

// fewApart reports whether the page must hide a share since one of the two counts that it comes from is too small to be shown.
func (p *page) fewApart(hit, miss float64) bool { return p.o.Rounded && (few(hit) || few(miss)) }

// parts are counts that add up to one on the page, as they may be shown.
func (p *page) parts(counts ...int64) []report.Value {
	out := make([]report.Value, len(counts))
	at := make([]int, len(counts))
	for i, n := range counts {
		out[i], at[i] = p.count(float64(n)), i
	}
	if other, ok := alone(at, func(i int) float64 { return float64(counts[i]) }, func(i int) bool { return out[i].Symbol == "c" }); ok {
		out[other] = report.Hidden("c")
	}
	return out
}

// withoutFew is a report of whose thresholds known precision and recall are left out that come from a count too small to be shown.
func withoutFew(r *linkage.Report) *linkage.Report {
	out := *r
	out.Thresholds = slices.Clone(r.Thresholds)
	for i := range out.Thresholds {
		rows := slices.Clone(out.Thresholds[i].Rows)
		out.Thresholds[i].Rows = rows
		for j := range rows {
			x := &rows[j]
			if x.TruePrecision == nil || x.TrueRecall == nil {
				continue
			}
			links, missed := float64(x.Links), 0.0
			right := *x.TruePrecision * links
			if *x.TrueRecall > 0 {
				missed = right / *x.TrueRecall - right
			}
			if few(right) || few(links-right) || few(missed) {
				x.TruePrecision, x.TrueRecall, x.TrueF1 = nil, nil, nil
			}
		}
	}
	return &out
}

// fewKnown reports whether what is known of all links comes from a count that is too small to be shown.
func (p *page) fewKnown() bool {
	return slices.ContainsFunc(p.table["evaluation"], func(x linkage.QualityRow) bool {
		return x.Subgroup == "" && slices.Contains([]string{"pairs: right", "pairs: false", "pairs: missed"}, x.Item) && p.closed[nameOf(x)]
	})
}
