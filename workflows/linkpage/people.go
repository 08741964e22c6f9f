package linkpage

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"throughline/linkage"
	"throughline/pipeline/report"
)

// truth shows precision and recall where it is known who is who.
func (p *page) truth() {
	type scores struct {
		right, wrong, missed             float64
		rightShown, wrongShown, missShow report.Value
	}
	rows := p.section("evaluation")
	var items, groups []string
	counts, share := map[[2]string]*scores{}, map[[2]string]*[2]float64{}
	var rest []linkage.QualityRow
	for _, x := range rows {
		what, figure, ok := strings.Cut(x.Item, ": ")
		k := [2]string{what, x.Subgroup}
		if !ok || !slices.Contains([]string{"precision", "recall", "right", "false", "missed"}, figure) {
			rest = append(rest, x)
			continue
		}
		if !slices.Contains(items, what) {
			items = append(items, what)
		}
		if !slices.Contains(groups, x.Subgroup) {
			groups = append(groups, x.Subgroup)
		}
		if counts[k] == nil {
			none := report.Hidden("x")
			counts[k], share[k] = &scores{math.NaN(), math.NaN(), math.NaN(), none, none, none}, &[2]float64{math.NaN(), math.NaN()}
		}
		switch figure {
		case "precision":
			share[k][0] = x.Value
		case "recall":
			share[k][1] = x.Value
		case "right":
			counts[k].right, counts[k].rightShown = x.Value, p.countOf(x)
		case "false":
			counts[k].wrong, counts[k].wrongShown = x.Value, p.countOf(x)
		case "missed":
			counts[k].missed, counts[k].missShow = x.Value, p.countOf(x)
		}
	}
	for _, what := range items {
		figure := report.Forest{X: "Who", Y: "Per cent", Format: sure, Series: []report.Estimates{{Name: "Precision"}, {Name: "Recall"}}}
		t := &report.Table{Head: []string{"Group", "Who", "Right", "False", "Missed", "Precision", "Interval from", "Interval to", "Recall", "Interval from", "Interval to"}}
		lowest, lowestWho := math.Inf(1), ""
		for _, g := range groups {
			k := [2]string{what, g}
			if share[k] == nil {
				continue
			}
			dimension, group, ok := strings.Cut(g, ": ")
			if !ok {
				dimension, group = "", cmp.Or(g, "all")
			}
			figure.Groups, figure.Axis = append(figure.Groups, upper(dimension)), append(figure.Axis, p.name(group))
			n := counts[k]
			line := []report.Cell{report.Words(upper(dimension)), report.Words(p.name(group)), report.Number(n.rightShown, report.Format{}), report.Number(n.wrongShown, report.Format{}), report.Number(n.missShow, report.Format{})}
			for i, of := range []float64{n.right + n.wrong, n.right + n.missed} {
				v, low, high := known(share[k][i]*100), report.Hidden("x"), report.Hidden("x")
				if finite(of) {
					l, h := wilson(n.right, of)
					low, high = known(l*100), known(h*100)
				}
				if of == 0 {
					v, low, high = report.Hidden("z"), report.Hidden("z"), report.Hidden("z")
				}
				if slices.Contains([]string{n.rightShown.Symbol, []report.Value{n.wrongShown, n.missShow}[i].Symbol}, "c") {
					v, low, high = report.Hidden("c"), report.Hidden("c"), report.Hidden("c")
				}
				e := &figure.Series[i]
				e.Values, e.Low, e.High = append(e.Values, v), append(e.Low, low), append(e.High, high)
				line = append(line, report.Number(v, sure), report.Number(low, sure), report.Number(high, sure))
				if i == 1 && v.Symbol == "" && v.N < lowest && g != "" {
					lowest, lowestWho = v.N, strings.ReplaceAll(g, "_", " ")
				}
			}
			t.Rows = append(t.Rows, line)
		}
		label := map[string]string{"pairs": "links between returns", "whole children": "whole children"}[what]
		if label == "" {
			label = "links to " + p.name(what)
		}
		finding := ""
		if all := share[[2]string{what, ""}]; all != nil {
			n := counts[[2]string{what, ""}]
			if p.fewApart(n.right, n.wrong) || p.fewApart(n.right, n.missed) {
				finding = fmt.Sprintf("%s: too few to say how many are right", upper(label))
			} else {
				finding = fmt.Sprintf("%s: %s right, %s found", upper(label), almost(all[0]), almost(all[1]))
			}
			if lowestWho != "" && all[1]*100-lowest > 5 {
				p.care("truth", "%s: only %s of true ones were found for %s, against %s of all.", upper(label), percent.String(report.Shown(lowest)), lowestWho, percent.String(known(all[1]*100)))
			}
		}
		p.draw(picture{finding: finding, plain: "Precision and recall against known truth", message: strings.TrimPrefix(finding+". ", ". ") + "Precision and recall against known truth, with subgroups.",
			measure: "Precision: share of links that are right. Recall: share of true links that were made. With 95% intervals (Wilson)", who: upper(label) + ", where it is known who is who", figure: figure, table: t,
			read: "Dots are precision, squares recall; the axis doesn't start at 0. A short line is a large group. A group whose recall lies left of the others is missing from figures on linked children."})
	}
	p.long("Other checks against known truth", rest)
	if len(rows) == 0 && p.hasTruth() {
		p.say("Known precision and recall stand under Thresholds; by subgroup none are given.")
	}
}

