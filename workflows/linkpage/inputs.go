package linkpage

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"throughline/linkage"
	"throughline/pipeline/report"
)

// perChart is how many lines one chart has at most.
const perChart = 4

// rates shows the linkage rate by source and year, and the records behind it.
func (p *page) rates() {
	rows, sizes := p.section("linkage_rate"), p.section("records")
	var years []string
	for _, x := range append(slices.Clone(rows), sizes...) {
		if !slices.Contains(years, x.Subgroup) {
			years = append(years, x.Subgroup)
		}
	}
	slices.Sort(years)
	g, counted := gridOf(rows, item, subgroup), gridOf(sizes, item, subgroup)
	for _, n := range keys(rows, note) { // sources whose rate is of the same kind share a chart
		var sources []string
		for _, x := range rows {
			if x.Note == n && !slices.Contains(sources, x.Item) {
				sources = append(sources, x.Item)
			}
		}
		for _, few := range chunks(sources, perChart) {
			lines := report.Lines{Axis: years, X: "Year", Y: "Per cent of the year's records", Format: percent}
			lowest, lowestName := math.Inf(1), ""
			for _, s := range few {
				line := report.Series{Name: p.name(s)}
				for _, y := range years {
					v := report.Hidden("x")
					if x, ok := g[[2]string{s, y}]; ok {
						v = p.rate(x, counted)
						if v.Symbol == "" && v.N < lowest {
							lowest, lowestName = v.N, p.name(s)+" in "+y
						}
					}
					line.Values = append(line.Values, v)
				}
				lines.Series = append(lines.Series, line)
			}
			finding, message := "", ""
			if lowestName != "" {
				finding = fmt.Sprintf("Lowest linkage rate: %s, %s", lowestName, percent.String(report.Shown(lowest)))
				message = fmt.Sprintf("Linkage rate by year for %s. The lowest is %s, %s.", list(p.names(few)), percent.String(report.Shown(lowest)), lowestName)
			}
			who := "Distinct records in each year's deliveries"
			read := "A line that drops in one year points to a delivery that lacks an identifier: look at that year under Identifiers. A rate below 100% is no fault where a source also holds children who were never in care."
			if len(few) == 1 {
				who += " of " + p.name(few[0])
			}
			if slices.Contains(few, p.spine) {
				read = "A child with one record in the returns and none elsewhere counts as not linked, rightly. The line says how much the spine holds together, not how many links are missing."
			}
			p.draw(picture{finding: finding, plain: "Linkage rate by source and year", message: message, measure: upper(cmp.Or(n, "share of records that are linked")), who: who, figure: lines, read: read})
		}
	}
	t := report.Table{Caption: "Records by source and year", Head: append([]string{"Source"}, years...)}
	for _, s := range keys(sizes, item) {
		line := p.words(s)
		for _, y := range years {
			if x, ok := counted[[2]string{s, y}]; ok {
				line = append(line, report.Number(p.countOf(x), report.Format{}))
			} else {
				line = append(line, report.Number(report.Hidden("z"), report.Format{}))
			}
		}
		t.Rows = append(t.Rows, line)
	}
	p.show(t)
}

// rate is a share of a year's records that are linked, as it may be shown beside how many they are.
func (p *page) rate(x linkage.QualityRow, counted grid) report.Value {
	n, ok := counted[[2]string{x.Item, x.Subgroup}]
	if ok && (p.closed[nameOf(n)] || p.fewApart(x.Value*n.Value, (1-x.Value)*n.Value)) {
		return report.Hidden("c")
	}
	return share(x.Value)
}

func (p *page) names(codes []string) []string {
	out := make([]string, len(codes))
	for i, c := range codes {
		out[i] = p.name(c)
	}
	return out
}

func chunks(s []string, n int) (out [][]string) {
	for c := range slices.Chunk(s, n) {
		out = append(out, c)
	}
	return out
}

// weak are identifiers of which a high share is no good sign: they stand in last columns, unshaded.
var weak = []string{"temporary UPN", "date of birth that may stand for another"}

