package publish

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"throughline/pipeline/report"
)

const (
	topFindings = 20 // rules and authorities that the page lists; all of them are in finding_trend
	farBefore   = 5  // years between the latest and the far one that it is held against
	collection  = "ssda903"
)

var perThousand = report.Format{Decimals: 1}

// returns is the section about what came and what is wrong with it.
func (b *builder) returns() (report.Section, error) {
	words := b.words.Returns
	s := report.Section{ID: words.ID, Title: words.Title, Intro: words.Intro}
	trend, err := b.findings()
	if err != nil {
		return s, err
	}
	for _, id := range words.Charts {
		c, _, err := b.chart(id)
		if err != nil {
			return s, fmt.Errorf("chart %s: %w", id, err)
		}
		if c == nil {
			s.Missing = append(s.Missing, b.words.Charts[id].Measure)
			continue
		}
		t := trend.years()
		c.Table = &t
		s.Charts = append(s.Charts, *c)
	}
	rows, err := b.rows(`select dataset, year, sum(files)::bigint as files, sum(rows)::bigint as rows, sum(kept)::bigint as kept, sum(quarantined)::bigint as quarantined
		from return_quality group by all order by dataset, year`)
	if err != nil {
		return s, err
	}
	t := report.Table{Caption: "Files and rows received, by year", Head: []string{"Data", "Year", "Files", "Rows read", "Rows kept", "Rows set aside"}}
	for _, r := range rows {
		t.Rows = append(t.Rows, []report.Cell{report.Words(b.words.label(r.text("dataset"))), report.Words(r.text("year")), report.Number(r.value("files"), report.Format{}),
			report.Number(r.value("rows"), report.Format{}), report.Number(r.value("kept"), report.Format{}), report.Number(r.value("quarantined"), report.Format{})})
	}
	s.Tables = append(s.Tables, trend.rules(b.words), trend.authorities(b.words), t)
	return s, nil
}

// trend is finding_trend, by what is counted and by year.
type trend struct {
	rows []record
	at   map[string]record
	last map[string]int // year by dataset
}

func (b *builder) findings() (*trend, error) {
	rows, err := b.rows("select * from finding_trend order by dataset, year, geographic_level, area_code, module, rule, severity")
	if err != nil {
		return nil, err
	}
	t := &trend{rows: rows, at: map[string]record{}, last: map[string]int{}}
	for _, r := range rows {
		y := int(r.number("year"))
		t.at[trendKey(r, y)] = r
		t.last[r.text("dataset")] = max(y, t.last[r.text("dataset")])
	}
	return t, nil
}

func trendKey(r record, year int) string {
	return strings.Join([]string{r.text("dataset"), r.text("area_code"), r.text("module"), r.text("rule"), r.text("severity"), fmt.Sprint(year)}, "\x00")
}

// total is a sum over rules; nil when there is none.
func (t *trend) total(area, rule, severity string, year int) record {
	return t.at[trendKey(record{"dataset": collection, "area_code": area, "module": "Total", "rule": rule, "severity": severity}, year)]
}

// latest are the rows of the latest year of their dataset that keep says, those with most findings by a figure first.
func (t *trend) latest(figure string, keep func(record) bool) []record {
	var out []record
	for _, r := range t.rows {
		if int(r.number("year")) == t.last[r.text("dataset")] && r.number("findings") > 0 && keep(r) {
			out = append(out, r)
		}
	}
	slices.SortStableFunc(out, func(a, b record) int { return cmp.Compare(b.number(figure), a.number(figure)) })
	return out[:min(len(out), topFindings)]
}

// rate is findings per 1,000 rows, or why there is no such figure.
func rate(r record) report.Value {
	switch {
	case r == nil:
		return report.Hidden("x")
	case r.text("status") == "not in force" || r.text("status") == "skipped":
		return report.Hidden(r.text("status"))
	case r["rate"] != nil && r.number("rate") == 0 && r.number("findings") > 0:
		return report.Hidden("k")
	}
	return r.value("rate")
}

// mostlyHidden reports whether what is counted is for the greater part what stands for hidden counts, so that the figure says little.
func mostlyHidden(r record) bool {
	return r != nil && r["findings_high"] != nil && r.number("findings_high") > 2*r.number("findings_low")
}

// known is a rule's figure unless it mostly stands for hidden counts.
func known(r record, v report.Value) report.Value {
	if mostlyHidden(r) {
		return report.Hidden("c")
	}
	return v
}

// change says whether a rate rose or fell, where that can be said.
func (w *wording) change(from, to record) string {
	switch {
	case from == nil || from["rate"] == nil || to == nil || to["rate"] == nil:
		return ""
	case from.text("version") != to.text("version"):
		return "the rule changed"
	}
	// clear: the nearest figures that hidden counts allow are further apart than chance makes the counts behind them
	clear := func(low, high record) bool {
		chance := 1.96 * 1000 * math.Hypot(math.Sqrt(low.number("findings_high"))/low.number("rows"), math.Sqrt(high.number("findings_low"))/high.number("rows"))
		return high.number("rate_low")-low.number("rate_high") > chance
	}
	switch {
	case clear(from, to):
		return w.label("rose")
	case clear(to, from):
		return w.label("fell")
	}
	return w.label("no clear change")
}