// tooDifferent is from where on a standardised difference is taken as one that matters, either way.
//
// Source: Austin, Balance diagnostics for comparing the distribution of baseline covariates (Statistics in Medicine 28, 2009).
const tooDifferent = 0.1

// mostMeasures is how many figures about each subgroup stand side by side.
const mostMeasures = 8

// mostGroups is how many groups of one dimension a chart shows; of more, those that lie furthest out.
const mostGroups = 12

// subgroups compares linked with unlinked records.
func (p *page) subgroups() {
	differences := estimates(withoutIntervals(p.section("std_difference")))
	if len(differences) > 0 {
		p.differences(differences)
	}
	rows := withoutIntervals(p.section("subgroup"))
	if len(keys(rows, note)) > mostMeasures {
		p.long("Linked and unlinked by subgroup", rows)
		return
	}
	for _, n := range keys(rows, note) {
		var some []linkage.QualityRow
		shares := true
		for _, x := range rows {
			if x.Note == n {
				some = append(some, x)
				shares = shares && isShare(x) && x.Value >= 0 && x.Value <= 1
			}
		}
		if es := estimates(some); shares && len(es) > 1 {
			p.linkedShare(cmp.Or(n, "share of records that are linked"), es)
		}
	}
	if len(rows) == 0 {
		return
	}
	t := report.Table{Caption: "Linked and unlinked by subgroup", Head: []string{"Dimension", "Group"}}
	line := map[[2]string]int{}
	for _, x := range rows {
		k := [2]string{x.Item, strings.TrimSuffix(strings.TrimSuffix(x.Subgroup, lowerEnd), upperEnd)}
		if _, ok := line[k]; !ok {
			line[k] = len(t.Rows)
			t.Rows = append(t.Rows, []report.Cell{report.Words(upper(p.name(k[0]))), report.Words(p.name(k[1]))})
		}
	}
	for _, n := range keys(rows, note) {
		some := slices.DeleteFunc(slices.Clone(rows), func(x linkage.QualityRow) bool { return x.Note != n })
		es := estimates(some)
		t.Head = append(t.Head, upper(cmp.Or(n, "value")))
		wide := slices.ContainsFunc(es, func(e estimate) bool { return finite(e.low) || finite(e.high) })
		if wide {
			t.Head = append(t.Head, "Interval from", "Interval to")
		}
		for i := range t.Rows {
			for len(t.Rows[i]) < len(t.Head) {
				t.Rows[i] = append(t.Rows[i], report.Number(report.Hidden("x"), report.Format{}))
			}
		}
		for _, e := range es {
			cells := t.Rows[line[[2]string{e.item, e.group}]]
			for i, v := range []float64{e.value, e.low, e.high} {
				if i == 0 || wide {
					at := len(t.Head) - 1 + i
					if wide {
						at -= 2
					}
					cells[at] = p.cell(linkage.QualityRow{Section: "subgroup", Item: e.item, Value: v, Note: n})
				}
			}
		}
	}
	words := ""
	if len(t.Rows) > 40 {
		words = fmt.Sprintf("All %d groups", len(t.Rows))
	}
	p.fold(words, t)
}

