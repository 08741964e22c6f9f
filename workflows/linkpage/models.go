package linkpage

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"throughline/linkage"
	"throughline/linkage/score"
	"throughline/pipeline/report"
)

// perOdds is about how many levels one chart of m and u holds; comparisons are never split.
const perOdds = 30

// models shows m and u by level.
func (p *page) models() {
	for _, m := range p.r.Models {
		if m == nil || len(m.Comparisons) == 0 {
			continue
		}
		if len(p.r.Models) > 1 {
			p.heading("Model: " + p.name(m.Kind))
		}
		p.say("Before any comparison a pair is taken to be a match with probability %s (%s bits; from: %s).", digits.String(known(m.Prior)), signed(m.PriorBits()), cmp.Or(string(m.PriorFrom), "not said"))
		var few []score.Comparison
		n, of := 0, 1
		flush := func() {
			if len(few) > 0 {
				p.odds(m, few, of)
				few, n = nil, 0
				of++
			}
		}
		for _, c := range m.Comparisons {
			if n > 0 && n+len(c.Levels) > perOdds {
				flush()
			}
			few = append(few, c)
			n += len(c.Levels)
		}
		flush()
		p.modelWarnings(m)
	}
}

// untrained reports whether a level's m or u rests on too few pairs.
func untrained(l score.Level) bool { return l.MFrom == score.FromNone || l.UFrom == score.FromNone }

func (p *page) odds(m *score.Model, comparisons []score.Comparison, of int) {
	o := report.Odds{X: "Level", Y: "Share of pairs on the level, of those with both values (logarithmic)", Head: "weight, bits", A: report.Series{Name: "m: among matches"}, B: report.Series{Name: "u: among other pairs"}}
	t := &report.Table{Head: []string{"Comparison", "Level", "m", "u", "Weight, bits", "m from", "Pairs for m", "u from", "Pairs for u"}}
	best, bestName, few := math.Inf(-1), "", 0
	for _, c := range comparisons {
		for _, l := range c.Levels {
			note := signed(l.Bits())
			if untrained(l) {
				note += " *"
				few++
			}
			if l.Bits() > best {
				best, bestName = l.Bits(), p.name(c.ID)+", "+p.name(l.ID)
			}
			o.Groups, o.Axis, o.Notes = append(o.Groups, p.name(c.ID)), append(o.Axis, p.name(l.ID)), append(o.Notes, note)
			o.A.Values, o.B.Values = append(o.A.Values, chance(l.M)), append(o.B.Values, chance(l.U))
			t.Rows = append(t.Rows, []report.Cell{report.Words(p.name(c.ID)), report.Words(cmp.Or(l.Does, p.name(l.ID))), report.Number(chance(l.M), digits), report.Number(chance(l.U), digits),
				number(l.Bits(), bits), report.Words(string(l.MFrom)), p.counts(float64(l.MPairs)), report.Words(string(l.UFrom)), p.counts(float64(l.UPairs))})
		}
	}
	note := ""
	if few > 0 {
		note = fmt.Sprintf("* %s too few pairs to learn from: smoothed or as declared.", plural(few, "level had", "levels had"))
	}
	finding := ""
	if of == 1 {
		finding = fmt.Sprintf("Strongest: %s, %s bits", bestName, signed(best))
	}
	p.draw(picture{finding: finding, plain: fmt.Sprintf("m and u by level, part %d", of),
		message: fmt.Sprintf("m and u for each level of %s. The level that speaks most for a match is %s, with %s bits.", list(comparisonNames(p, comparisons)), bestName, signed(best)),
		measure: "m and u probability by level of each comparison, with the match weight log2(m/u)", who: "Pairs that the model was trained on: " + p.name(m.Kind), figure: o, table: t, note: note,
		read: "The line between the dots is the weight: with m (dot) to the right of u (square) the level speaks for one child, with m to the left against. Where the two lie together the level says nothing. Each step of the axis is 3.3 bits."})
}