// rules is the table of the rules found most often, each with what it found per 1,000 rows of its table.
func (t *trend) rules(w *wording) report.Table {
	out := report.Table{Caption: "Rules found most often in the latest year, England", Head: []string{"Rule", "Table", "Kind", "Findings", "Suppliers",
		"Per 1,000 rows", "A year before", fmt.Sprintf("%d years before", farBefore), "Since the year before", fmt.Sprintf("Over %d years", farBefore)}}
	for _, r := range t.latest("findings", func(r record) bool { return r.text("module") != "Total" && !mostlyHidden(r) }) {
		y := int(r.number("year"))
		before, far := t.at[trendKey(r, y-1)], t.at[trendKey(r, y-farBefore)]
		table := r.text("module")
		if d := r.text("dataset"); d != collection {
			table = w.label(d) + ": " + table
		}
		out.Rows = append(out.Rows, []report.Cell{report.Words(r.text("rule") + ": " + r.text("title")), report.Words(table),
			report.Words(w.label(r.text("kind")) + ", " + r.text("severity")), report.Number(known(r, r.value("findings")), report.Format{}), report.Number(r.value("suppliers"), report.Format{}),
			report.Number(known(r, rate(r)), perThousand), report.Number(known(before, rate(before)), perThousand), report.Number(known(far, rate(far)), perThousand), report.Words(w.change(before, r)), report.Words(w.change(far, r))})
	}
	return out
}

// authorities is the table of the authorities with most errors. A change is told by the rules that were the same in every year.
func (t *trend) authorities(w *wording) report.Table {
	out := report.Table{Caption: fmt.Sprintf("Authorities with most errors per 1,000 rows in the latest year, %s", lower(w.label(collection))), Head: []string{"Authority", "Rows read", "Errors", "Per 1,000 rows", "Warnings per 1,000",
		"Errors by the same rules", "A year before", fmt.Sprintf("%d years before", farBefore), "Since the year before", fmt.Sprintf("Over %d years", farBefore)}}
	for _, r := range t.latest("rate", func(r record) bool {
		return r.text("dataset") == collection && r.text("geographic_level") == "Local authority" && r.text("rule") == "Total" && r.text("severity") == "error"
	}) {
		y, area := int(r.number("year")), r.text("area_code")
		now, before, far := t.total(area, "Total alike", "error", y), t.total(area, "Total alike", "error", y-1), t.total(area, "Total alike", "error", y-farBefore)
		out.Rows = append(out.Rows, []report.Cell{report.Words(r.text("area_name")), report.Number(r.value("rows"), report.Format{}), report.Number(r.value("findings"), report.Format{}),
			report.Number(rate(r), perThousand), report.Number(rate(t.total(area, "Total", "warning", y)), perThousand), report.Number(rate(now), perThousand), report.Number(rate(before), perThousand),
			report.Number(rate(far), perThousand), report.Words(w.change(before, now)), report.Words(w.change(far, now))})
	}
	return out
}

// years is the table under the chart.
func (t *trend) years() report.Table {
	out := report.Table{Head: []string{"Year", "Rules of", "Rows read", "Errors", "Errors, at least", "Errors, at most", "Errors, same rules", "Warnings", "Warnings, same rules"}}
	for _, r := range t.rows {
		if r.text("dataset") != collection || r.text("geographic_level") != "National" || r.text("rule") != "Total" || r.text("severity") != "error" {
			continue
		}
		y, area := int(r.number("year")), r.text("area_code")
		out.Rows = append(out.Rows, []report.Cell{report.Words(r.text("year")), report.Words(r.text("ruleset")), report.Number(r.value("rows"), report.Format{}), report.Number(rate(r), perThousand),
			report.Number(r.value("rate_low"), perThousand), report.Number(r.value("rate_high"), perThousand), report.Number(rate(t.total(area, "Total alike", "error", y)), perThousand),
			report.Number(rate(t.total(area, "Total", "warning", y)), perThousand), report.Number(rate(t.total(area, "Total alike", "warning", y)), perThousand)})
	}
	return out
}

// findingTrend draws errors and warnings of England by year.
func findingTrend(b *builder, words chart) (report.Figure, string, facts, error) {
	t, err := b.findings()
	if err != nil {
		return nil, "", nil, err
	}
	series := []report.Series{{Name: b.words.label("all_error")}, {Name: b.words.label("alike_error")}, {Name: b.words.label("all_warning")}}
	l := report.Lines{X: march, Y: "Per 1,000 rows read", Format: perThousand}
	const area = "E92000001"
	var years []int
	for _, r := range t.rows {
		if y := int(r.number("year")); r.text("dataset") == collection && !slices.Contains(years, y) {
			years = append(years, y)
		}
	}
	if len(years) == 0 {
		return nil, "", nil, nil
	}
	first, last := years[0], years[len(years)-1]
	for i, y := range years {
		l.Axis = append(l.Axis, fmt.Sprint(y))
		all := t.total(area, "Total", "error", y)
		for k, r := range []record{all, t.total(area, "Total alike", "error", y), t.total(area, "Total", "warning", y)} {
			series[k].Values = append(series[k].Values, rate(r))
		}
		if i > 0 && int(all.number("ruleset")) == y && y > first && t.total(area, "Total", "error", first).number("ruleset") == float64(y) {
			if l.MarkName, err = say(words.Mark, facts{"ruleset": y}); err != nil {
				return nil, "", nil, err
			}
			l.Mark = i
		}
	}
	l.Series = series
	tell := func(rule, severity string, y int) string {
		return perThousand.String(rate(t.total(area, rule, severity, y)))
	}
	g := grid{axis: l.Axis}
	return l, g.span(), facts{"from": first, "year": last, "before": tell("Total alike", "error", first), "now": tell("Total alike", "error", last),
		"allBefore": tell("Total", "error", first), "all": tell("Total", "error", last), "warningsBefore": tell("Total", "warning", first), "warnings": tell("Total", "warning", last),
		"change": b.words.change(t.total(area, "Total alike", "error", first), t.total(area, "Total alike", "error", last))}, nil
}
