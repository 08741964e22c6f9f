package publish

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"throughline/pipeline/report"
)

// drawings draw the charts of charts.yaml from publication.duckdb: the figure, the time it covers, and facts for its words. A nil
// figure says that there are no data.
var drawings = map[string]func(*builder, chart) (report.Figure, string, facts, error){
	"stock-flow": stockFlow, "placement-mix": placementMix, "placement-moves": placementMoves, "exits": exits, "reentry": reentry,
	"regions": regions, "sdq-years": sdqYears, "sdq-bands": sdqBands, "sdq-contact": sdqContact, "sdq-received": sdqReceived,
	"wellbeing-sdq": wellbeing, "life-satisfaction": lifeSatisfaction, "attendance": attendance, "leavers": leavers, "finding-trend": findingTrend,
}

const march = "Year ending 31 March"

// grid is values by place on the axis and by part, both in a fixed order.
type grid struct {
	axis  []string
	parts []string
	at    map[[2]string]report.Value
}

// makeGrid lays rows out. The axis is in order of the rows; parts not among those named are an error of the query, not of the data.
func makeGrid(rows []record, axis, part, value string, parts ...string) grid {
	g := grid{parts: parts, at: map[[2]string]report.Value{}}
	for _, r := range rows {
		a, p := r.text(axis), r.text(part)
		if !slices.Contains(g.axis, a) {
			g.axis = append(g.axis, a)
		}
		g.at[[2]string{a, p}] = r.value(value)
	}
	return g
}

// get is a value; a part that a place hasn't got is nobody.
func (g grid) get(axis, part string) report.Value { return g.at[[2]string{axis, part}] }

func (g grid) first() string { return g.axis[0] }
func (g grid) last() string  { return g.axis[len(g.axis)-1] }

// span is the time that an axis of years covers.
func (g grid) span() string {
	if g.first() == g.last() {
		return "Year ending 31 March " + g.last()
	}
	return "Years ending 31 March " + g.first() + " to " + g.last()
}

func (g grid) series(w *wording) []report.Series {
	var out []report.Series
	for _, p := range g.parts {
		s := report.Series{Name: w.label(p)}
		for _, a := range g.axis {
			s.Values = append(s.Values, g.get(a, p))
		}
		out = append(out, s)
	}
	return out
}

// tell writes a value without its unit.
func tell(v report.Value) string { return report.Format{}.String(v) }

// tenth writes a value with one decimal unless that is 0.
func tenth(v report.Value) string {
	if v.Symbol == "" && v.N == math.Trunc(v.N) {
		return tell(v)
	}
	return report.Format{Decimals: 1}.String(v)
}

// moved says which way a value went.
func moved(from, to report.Value) string {
	switch {
	case from.Symbol != "" || to.Symbol != "" || from.N == to.N:
		return "stayed"
	case to.N > from.N:
		return "rose"
	}
	return "fell"
}

func stockFlow(b *builder, _ chart) (report.Figure, string, facts, error) {
	rows, err := b.rows("select * from chart_stock_flow order by year, measure")
	if err != nil || len(rows) == 0 {
		return nil, "", nil, err
	}
	g := makeGrid(rows, "year", "measure", "n", "looked_after", "started", "ceased")
	from, to := g.get(g.first(), "looked_after"), g.get(g.last(), "looked_after")
	return report.Lines{Axis: g.axis, X: march, Y: "Children", Series: g.series(b.words)}, g.span(), facts{
		"verb": moved(from, to), "stock": tell(to), "before": tell(from), "year": g.last(), "from": g.first(),
		"started": tell(g.get(g.last(), "started")), "ceased": tell(g.get(g.last(), "ceased")),
	}, nil
}

// shares draws parts of a whole by year.
func (b *builder) shares(query, part, y string, ordered bool, parts ...string) (report.Figure, grid, error) {
	rows, err := b.rows(query)
	if err != nil || len(rows) == 0 {
		return nil, grid{}, err
	}
	g := makeGrid(rows, "year", part, "share", parts...)
	return report.Stacked{Axis: g.axis, X: march, Y: y, Format: report.Percent, Ordered: ordered, Series: g.series(b.words)}, g, nil
}