func comparisonNames(p *page, cs []score.Comparison) []string {
	var out []string
	for _, c := range cs {
		out = append(out, p.name(c.ID))
	}
	return out
}

// chance is a probability as a value; 0 is not known.
func chance(f float64) report.Value {
	if !(f > 0 && f <= 1) {
		return report.Hidden("x")
	}
	return report.Shown(f)
}

// signed writes bits with their sign.
func signed(f float64) string {
	s := bits.String(known(f))
	if f > 0 && s != "0.0" {
		return "+" + s
	}
	return s
}

func (p *page) modelWarnings(m *score.Model) {
	if len(m.Warnings) > 0 {
		t := report.Table{Caption: "What the training of " + p.name(m.Kind) + " warns of", Head: []string{"No.", "Warning"}}
		for i, w := range m.Warnings {
			t.Rows = append(t.Rows, []report.Cell{report.Words(fmt.Sprint(i + 1)), report.Words(w)})
		}
		p.show(t)
		p.warned = append(p.warned, p.name(m.Kind))
	}
	few, all := 0, 0
	for _, c := range m.Comparisons {
		for _, l := range c.Levels {
			all++
			if untrained(l) {
				few++
			}
		}
	}
	if few > 0 {
		p.thin = append(p.thin, fmt.Sprintf("%d of %d of %s", few, all, p.name(m.Kind)))
	}
	if len(m.Sessions) > 0 {
		t := report.Table{Caption: "Training sessions of " + p.name(m.Kind), Head: []string{"Pairs chosen by", "Pairs", "Expected matches", "Rounds", "Converged"}}
		for _, s := range m.Sessions {
			arrived := "yes"
			if !s.Converged {
				arrived = "no"
				p.care("model", "Training session %s of model %s did not converge: it was stopped on its way.", s.Name, p.name(m.Kind))
			}
			t.Rows = append(t.Rows, []report.Cell{report.Words(p.name(s.Name)), p.counts(float64(s.Pairs)), p.counts(s.Matches), number(float64(s.Iterations), report.Format{}), report.Words(arrived)})
		}
		p.fold("Training sessions", t)
	}
}

// chosen is the threshold of a kind in bits.
func (p *page) chosen(kind string) (float64, bool) {
	for _, t := range p.r.Thresholds {
		if t.Kind == kind {
			return t.Chosen, finite(t.Chosen)
		}
	}
	return 0, false
}

// near is how many bits on either side of the threshold are grey: at 2 bits the odds are four times higher or lower.
const near = 2

// closeUp is how many bits around the threshold the second histogram shows.
const closeUp = 10

// weights shows how many pairs have which weight, by what became of them.
func (p *page) weights() {
	for _, h := range p.r.Weights {
		if len(h.Bins) == 0 {
			continue
		}
		if len(p.r.Weights) > 1 {
			p.heading("Pairs: " + p.name(h.Kind))
		}
		at, ok := p.chosen(h.Kind)
		var all, grey, top int64
		for _, b := range h.Bins {
			all += b.Pairs()
			top = max(top, b.Joined, b.Refused, b.Ambiguous, b.Left)
			if middle := (b.From + b.To) / 2; ok && math.Abs(middle-at) <= near {
				grey += b.Pairs()
			}
		}
		finding := ""
		if ok {
			finding = fmt.Sprintf("%s of %s pairs lie within %d bits of threshold", upper(p.said(float64(grey))), p.said(float64(all)), near)
		}
		x := picture{finding: finding, plain: "Match weights by outcome" + several(len(p.r.Weights), h.Kind), measure: "Pairs that were compared, by match weight in bits and what became of them",
			message: fmt.Sprintf("%s pairs by match weight, a panel for each outcome: joined, refused, ambiguous and left apart.", p.said(float64(all))), who: "Pairs that were compared: " + p.name(h.Kind), figure: p.panels(h.Bins, at, ok),
			read: "Two hills with a valley at the threshold are good news: few pairs are grey. Each panel has a scale of its own, written at its left, so heights can't be compared between panels. Bits count without the prior."}
		p.draw(x)
		if !ok {
			continue
		}
		var some []linkage.Bin
		var most int64
		for _, b := range h.Bins {
			if b.To > at-closeUp && b.From < at+closeUp {
				some = append(some, b)
				most = max(most, b.Joined, b.Refused, b.Ambiguous, b.Left)
			}
		}
		if len(some) > 0 && len(some) < len(h.Bins) && most*4 < top {
			x.finding, x.plain = "", fmt.Sprintf("The same within %d bits of the threshold", closeUp)
			x.message = fmt.Sprintf("The same pairs, only those within %d bits of the threshold.", closeUp)
			x.read = "The part of the figure above in which errors are made: pairs left apart near the line may be missed links, pairs joined near it may be false ones."
			x.figure = p.panels(some, at, ok)
			p.draw(x)
		}
	}
}