// long shows rows as they are.
func (p *page) long(caption string, rows []linkage.QualityRow) {
	t := report.Table{Caption: caption, Head: []string{"Figure", "Group", "Value", "What it counts"}}
	for _, x := range rows {
		t.Rows = append(t.Rows, []report.Cell{report.Words(upper(p.name(x.Item))), report.Words(p.name(x.Subgroup)), p.cell(x), report.Words(x.Note)})
	}
	p.show(t)
}

// furthest keeps of each dimension the groups that lie furthest from the middle, in their order; cut tells whether any was left out.
func furthest(es []estimate, middle float64) (out []estimate, cut bool) {
	of := map[string][]estimate{}
	var dimensions []string
	for _, e := range es {
		if of[e.item] == nil {
			dimensions = append(dimensions, e.item)
		}
		of[e.item] = append(of[e.item], e)
	}
	for _, d := range dimensions {
		some := of[d]
		if len(some) > mostGroups {
			cut = true
			some = slices.Clone(some)
			slices.SortStableFunc(some, func(a, b estimate) int {
				return cmp.Compare(math.Abs(b.value-middle), math.Abs(a.value-middle))
			})
			some = some[:mostGroups]
			slices.SortStableFunc(some, func(a, b estimate) int { return cmp.Compare(b.value, a.value) })
		}
		out = append(out, some...)
	}
	return out, cut
}

// forest draws estimates by dimension; times is what values are multiplied by.
func (p *page) forest(es []estimate, times float64, how report.Format, what string) report.Forest {
	f := report.Forest{X: "Who", Y: upper(what), Format: how, Series: []report.Estimates{{Name: upper(what)}}}
	e := &f.Series[0]
	intervals := slices.ContainsFunc(es, func(e estimate) bool { return finite(e.low) && finite(e.high) })
	for _, x := range es {
		f.Groups, f.Axis = append(f.Groups, upper(p.name(x.item))), append(f.Axis, cmp.Or(p.name(x.group), "all"))
		e.Values = append(e.Values, known(x.value*times))
		if intervals {
			e.Low, e.High = append(e.Low, known(x.low*times)), append(e.High, known(x.high*times))
		}
	}
	return f
}

func (p *page) differences(all []estimate) {
	var out []estimate
	for _, e := range all {
		if math.Abs(e.value) > tooDifferent {
			out = append(out, e)
		}
	}
	few, cut := furthest(all, 0)
	f := p.forest(few, 1, decimals, "standardised difference, linked less unlinked")
	f.Marks = []report.Mark{{At: 0, Name: "alike"}}
	f.Around = [2]float64{-2 * tooDifferent, 2 * tooDifferent}
	finding := fmt.Sprintf("No group differs by more than %.1f", tooDifferent)
	if len(out) > 0 {
		finding = fmt.Sprintf("%s by more than %.1f, either way", plural(len(out), "group differs", "groups differ"), tooDifferent)
		worst := slices.MaxFunc(out, func(a, b estimate) int { return cmp.Compare(math.Abs(a.value), math.Abs(b.value)) })
		more := "over"
		if worst.value < 0 {
			more = "under"
		}
		p.care("subgroups", "Linked and unlinked records are not alike: %s by more than %.1f standard deviations. The largest, %s: %s, is %s-represented among the linked by %s.",
			plural(len(out), "group differs", "groups differ"), tooDifferent, p.name(worst.item), p.name(worst.group), more, decimals.String(known(math.Abs(worst.value))))
	}
	note := ""
	if cut {
		note = fmt.Sprintf("Of dimensions with many groups, the %d that differ most are drawn; the table below has all.", mostGroups)
	}
	read := "Right of the line a group is more common among the linked than among the unlinked, left of it less. Differences beyond 0.1 either way are usually taken to matter."
	if few := f.Series[0]; few.Low == nil {
		read += " Intervals are not given."
	} else {
		read += " The lines are 95% intervals: one that crosses the middle may be chance."
	}
	p.draw(picture{finding: finding, plain: "Standardised differences between linked and unlinked", message: finding + " between linked and unlinked records, in standard deviations.",
		measure: "Standardised difference between linked and unlinked records, by group, in standard deviations", who: "Records that could have been linked", figure: f, read: read, note: note})
	if cut {
		t := report.Table{Caption: "Standardised differences, all groups", Head: []string{"Dimension", "Group", "Standardised difference", "Interval from", "Interval to"}}
		for _, e := range all {
			t.Rows = append(t.Rows, []report.Cell{report.Words(upper(p.name(e.item))), report.Words(p.name(e.group)), number(e.value, decimals), number(e.low, decimals), number(e.high, decimals)})
		}
		p.fold(fmt.Sprintf("All %d groups", len(all)), t)
	}
}