func placementMix(b *builder, _ chart) (report.Figure, string, facts, error) {
	f, g, err := b.shares("select * from chart_placement_mix where level = 'group' order by year, placement", "placement", "Share of children in care", false,
		"foster", "residential", "independent", "other")
	if err != nil || f == nil {
		return nil, "", nil, err
	}
	return f, g.span(), facts{"year": g.last(), "from": g.first(), "share": tell(g.get(g.last(), "foster")), "before": tell(g.get(g.first(), "foster")),
		"residential": tell(g.get(g.last(), "residential")), "residentialBefore": tell(g.get(g.first(), "residential"))}, nil
}

func placementMoves(b *builder, _ chart) (report.Figure, string, facts, error) {
	f, g, err := b.shares("select * from chart_placement_moves order by year, placements", "placements", "Share of children in care", true, "3 or more", "2", "1")
	if err != nil || f == nil {
		return nil, "", nil, err
	}
	return f, g.span(), facts{"year": g.last(), "from": g.first(), "share": tell(g.get(g.last(), "3 or more")), "before": tell(g.get(g.first(), "3 or more")), "one": tell(g.get(g.last(), "1"))}, nil
}

func sdqBands(b *builder, _ chart) (report.Figure, string, facts, error) {
	f, g, err := b.shares("select * from chart_sdq_bands order by year, band", "band", "Share of scores", true, "concern", "borderline", "normal")
	if err != nil || f == nil {
		return nil, "", nil, err
	}
	return f, g.span(), facts{"year": g.last(), "from": g.first(), "share": tell(g.get(g.last(), "concern")), "before": tell(g.get(g.first(), "concern")),
		"borderline": tell(g.get(g.last(), "borderline")), "normal": tell(g.get(g.last(), "normal"))}, nil
}

func lifeSatisfaction(b *builder, _ chart) (report.Figure, string, facts, error) {
	f, g, err := b.shares("select * from chart_life_satisfaction order by year, band", "band", "Share of answers", false, "low", "medium", "high", "very_high")
	if err != nil || f == nil {
		return nil, "", nil, err
	}
	return f, g.span(), facts{"year": g.last(), "low": tell(g.get(g.last(), "low")), "veryHigh": tell(g.get(g.last(), "very_high"))}, nil
}

// curves draws incidence by month since an event, a curve a way out. A way that nobody took is left out.
func (b *builder) curves(query, x, y string, stacked bool, ways ...string) (*report.Curves, grid, error) {
	rows, err := b.rows(query)
	if err != nil || len(rows) == 0 {
		return nil, grid{}, err
	}
	slices.SortStableFunc(rows, func(a, b record) int { return int(a.number("months") - b.number("months")) })
	ways = slices.DeleteFunc(slices.Clone(ways), func(w string) bool { // a copy: the caller tells of each of them
		return !slices.ContainsFunc(rows, func(r record) bool { return r.text("way_out") == w })
	})
	c := &report.Curves{X: x, Y: y, Format: report.Percent, Stacked: stacked}
	g, risk := makeGrid(rows, "months", "way_out", "incidence", ways...), makeGrid(rows, "months", "way_out", "at_risk", ways...)
	for _, m := range g.axis {
		var n float64
		if _, err := fmt.Sscan(m, &n); err != nil {
			return nil, g, err
		}
		c.Times = append(c.Times, n)
		for _, w := range ways {
			at := [2]string{m, w}
			if _, ok := g.at[at]; !ok { // the curve has stopped
				g.at[at], risk.at[at] = report.Hidden("c"), report.Hidden("c")
			}
			if g.at[at].Symbol == "k" { // more than nothing that would show as 0 is drawn as 0
				g.at[at] = report.Shown(0)
			}
		}
	}
	c.Series, c.AtRisk = g.series(b.words), risk.series(b.words)
	return c, g, nil
}

// shows reports whether a place has a number for a part.
func (g grid) shows(axis, part string) bool {
	v, ok := g.at[[2]string{axis, part}]
	return ok && v.Symbol == ""
}

// end is a curve's last value, and the month it stands at.
func (g grid) end(way string) (report.Value, string) {
	for _, m := range slices.Backward(g.axis) {
		if v, ok := g.at[[2]string{m, way}]; ok && v.Symbol == "" {
			return v, m
		}
	}
	return report.Hidden("x"), g.last()
}

func exits(b *builder, _ chart) (report.Figure, string, facts, error) {
	ways := []string{"home", "adoption", "guardianship", "other"}
	c, g, err := b.curves("select * from chart_exits_incidence where level = 'group' order by months, way_out", "Months since the child came into care", "Share of children", true, ways...)
	if err != nil || c == nil {
		return nil, "", nil, err
	}
	c.AtRisk = c.AtRisk[:1] // the same for all ways out
	c.AtRisk[0].Name = "Still in care and in view"
	f := facts{"months": g.last()}
	for _, w := range ways {
		f[w] = "0"
		if v, _ := g.end(w); v.Symbol == "" {
			f[w] = tell(v)
		}
	}
	return *c, b.covered(), f, nil
}