// panels are the outcomes that any pair has, and what is true where it is known.
func (p *page) panels(bins []linkage.Bin, at float64, ok bool) report.Panels {
	f := report.Panels{X: "Match weight, bits", Y: "Pairs", XFormat: bits}
	if ok {
		f.Marks = []report.Mark{{At: at, Name: "threshold " + bits.String(report.Shown(at))}}
	}
	truth := false
	for _, b := range bins {
		f.From, f.To = append(f.From, b.From), append(f.To, b.To)
		truth = truth || b.True != nil
	}
	for _, o := range []struct {
		name string
		of   func(linkage.Bin) int64
	}{
		{"Joined", func(b linkage.Bin) int64 { return b.Joined }},
		{"Refused by a cannot-link", func(b linkage.Bin) int64 { return b.Refused }},
		{"Ambiguous: another record fits as well", func(b linkage.Bin) int64 { return b.Ambiguous }},
		{"Left apart", func(b linkage.Bin) int64 { return b.Left }},
	} {
		s, any := report.Series{Name: o.name}, false
		for _, b := range bins {
			any = any || o.of(b) > 0
			s.Values = append(s.Values, p.count(float64(o.of(b))))
		}
		if any {
			f.Series = append(f.Series, s)
		}
	}
	if truth {
		s := report.Series{Name: "Of all these: about one child, as is known"}
		for _, b := range bins {
			v := report.Hidden("x")
			if b.True != nil {
				v = p.count(float64(*b.True))
			}
			s.Values = append(s.Values, v)
		}
		f.Series = append(f.Series, s)
	}
	if len(f.Series) == 0 {
		s := report.Series{Name: "Pairs"}
		for range bins {
			s.Values = append(s.Values, report.Shown(0))
		}
		f.Series = append(f.Series, s)
	}
	return f
}

// patterns draws the waterfalls of typical pairs and lists the patterns that are given.
func (p *page) patterns() {
	var kinds []string
	for _, x := range p.r.Patterns {
		if !slices.Contains(kinds, x.Kind) {
			kinds = append(kinds, x.Kind)
		}
	}
	for _, kind := range kinds {
		var rows []linkage.PatternRow
		for _, x := range p.r.Patterns {
			if x.Kind == kind {
				rows = append(rows, x)
			}
		}
		if len(kinds) > 1 {
			p.heading("Pairs: " + p.name(kind))
		}
		m := p.model(kind)
		if m != nil {
			p.typical(m, kind, rows)
		} else {
			p.say("The model of these pairs is not in the report, so their weights can't be taken apart.")
		}
		t := report.Table{Caption: "Patterns of agreement, heaviest first" + several(len(kinds), p.name(kind)), Head: []string{"Pattern", "Weight, bits", "Probability", "Pairs", "Joined", "Refused", "Ambiguous", "Left apart"}}
		rows = slices.Clone(rows)
		slices.SortStableFunc(rows, func(a, b linkage.PatternRow) int {
			return cmp.Or(cmp.Compare(b.Weight, a.Weight), cmp.Compare(a.Pattern, b.Pattern))
		})
		for _, x := range rows {
			t.Rows = append(t.Rows, []report.Cell{report.Words(p.pattern(m, x)), number(x.Weight, bits), number(x.Probability, decimals), p.counts(float64(x.Pairs))})
			for _, v := range p.parts(x.Joined, x.Refused, x.Ambiguous, x.Left) {
				t.Rows[len(t.Rows)-1] = append(t.Rows[len(t.Rows)-1], report.Number(v, report.Format{}))
			}
		}
		words := ""
		if m != nil {
			words = fmt.Sprintf("All %d patterns that are given", len(rows))
		}
		p.fold(words, t)
	}
}