// Limits of completeness, per cent: below them a cell is shaded, darker the lower.
var completeCuts = []float64{95, 80, 50}

// worstShown is how many authorities stand in the short table.
const worstShown = 10

// identifiers shows completeness, and validity where it is given, by year and authority.
func (p *page) identifiers() {
	for _, section := range []string{"completeness", "validity"} {
		rows := p.section(section)
		of := map[string]map[string][]linkage.QualityRow{} // by source, then identifier
		var sources []string
		for _, x := range rows {
			source, what, ok := strings.Cut(x.Item, ": ")
			if !ok {
				source, what = "", x.Item
			}
			if of[source] == nil {
				of[source] = map[string][]linkage.QualityRow{}
				sources = append(sources, source)
			}
			x.Item = what
			of[source][what] = append(of[source][what], x)
		}
		slices.SortStableFunc(sources, func(a, b string) int { // the returns first
			return cmp.Compare(b2i(a != p.spine), b2i(b != p.spine))
		})
		for _, s := range sources {
			p.identifiersOf(section, s, identifierNames(rows, s), of[s])
		}
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// identifierNames are those of a source, in the order of the rows, weak ones last; such as nobody in the source has are left out.
func identifierNames(rows []linkage.QualityRow, source string) (out []string) {
	var last []string
	some := map[string]bool{}
	for _, x := range rows {
		if s, what, ok := strings.Cut(x.Item, ": "); ok && s == source || !ok && source == "" {
			if !ok {
				what = x.Item
			}
			some[what] = some[what] || x.Value > 0
		}
	}
	for _, x := range rows {
		_, what, ok := strings.Cut(x.Item, ": ")
		if !ok {
			what = x.Item
		}
		switch {
		case !some[what] || slices.Contains(out, what) || slices.Contains(last, what):
		case slices.Contains(weak, what):
			last = append(last, what)
		default:
			out = append(out, what)
		}
	}
	return append(out, last...)
}

func (p *page) identifiersOf(section, source string, names []string, of map[string][]linkage.QualityRow) {
	years, holders := map[string]bool{}, map[string]bool{}
	g := map[[2]string]float64{}
	for _, rows := range of {
		for _, x := range rows {
			g[[2]string{x.Subgroup, x.Item}] = x.Value
			if isYear(x.Subgroup) {
				years[x.Subgroup] = true
			} else {
				holders[x.Subgroup] = true
			}
		}
	}
	strong := slices.DeleteFunc(slices.Clone(names), func(s string) bool { return slices.Contains(weak, s) })
	ys := slices.Sorted(maps.Keys(years))
	label := p.name(source)
	if label == "" {
		label = "all sources"
	}
	p.heading(upper(label) + map[string]string{"validity": ": validity"}[section])
	if source == p.spine && len(ys) > 1 && len(strong) > 0 {
		p.leastComplete(section, ys, strong, g)
	}
	t := p.heat(fmt.Sprintf("%s by year, %s", upper(section), label), "Year", ys, names, len(strong), g)
	p.show(t)
	hs := slices.Sorted(maps.Keys(holders))
	if len(hs) == 0 {
		return
	}
	mean := func(h string) float64 {
		sum := 0.0
		for _, s := range strong {
			sum += g[[2]string{h, s}]
		}
		return sum / float64(max(len(strong), 1))
	}
	caption := fmt.Sprintf("%s by authority, %s", upper(section), label)
	if len(hs) <= worstShown {
		p.show(p.heat(caption, "Authority", hs, names, len(strong), g))
		return
	}
	worst := slices.Clone(hs)
	slices.SortStableFunc(worst, func(a, b string) int { return cmp.Compare(mean(a), mean(b)) })
	p.show(p.heat(fmt.Sprintf("%s: the %d lowest by the mean of their identifiers", caption, worstShown), "Authority", worst[:worstShown], names, len(strong), g))
	p.fold(fmt.Sprintf("All %d authorities", len(hs)), p.heat(caption+": all", "Authority", hs, names, len(strong), g))
}

// leastComplete draws the identifiers that are least complete in the last year.
func (p *page) leastComplete(section string, years, strong []string, g map[[2]string]float64) {
	last := years[len(years)-1]
	few := slices.Clone(strong)
	slices.SortStableFunc(few, func(a, b string) int { return cmp.Compare(g[[2]string{last, a}], g[[2]string{last, b}]) })
	few = few[:min(len(few), perChart)]
	lines := report.Lines{Axis: years, X: "Year", Y: "Per cent of identity rows", Format: percent}
	for _, s := range few {
		line := report.Series{Name: s}
		for _, y := range years {
			v := report.Hidden("x")
			if x, ok := g[[2]string{y, s}]; ok {
				v = share(x)
			}
			line.Values = append(line.Values, v)
		}
		lines.Series = append(lines.Series, line)
	}
	lowest := percent.String(share(g[[2]string{last, few[0]}]))
	p.draw(picture{finding: fmt.Sprintf("Least complete in %s: %s, %s", last, few[0], lowest), plain: "The least complete identifiers by year",
		message: fmt.Sprintf("%s of the %s least complete identifiers of the returns, %s to %s. In %s, %s is there in %s of rows.", upper(section), plural(len(few), "one", "ones"), years[0], last, last, few[0], lowest),
		measure: "Share of identity rows of the returns with the identifier; the least complete of all, by the last year", who: "Children in the returns, one row a return", figure: lines,
		read: "Where an identifier is missing, passes that need it find nothing, and the rest must carry the link. A sudden change is a change of a system or a form more often than of children."})
}

// heat is a table of shares with a line for each key.
func (p *page) heat(caption, head string, lines, columns []string, strong int, g map[[2]string]float64) report.Table {
	t := report.Table{Caption: caption, Head: []string{head}, Cuts: completeCuts, CutColumns: strong}
	for _, c := range columns {
		t.Head = append(t.Head, upper(c))
	}
	if strong == 0 {
		t.Cuts = nil
	}
	for _, l := range lines {
		row := p.words(l)
		for _, c := range columns {
			if v, ok := g[[2]string{l, c}]; ok {
				row = append(row, report.Number(share(v), percent))
			} else {
				row = append(row, report.Number(report.Hidden("x"), percent))
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// mostBars is how many bars one chart has; what is left out stands in the table.
const mostBars = 24

// rejected shows what was set aside, by reason.
func (p *page) rejected() {
	rows := p.section("rejected")
	sum := map[string]float64{}
	for _, x := range rows {
		sum[x.Item] += x.Value
	}
	reasons := keys(rows, item)
	slices.SortStableFunc(reasons, func(a, b string) int { return cmp.Compare(sum[b], sum[a]) })
	if len(reasons) == 0 {
		return
	}
	if len(reasons) > 1 {
		few := reasons[:min(len(reasons), mostBars)]
		bars := report.Bars{X: "Reason", Y: "Records or rows", Series: []report.Series{{Name: "Records or rows"}}}
		for _, s := range few {
			bars.Axis = append(bars.Axis, p.name(s))
			bars.Series[0].Values = append(bars.Series[0].Values, p.count(sum[s]))
		}
		p.draw(picture{finding: fmt.Sprintf("Most often rejected: %s", p.name(reasons[0])), plain: "What was rejected, by reason",
			message: fmt.Sprintf("%s records or rows were rejected as: %s.", p.said(sum[reasons[0]]), p.name(reasons[0])),
			measure: "Records or rows that could not be used, by reason", who: "All records and rows that arrived", figure: bars,
			read: "Long bars are where a question to the sender is worth most."})
	}
	t := report.Table{Caption: "Rejected input", Head: []string{"Reason", "Pass or table", "Records or rows", "What it counts"}}
	for _, x := range rows {
		t.Rows = append(t.Rows, []report.Cell{report.Words(p.name(x.Item)), report.Words(p.name(x.Subgroup)), p.counts(x.Value), report.Words(x.Note)})
	}
	p.show(t)
}