func reentry(b *builder, _ chart) (report.Figure, string, facts, error) {
	c, g, err := b.curves("select * from chart_reentry order by months, way_out", "Months since leaving care", "Share back in care", false, "home_planned", "home_unplanned", "special_guardianship")
	if err != nil || c == nil {
		return nil, "", nil, err
	}
	unplanned, months := g.end("home_unplanned")
	if !slices.Contains(g.axis, "12") {
		return nil, "", nil, nil // nobody is followed for a year
	}
	if !g.shows("12", "home_unplanned") {
		unplanned = report.Hidden("c")
	}
	f := facts{"unplanned": tell(unplanned), "months": months}
	for name, way := range map[string]string{"planned": "home_planned", "guardian": "special_guardianship"} {
		f[name] = tell(g.at[[2]string{months, way}])
	}
	return *c, b.covered(), f, nil
}

// covered is the years of the vintage, for charts that lay them together.
func (b *builder) covered() string {
	rows, err := b.rows("select first_year, last_year from vintage")
	if err != nil || len(rows) == 0 {
		return "All years"
	}
	return "Years ending 31 March " + rows[0].text("first_year") + " to " + rows[0].text("last_year")
}

// latest is one indicator in its latest year, at some levels, with a value.
func (b *builder) latest(id, levels string) ([]record, error) {
	return b.rows("select area_name, geographic_level, time_period, value, symbol from framework where indicator_id = '" + id + "' and measure = '' and value is not null and geographic_level in (" + levels +
		") and time_period = (select max(time_period) from framework where indicator_id = '" + id + "' and measure = '') order by geographic_level, value desc, area_name")
}

func regions(b *builder, words chart) (report.Figure, string, facts, error) {
	rows, err := b.latest(words.Indicator, "'National', 'Regional'")
	if err != nil || len(rows) < 3 || rows[0].text("geographic_level") != "National" {
		return nil, "", nil, err
	}
	d := report.Dots{X: "Region", Y: words.Measure, Format: report.Percent}
	for _, r := range rows {
		d.Axis = append(d.Axis, r.text("area_name"))
		d.Values = append(d.Values, r.value("value"))
	}
	n := len(rows) - 1
	return d, march + " " + rows[0].text("time_period"), facts{"highest": d.Axis[1], "high": tell(d.Values[1]), "lowest": d.Axis[n], "low": tell(d.Values[n]), "england": tell(d.Values[0])}, nil
}

func sdqReceived(b *builder, words chart) (report.Figure, string, facts, error) {
	rows, err := b.latest(words.Indicator, "'Local authority'")
	if err != nil || len(rows) < 3 {
		return nil, "", nil, err
	}
	high, low := rows[0].value("value").N, rows[len(rows)-1].value("value").N
	const step = 5
	h := report.Histogram{X: "Per cent with a score", Y: "Authorities"}
	most := 0.0
	for from := math.Floor(low/step) * step; from <= high; from += step {
		n := 0.0
		for _, r := range rows {
			if v := r.value("value").N; v >= from && v < from+step {
				n++
			}
		}
		h.Classes = append(h.Classes, fmt.Sprintf("%.0f-%.0f", from, from+step-1))
		h.Counts = append(h.Counts, report.Shown(n))
		most = max(most, n)
	}
	year := rows[0].text("time_period")
	return h, march + " " + year, facts{"low": low, "high": high, "n": len(rows), "most": most, "year": year}, nil
}

func sdqYears(b *builder, words chart) (report.Figure, string, facts, error) {
	rows, err := b.rows("select * from chart_sdq_by_years_in_care order by years_in_care")
	if err != nil {
		return nil, "", nil, err
	}
	r := report.Ribbon{X: "Whole years in care", Y: "SDQ score", Format: report.Format{Decimals: 1}, MidName: "Median", BandName: "Middle half of children", CoverageName: "Share of eligible children with a score"}
	if words.Rule != nil {
		r.Lines = []report.Rule{{At: words.Rule.At, Name: words.Rule.Name}}
	}
	f := facts{}
	for _, row := range rows {
		r.Axis = append(r.Axis, row.text("years_in_care"))
		r.Low, r.Mid, r.High = append(r.Low, row.value("p25")), append(r.Mid, row.value("median")), append(r.High, row.value("p75"))
		r.Coverage = append(r.Coverage, row.value("coverage"))
		if row["median"] == nil {
			continue
		}
		if f["first"] == nil {
			f["first"], f["firstYear"] = tenth(row.value("median")), row.text("years_in_care")
		}
		f["last"], f["lastYear"] = tenth(row.value("median")), row.text("years_in_care")
	}
	if f["first"] == nil {
		return nil, "", nil, nil
	}
	return r, b.covered(), f, nil
}