// pattern is a pattern in words.
func (p *page) pattern(m *score.Model, x linkage.PatternRow) string {
	var out []string
	for i, l := range x.Levels {
		name := p.name(l)
		if m != nil && i < len(m.Comparisons) {
			name = p.name(m.Comparisons[i].ID) + ": " + name
		}
		out = append(out, name)
	}
	return strings.Join(out, "; ")
}

// typical draws the commonest pattern that is joined, the greyest, and the heaviest that is refused.
func (p *page) typical(m *score.Model, kind string, rows []linkage.PatternRow) {
	at, ok := p.chosen(kind)
	if !ok {
		at = -m.PriorBits() // even odds
	}
	pick := func(better func(a, b *linkage.PatternRow) bool, fits func(*linkage.PatternRow) bool) *linkage.PatternRow {
		var best *linkage.PatternRow
		for i := range rows {
			if x := &rows[i]; fits(x) && finite(x.Weight) && (best == nil || better(x, best)) {
				best = x
			}
		}
		return best
	}
	drawn := map[uint64]bool{}
	for _, c := range []struct {
		what, read string
		row        *linkage.PatternRow
	}{
		{"The commonest pair that was joined", "Bars to the right speak for one child, bars to the left against; each starts where the one before it ended. The first bar is the prior, so the threshold is drawn with the prior too; a pair passes when its total does.",
			pick(func(a, b *linkage.PatternRow) bool { return a.Joined > b.Joined }, func(x *linkage.PatternRow) bool { return x.Joined > 0 })},
		{"The greyest pair", "The pair whose total lies nearest the threshold: here a single level more or less decides, and people should look.",
			pick(func(a, b *linkage.PatternRow) bool { return math.Abs(a.Weight-at) < math.Abs(b.Weight-at) }, func(x *linkage.PatternRow) bool { return x.Pairs > 0 })},
		{"The heaviest pair that was refused", "Its weight alone would have joined it; a cannot-link kept it apart. Twins and numbers used twice look like this.",
			pick(func(a, b *linkage.PatternRow) bool { return a.Weight > b.Weight }, func(x *linkage.PatternRow) bool { return x.Refused > 0 })},
	} {
		if c.row == nil || drawn[c.row.Pattern] {
			continue
		}
		drawn[c.row.Pattern] = true
		w := report.Waterfall{X: "Comparison", Y: "Bits", Format: bits, Total: "Total"}
		for _, part := range m.Parts(score.Pattern(c.row.Pattern)) {
			switch part.ID {
			case score.PartTotal:
			case score.PartPrior:
				w.Steps = append(w.Steps, report.Step{Name: "Prior", Note: "any pair", Value: part.Bits})
			default:
				w.Steps = append(w.Steps, report.Step{Name: p.name(part.ID), Note: p.name(part.Level), Value: part.Bits})
			}
		}
		if ok {
			w.Marks = []report.Mark{{At: at + m.PriorBits(), Name: fmt.Sprintf("threshold %s (%s with prior)", bits.String(report.Shown(at)), bits.String(report.Shown(at+m.PriorBits())))}}
		}
		p.draw(picture{finding: fmt.Sprintf("%s: %s, with prior %s", c.what, signed(c.row.Weight), signed(c.row.Weight+m.PriorBits())), plain: c.what,
			message: fmt.Sprintf("%s weighs %s bits, %s with the prior, a probability of %s. %s pairs show this pattern: %s.", c.what, signed(c.row.Weight), signed(c.row.Weight+m.PriorBits()),
				likely(c.row.Probability), upper(p.said(float64(c.row.Pairs))), p.pattern(m, *c.row)),
			measure: fmt.Sprintf("Match weight of the pattern by comparison, bits, from the prior. %s pairs; probability %s", upper(p.said(float64(c.row.Pairs))), likely(c.row.Probability)),
			who:     "Pairs with this pattern: " + p.name(kind), figure: w, read: c.read})
	}
}