func (p *page) linkedShare(what string, es []estimate) {
	middle := 0.0
	for _, e := range es {
		middle += e.value / float64(len(es))
	}
	few, cut := furthest(es, middle)
	low := slices.MinFunc(es, func(a, b estimate) int { return cmp.Compare(a.value, b.value) })
	note := ""
	if cut {
		note = fmt.Sprintf("Of dimensions with many groups, the %d that lie furthest out are drawn; the table below has all.", mostGroups)
	}
	p.draw(picture{finding: fmt.Sprintf("Lowest: %s, %s, %s", p.name(low.item), p.name(low.group), percent.String(share(low.value))), plain: "Share linked by group",
		message: fmt.Sprintf("%s, by group. Lowest for %s, %s: %s.", upper(what), p.name(low.item), p.name(low.group), percent.String(share(low.value))),
		measure: upper(what), who: "Records that could have been linked", figure: p.forest(few, 100, percent, "per cent"), note: note,
		read: "The axis doesn't start at 0. A group further left is less well covered by everything that rests on links."})
}

// churn shows what became of ids since the snapshot before.
func (p *page) churn() {
	rows := p.section("event")
	if len(rows) == 0 {
		return
	}
	of := map[string]float64{}
	bars := report.Bars{X: "Event", Y: "Events", Series: []report.Series{{Name: "Events"}}}
	for _, x := range rows {
		of[x.Item] += x.Value
		bars.Axis = append(bars.Axis, upper(cmp.Or(p.name(x.Item), "not named")+suffix(p.name(x.Subgroup))))
		bars.Series[0].Values = append(bars.Series[0].Values, p.count(x.Value))
	}
	moved := of["merged"] + of["split"] + of["retired"]
	finding := fmt.Sprintf("%s ids merged, split or retired", upper(p.said(moved)))
	if moved == 0 {
		finding = "No id merged, split or retired"
	}
	p.draw(picture{finding: finding, plain: "Changes of ids", message: fmt.Sprintf("%s since the snapshot before; %s new ids were minted.", finding, p.said(of["minted"])),
		measure: "Changes of the spine since the parent snapshot, by kind", who: "Children and records in the spine", figure: bars,
		read: "Minted ids are new children. Attached records joined a child already known. Merged and split ids change histories that were already counted: follow the redirects before comparing with an older vintage."})
}

func suffix(s string) string {
	if s == "" {
		return ""
	}
	return ", " + s
}