func sdqContact(b *builder, _ chart) (report.Figure, string, facts, error) {
	rows, err := b.rows("select * from chart_sdq_contact where year = (select max(year) from chart_sdq_contact where step = 'linked' and n > 0) order by step_no")
	if err != nil || len(rows) == 0 {
		return nil, "", nil, err
	}
	bars := report.Bars{X: "Step", Y: "Share of children with a high score", Format: report.Percent, Series: []report.Series{{Name: "Share of children with a high score"}}}
	f := facts{"year": rows[0].text("year"), "n": tell(rows[0].value("n"))}
	for _, r := range rows {
		bars.Axis = append(bars.Axis, b.words.label(r.text("step")))
		bars.Series[0].Values = append(bars.Series[0].Values, r.value("share"))
		f[r.text("step")] = tell(r.value("share"))
	}
	return bars, march + " " + rows[0].text("year"), f, nil
}

func wellbeing(b *builder, words chart) (report.Figure, string, facts, error) {
	rows, err := b.rows("select * from chart_wellbeing_sdq")
	if err != nil || len(rows) == 0 {
		return nil, "", nil, err
	}
	m := report.Mosaic{Columns: words.Columns, Rows: words.Rows, Focus: [2][2]bool{{false, true}, {true, false}}}
	for _, r := range rows {
		i, k := 0, 0
		if r["sdq_high"] == true {
			i = 1
		}
		if r["satisfaction_low"] == true {
			k = 1
		}
		m.Shares[i][k], m.Counts[i][k] = r.value("share"), r.value("n")
	}
	return m, b.covered(), facts{"neither": tell(m.Shares[0][0]), "lowOnly": tell(m.Shares[0][1]), "sdqOnly": tell(m.Shares[1][0]), "both": tell(m.Shares[1][1]),
		"one": tell(report.Shown(m.Shares[0][1].N + m.Shares[1][0].N))}, nil
}

func attendance(b *builder, words chart) (report.Figure, string, facts, error) {
	rows, err := b.rows("select * from chart_attendance_around_entry order by term")
	if err != nil {
		return nil, "", nil, err
	}
	l := report.Lines{X: "School terms from the one in which the child came into care", Y: "Per cent of sessions missed", Format: report.Format{Decimals: 1, Suffix: "%"}, Series: []report.Series{{Name: "Sessions missed"}}, MarkName: words.Mark}
	at := map[int]report.Value{}
	for i, r := range rows {
		term := int(r.number("term"))
		if term == 0 {
			l.Mark = i
		}
		l.Axis = append(l.Axis, strings.ReplaceAll(r.text("term"), "-", "\u2212"))
		l.Series[0].Values = append(l.Series[0].Values, r.value("absence"))
		at[term] = r.value("absence")
	}
	f := facts{"before": at[-1], "entry": at[0], "after": at[words.Later], "later": words.Later}
	for k, v := range f {
		if v, ok := v.(report.Value); ok {
			if v.Symbol != "" || v.N == 0 {
				return nil, "", nil, nil
			}
			f[k] = tenth(v)
		}
	}
	return l, b.covered(), f, nil
}

func leavers(b *builder, _ chart) (report.Figure, string, facts, error) {
	rows, err := b.rows("select * from chart_leaver_activity where year = (select max(year) from chart_leaver_activity) order by age, activity")
	if err != nil || len(rows) == 0 {
		return nil, "", nil, err
	}
	g := makeGrid(rows, "age", "activity", "share", "eet", "neet", "not_known")
	f := facts{"year": rows[0].text("year"), "age": g.last()}
	for _, p := range g.parts {
		f[p] = tell(g.get(g.last(), p))
	}
	return report.Stacked{Axis: g.axis, X: "Age", Y: "Share of care leavers, by age", Format: report.Percent, Series: g.series(b.words)}, march + " " + rows[0].text("year"), f, nil
}