// foldRows is from how many rows on a table of thresholds is closed at first.
const foldRows = 16

// thresholds shows precision and recall along the threshold, as expected and as known.
func (p *page) thresholds() {
	for _, t := range p.r.Thresholds {
		if len(t.Rows) == 0 {
			continue
		}
		if len(p.r.Thresholds) > 1 {
			p.heading("Pairs: " + p.name(t.Kind))
		}
		rows := slices.Clone(t.Rows)
		slices.SortStableFunc(rows, func(a, b linkage.ThresholdRow) int { return cmp.Compare(a.Weight, b.Weight) })
		rows = slices.CompactFunc(rows, func(a, b linkage.ThresholdRow) bool { return a.Weight == b.Weight })
		rows = slices.DeleteFunc(rows, func(x linkage.ThresholdRow) bool { return !finite(x.Weight) })
		if len(rows) == 0 {
			continue
		}
		p.say("Chosen: %s bits%s.", bits.String(known(t.Chosen)), map[bool]string{true: ", since " + strings.TrimSuffix(t.Why, "."), false: ""}[t.Why != ""])
		at := atThreshold(rows, t.Chosen)
		line := func(name string, of func(linkage.ThresholdRow) float64) report.Series {
			s := report.Series{Name: name}
			for _, x := range rows {
				s.Values = append(s.Values, share(of(x)))
			}
			return s
		}
		figure := report.Traces{X: "Threshold, match weight in bits", Y: "Per cent", XFormat: bits, Format: sure, Series: []report.Series{
			line("Precision", func(x linkage.ThresholdRow) float64 { return x.Precision }), line("Recall", func(x linkage.ThresholdRow) float64 { return x.Recall }),
			line("F1", func(x linkage.ThresholdRow) float64 { return x.F1 })}}
		if finite(t.Chosen) {
			figure.Marks = []report.Mark{{At: t.Chosen, Name: "chosen " + bits.String(report.Shown(t.Chosen))}}
		}
		for _, x := range rows {
			figure.At = append(figure.At, x.Weight)
		}
		p.draw(picture{finding: fmt.Sprintf("At %s bits: %s precision, %s recall expected", bits.String(known(t.Chosen)), almost(at.Precision), almost(at.Recall)),
			plain:   "Precision and recall by threshold" + several(len(p.r.Thresholds), p.name(t.Kind)),
			message: fmt.Sprintf("Expected precision, recall and F1 by threshold. At the chosen one they are %s, %s and %s.", almost(at.Precision), almost(at.Recall), almost(at.F1)),
			measure: "Precision, recall and F1 that the model expects when pairs of at least this weight are joined, before cannot-links", who: "Pairs that were compared: " + p.name(t.Kind), figure: figure,
			read: "Moving the line right makes links surer and loses some. Where the lines are flat around it the choice hardly matters; where they are steep, look at the headline figures at three thresholds.",
			note: "The model counts only pairs that were compared: what blocking never brought together is not in its recall."})
		p.againstTruth(t, rows, figure)
		table := report.Table{Caption: "Thresholds" + several(len(p.r.Thresholds), p.name(t.Kind)), Head: []string{"Weight, bits", "", "Probability", "Links", "Precision expected", "Recall expected", "F1 expected"}}
		truth := slices.ContainsFunc(rows, func(x linkage.ThresholdRow) bool {
			return x.TruePrecision != nil || x.TrueRecall != nil || x.TrueF1 != nil
		})
		if truth {
			table.Head = append(table.Head, "Precision known", "Recall known", "F1 known")
		}
		for _, x := range rows {
			mark := ""
			if x.Weight == at.Weight {
				mark = "chosen"
			}
			line := []report.Cell{report.Words(bits.String(report.Shown(x.Weight))), report.Words(mark), number(x.Probability, decimals), p.counts(float64(x.Links)),
				report.Number(share(x.Precision), sure), report.Number(share(x.Recall), sure), report.Number(share(x.F1), sure)}
			if truth {
				for _, v := range []*float64{x.TruePrecision, x.TrueRecall, x.TrueF1} {
					line = append(line, report.Number(optional(v), sure))
				}
			}
			table.Rows = append(table.Rows, line)
		}
		words := ""
		if len(rows) >= foldRows {
			words = fmt.Sprintf("All %d thresholds", len(rows))
		}
		p.fold(words, table)
	}
	if len(p.r.Thresholds) > 0 && !p.hasTruth() {
		p.say("The truth is not known for these pairs, so precision and recall are what the model expects of itself.")
	}
}