// sensitivity shows headline figures at other thresholds.
func (p *page) sensitivity() {
	rows := p.section("sensitivity")
	levels := keys(rows, subgroup)
	if len(levels) == 0 {
		return
	}
	base := levels[len(levels)/2]
	for _, l := range levels {
		if strings.Contains(l, "chosen") {
			base = l
		}
	}
	g := gridOf(rows, item, subgroup)
	figure := report.Forest{X: "Figure", Y: "Change from the chosen threshold, per cent", Format: report.Format{Decimals: 2, Suffix: "%"}, Marks: []report.Mark{{At: 0, Name: p.name(base)}}, Around: [2]float64{-1, 1}}
	most, mostName := 0.0, ""
	for _, l := range levels[:min(len(levels), 4)] {
		e := report.Estimates{Name: p.name(l)}
		for _, k := range keys(rows, item) {
			v := report.Hidden("x")
			b, okB := g[[2]string{k, base}]
			x, ok := g[[2]string{k, l}]
			if ok && okB && b.Value != 0 {
				v = known(100 * (x.Value - b.Value) / math.Abs(b.Value))
			} else if ok && okB {
				v = report.Hidden("z")
			}
			if v.Symbol == "" && math.Abs(v.N) > most {
				most, mostName = math.Abs(v.N), k
			}
			e.Values = append(e.Values, v)
		}
		figure.Series = append(figure.Series, e)
	}
	for _, k := range keys(rows, item) {
		figure.Axis = append(figure.Axis, upper(p.name(k)))
	}
	finding := "Headline figures are the same at all thresholds"
	if mostName != "" {
		finding = fmt.Sprintf("Headline figures move by up to %s", percent.String(report.Shown(most)))
		if most > 2 {
			p.care("sensitivity", "The figure that depends most on the threshold is %s: it moves by up to %s.", p.name(mostName), percent.String(report.Shown(most)))
		}
	}
	if len(levels) > 1 {
		p.draw(picture{finding: finding, plain: "Headline figures by threshold", message: finding + " when the threshold is moved" + map[bool]string{true: ", most of all: " + p.name(mostName), false: ""}[mostName != ""] + ".",
			measure: "Headline figures at other thresholds, as change from the chosen one, per cent", who: "Children in the spine", figure: figure,
			read: "Where the marks of a line lie together the figure doesn't depend on the threshold, and can be quoted without a word on linkage. Where they lie apart, quote the range."})
	}
	what := map[string]string{}
	for _, x := range rows {
		what[x.Item] = x.Note
	}
	t := report.Table{Caption: "Headline figures at each threshold", Head: []string{"Figure", "What it counts"}}
	for _, l := range levels {
		t.Head = append(t.Head, upper(p.name(l)))
	}
	for _, k := range keys(rows, item) {
		line := []report.Cell{report.Words(upper(p.name(k))), report.Words(what[k])}
		for _, l := range levels {
			if x, ok := g[[2]string{k, l}]; ok {
				line = append(line, p.cell(x))
			} else {
				line = append(line, report.Number(report.Hidden("x"), report.Format{}))
			}
		}
		t.Rows = append(t.Rows, line)
	}
	p.show(t)
}

// review shows what people were asked, and what they said.
func (p *page) review() {
	r := p.r.Review
	draw := func(rows []linkage.ReviewCount, finding, plain, what, measure, read string) {
		if len(rows) == 0 {
			return
		}
		bars := report.Bars{X: what, Y: "Cases", Series: []report.Series{{Name: "Cases"}}}
		for _, x := range rows[:min(len(rows), mostBars)] {
			bars.Axis = append(bars.Axis, upper(p.name(x.Name)))
			bars.Series[0].Values = append(bars.Series[0].Values, p.count(float64(x.Count)))
		}
		p.draw(picture{finding: finding, plain: plain, measure: measure, who: "Pairs and records put up for review", figure: bars, read: read})
	}
	queued, decided := int64(0), int64(0)
	for _, x := range r.Queued {
		queued += x.Count
	}
	if n, ok := value(p.table["review"], "queued"); ok { // a case may have several reasons
		queued = int64(n)
	}
	for _, x := range r.Decided {
		decided += x.Count
	}
	draw(r.Queued, fmt.Sprintf("%s cases were queued for review", upper(p.said(float64(queued)))), "Cases queued", "Reason", "Cases queued for review, by reason",
		"A long bar may be a rule that queues too much. Cases stand in the queue once for each reason.")
	draw(r.Decided, fmt.Sprintf("%s cases were decided by people", upper(p.said(float64(decided)))), "Cases decided", "Decision", "Cases decided by people, by outcome",
		"Where people often decide against the model, it should be trained anew with what they decided.")
	if queued > 0 && decided == 0 {
		p.say("Nobody has decided a case yet: grey pairs stand as the threshold left them.")
		p.care("review", "%s cases wait for review, and none has been decided by people.", upper(p.said(float64(queued))))
	}
	if decided > 0 {
		p.say("Cases were decided by %s.", plural(r.Reviewers, "reviewer", "reviewers"))
		if r.Reviewers == 1 {
			p.care("review", "One person alone decided all reviewed cases, so how far people agree is not known.")
		}
	}
	p.long("Reviews", p.section("review"))
}