func optional(f *float64) report.Value {
	if f == nil {
		return report.Hidden("x")
	}
	return share(*f)
}

// atThreshold is the row of a threshold: the last whose weight is not above it, or the first.
func atThreshold(rows []linkage.ThresholdRow, at float64) linkage.ThresholdRow {
	best := rows[0]
	for _, x := range rows {
		if x.Weight <= at+1e-9 {
			best = x
		}
	}
	return best
}

// againstTruth draws expected beside known precision and recall.
func (p *page) againstTruth(t linkage.ThresholdTable, rows []linkage.ThresholdRow, like report.Traces) {
	prec, rec := report.Series{Name: "Precision known"}, report.Series{Name: "Recall known"}
	any := false
	for _, x := range rows {
		any = any || x.TruePrecision != nil && x.TrueRecall != nil
		prec.Values, rec.Values = append(prec.Values, optional(x.TruePrecision)), append(rec.Values, optional(x.TrueRecall))
	}
	if !any {
		return
	}
	expected := []report.Series{like.Series[0], like.Series[1]}
	expected[0].Name, expected[1].Name = "Precision expected", "Recall expected"
	like.Series = []report.Series{expected[0], prec, expected[1], rec}
	at := atThreshold(rows, t.Chosen)
	finding := ""
	if at.TruePrecision != nil {
		finding = fmt.Sprintf("Precision at the threshold: %s known, %s expected", almost(*at.TruePrecision), almost(at.Precision))
	}
	p.draw(picture{finding: finding, plain: "Expected and known precision and recall",
		message: fmt.Sprintf("Expected and known precision and recall by threshold. At the chosen one, %s and %s are known, %s and %s expected.", sure.String(optional(at.TruePrecision)), sure.String(optional(at.TrueRecall)), sure.String(share(at.Precision)), sure.String(share(at.Recall))),
		measure: "Precision and recall by threshold, as the model expects them and as they are", who: "Pairs that were compared: " + p.name(t.Kind), figure: like,
		read: "Where the known line lies below the expected one, the model is too sure of itself; most often because twins and siblings agree on several things at once."})
}

// hasTruth reports whether anything on the page was checked against known truth.
func (p *page) hasTruth() bool {
	if len(p.table["evaluation"]) > 0 {
		return true
	}
	for _, t := range p.r.Thresholds {
		for _, x := range t.Rows {
			if x.TruePrecision != nil {
				return true
			}
		}
	}
	return false
}
