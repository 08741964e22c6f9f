package publish

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"throughline/pipeline/duck"
	"throughline/pipeline/report"
)

// ReportData makes what the report says from publication.duckdb at path, and from nothing else, so that the page may go wherever
// the database may. A chart without any data is left out, and its section says so.
func ReportData(ctx context.Context, path string) (*report.Report, error) {
	db, err := duck.OpenReadOnlyLocked(path, duck.Options{})
	if err != nil {
		return nil, err
	}
	defer db.Close()
	w, err := readWording()
	if err != nil {
		return nil, err
	}
	b := &builder{ctx: ctx, db: db, words: w}
	return b.report()
}

// builder reads one database; the first mistake ends it.
type builder struct {
	ctx   context.Context
	db    *duck.DB
	words *wording
}

// record is a row by column name.
type record map[string]any

func (r record) text(name string) string { return duck.Text(r[name]) }

func (r record) number(name string) float64 {
	switch v := r[name].(type) {
	case int64:
		return float64(v)
	case float64:
		return v
	}
	return 0
}

// value is the number, or the row's symbol when there is none.
func (r record) value(name string) report.Value {
	if r[name] != nil {
		return report.Shown(r.number(name))
	}
	if s := r.text("symbol"); s != "" {
		return report.Hidden(s)
	}
	return report.Hidden("x")
}

func (b *builder) rows(query string) ([]record, error) {
	rows, err := b.db.Query(b.ctx, query)
	if err != nil {
		return nil, err
	}
	var out []record
	for rows.Next() {
		r := record{}
		for i, v := range rows.Values() {
			r[rows.Columns[i].Name] = v
		}
		out = append(out, r)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return out, rows.Close()
}

// vintage is the one row of the table.
func (b *builder) vintage() (record, error) {
	rows, err := b.rows("select * from vintage")
	if err == nil && len(rows) != 1 {
		err = fmt.Errorf("vintage has %d rows, want 1", len(rows))
	}
	if err != nil {
		return nil, err
	}
	return rows[0], nil
}

func (b *builder) report() (*report.Report, error) {
	v, err := b.vintage()
	if err != nil {
		return nil, err
	}
	years := facts{"First": v.text("first_year"), "Last": v.text("last_year")}
	r := &report.Report{Lead: b.words.Lead, Vintage: v.text("vintage"), Demo: v["demo"] == true, Disclosure: v.text("disclosure")}
	if r.Title, err = say(b.words.Title, years); err != nil {
		return nil, err
	}
	suppliers, err := b.rows("select count(distinct la) as n from return_quality where dataset = 'ssda903'")
	if err != nil {
		return nil, err
	}
	years["Authorities"] = suppliers[0].text("n")
	for _, p := range b.words.About {
		p, err := say(p, years)
		if err != nil {
			return nil, err
		}
		r.About = append(r.About, p)
	}
	drawn := map[string]facts{}
	for _, s := range b.words.Sections {
		section := report.Section{ID: s.ID, Title: s.Title, Intro: s.Intro}
		for _, id := range s.Charts {
			c, f, err := b.chart(id)
			if err != nil {
				return nil, fmt.Errorf("chart %s: %w", id, err)
			}
			if c == nil {
				section.Missing = append(section.Missing, b.words.Charts[id].Measure)
				continue
			}
			drawn[id] = f
			section.Charts = append(section.Charts, *c)
		}
		r.Sections = append(r.Sections, section)
	}
	for _, f := range []func() (report.Section, error){b.indicators, b.linkage, b.returns} {
		s, err := f()
		if err != nil {
			return nil, err
		}
		r.Sections = append(r.Sections, s)
	}
	if r.Cards, err = b.cards(drawn); err != nil {
		return nil, err
	}
	r.Areas, err = b.areas()
	r.Sheets = areaDir + "/" + areaIndex
	r.Links = []report.Link{{Text: "Every indicator", Href: cataloguePage}, {Text: "Areas", Href: r.Sheets}, {Text: "Linkage", Href: linkagePage}}
	return r, err
}

// chart draws one chart and tells its facts; nil when there is nothing to draw.
func (b *builder) chart(id string) (*report.Chart, facts, error) {
	words, ok := b.words.Charts[id]
	draw := drawings[id]
	if !ok || draw == nil {
		return nil, nil, fmt.Errorf("charts.yaml or the program doesn't know it")
	}
	figure, when, f, err := draw(b, words)
	if err != nil || figure == nil {
		return nil, nil, err
	}
	c := &report.Chart{ID: id, Measure: words.Measure, Source: words.Source, Population: words.Population, Place: words.Place, Note: words.Note, Time: when, Figure: figure}
	if c.Place == "" {
		c.Place = b.words.Place
	}
	if c.Title, err = say(words.Title, f); err != nil {
		return nil, nil, err
	}
	if strings.Contains(c.Title, "[") { // a symbol stands where the finding would
		c.Title, c.Message = words.Plain, words.Measure+". What may be shown stands in the table."
		return c, f, nil
	}
	c.Message, err = say(words.Message, f)
	return c, f, err
}

// format is how values in a unit are written.
func format(unit string) report.Format {
	switch unit {
	case "per cent":
		return report.Percent
	case "kappa", "standard deviations":
		return report.Format{Decimals: 2}
	}
	return report.Format{Decimals: 1}
}

// period writes 202425 as 2024/25.
func period(s string) string {
	if len(s) == 6 {
		return s[:4] + "/" + s[4:]
	}
	return s
}

func (b *builder) indicators() (report.Section, error) {
	s := report.Section{ID: "indicators", Title: "The indicators", Intro: "The outcomes framework for England, in the latest year of each figure, with its 95% interval. Coverage is the share about whom the answer is known: read it first. A change is called up or down only where it is larger than chance would make it. indicators.html has every figure and definition."}
	rows, err := b.rows(`select f.*, i.denominator, i.lower, i.upper from framework f join indicator i using (indicator_id, measure, time_period, area_code)
		where f.geographic_level = 'National' and i.breakdown = 'total' order by f.indicator_id, f.measure`)
	if err != nil {
		return s, err
	}
	for _, d := range b.words.Domains {
		t := report.Table{Caption: fmt.Sprintf("%v, England, latest year", d.Value), Head: []string{"Indicator", "Period", "Coverage", "Value", "95% interval", "Out of", "Since the year before"}}
		for _, r := range rows {
			if r.text("domain") != d.Key || !b.words.shown(r) {
				continue
			}
			f := format(r.text("unit"))
			t.Rows = append(t.Rows, []report.Cell{report.Words(b.words.name(r)), report.Words(period(r.text("time_period"))), report.Number(coverage(r), report.Percent),
				report.Number(r.value("value"), f), report.Words(interval(r, f)), report.Number(r.value("denominator"), report.Format{}), report.Words(b.words.direction(r.text("direction")))})
		}
		if len(t.Rows) > 0 {
			s.Tables = append(s.Tables, t)
		}
	}
	heat, err := b.heat()
	if err == nil && len(heat.Rows) > 1 {
		s.Tables = append(s.Tables, heat)
	}
	return s, err
}

// interval is both ends of a figure's interval, or nothing.
func interval(r record, f report.Format) string {
	if r["lower"] == nil || r["upper"] == nil {
		return ""
	}
	return f.String(report.Shown(r.number("lower"))) + "\u00a0to\u00a0" + f.String(report.Shown(r.number("upper")))
}

func coverage(r record) report.Value {
	if r["coverage"] == nil {
		return report.Hidden("x")
	}
	return report.Shown(r.number("coverage"))
}

// name is an indicator with its part, in words.
func (w *wording) name(r record) string {
	title := r.text("indicator")
	if short := w.Short[r.text("indicator_id")]; short != "" {
		title = short
	}
	switch f := r.text("figure"); {
	case strings.HasPrefix(strings.ToLower(f), strings.ToLower(title)):
		title = f
	case f != "":
		title += ": " + lower(f)
	}
	return r.text("indicator_id") + " " + title
}

func (w *wording) direction(d string) string {
	if d == "" {
		return "not known"
	}
	return w.label(d)
}

// heat is the table of authorities by figure.
func (b *builder) heat() (report.Table, error) {
	t := report.Table{Caption: "Authorities, latest year, per cent. Darker shades are higher values of the column, not better or worse", Head: []string{"Authority"}, Shade: true}
	rows, err := b.rows(`select area_name, area_code, indicator_id, measure, value, symbol from framework f
		where geographic_level = 'Local authority'
			and time_period = (select max(time_period) from framework l where l.indicator_id = f.indicator_id and l.measure = f.measure)
		order by area_name, area_code`)
	if err != nil {
		return t, err
	}
	have := map[string]bool{}
	for _, r := range rows {
		have[r.text("indicator_id")+r.text("measure")] = true
	}
	place, line := map[string]int{}, map[string]int{}
	for _, h := range b.words.Heat {
		if have[h.Indicator+h.Measure] {
			place[h.Indicator+h.Measure] = len(t.Head)
			t.Head = append(t.Head, h.Label)
		}
	}
	for _, r := range rows {
		code := r.text("area_code")
		col, ok := place[r.text("indicator_id")+r.text("measure")]
		if !ok {
			continue
		}
		if _, ok := line[code]; !ok {
			line[code] = len(t.Rows)
			cells := []report.Cell{report.Words(r.text("area_name"))}
			for range len(t.Head) - 1 {
				cells = append(cells, report.Number(report.Hidden("x"), report.Percent))
			}
			t.Rows = append(t.Rows, cells)
		}
		t.Rows[line[code]][col] = report.Number(r.value("value"), report.Percent)
	}
	if len(t.Head) == 1 {
		t.Rows = nil
	}
	return t, nil
}

func (b *builder) cards(drawn map[string]facts) ([]report.Card, error) {
	rows, err := b.rows("select f.*, i.denominator from framework f join indicator i using (indicator_id, measure, time_period, area_code) where f.geographic_level = 'National' and i.breakdown = 'total'")
	if err != nil {
		return nil, err
	}
	var out []report.Card
	for _, c := range b.words.Cards {
		if c.Chart != "" {
			if f := drawn[c.Chart]; f != nil {
				out = append(out, report.Card{Label: fmt.Sprintf("%s %v", c.Label, f["year"]), Value: fmt.Sprint(f["stock"]), Note: fmt.Sprintf("%v from %v in %v", b.words.direction(fmt.Sprint(f["verb"])), f["before"], f["from"]), Link: c.Chart})
			}
			continue
		}
		for _, r := range rows {
			if r.text("indicator_id") != c.Indicator || r.text("measure") != c.Measure || r["value"] == nil {
				continue
			}
			link := c.Link
			if drawn[link] == nil {
				link = "indicators"
			}
			out = append(out, report.Card{Label: c.Label, Value: format(r.text("unit")).String(r.value("value")),
				Note: fmt.Sprintf("of %s, %s; answer known for %s", report.Format{}.String(r.value("denominator")), period(r.text("time_period")), report.Percent.String(coverage(r))), Link: link})
		}
	}
	return out, nil
}

func (b *builder) areas() ([]report.Area, error) {
	rows, err := b.rows(`select a.area_code, if(count(distinct a.area_code) over (partition by a.area_name) > 1, a.area_name || ' (' || a.area_code || ')', a.area_name) as area_name, coalesce(a.region_name, 'England') as region_name, f.indicator_id, f.indicator, f.measure, f.time_period, f.value, f.symbol, f.unit, f.coverage, f.comparator,
			i.denominator, g.value as region_value, g.symbol as region_symbol
		from area a join framework f using (area_code)
		join indicator i on i.indicator_id = f.indicator_id and i.measure = f.measure and i.time_period = f.time_period and i.area_code = f.area_code and i.breakdown = 'total'
		left join indicator g on g.indicator_id = f.indicator_id and g.measure = f.measure and g.time_period = f.time_period and g.area_code = a.region_code and g.breakdown = 'total'
		where a.geographic_level = 'Local authority'
		order by a.area_name, a.area_code, f.indicator_id, f.measure`)
	if err != nil {
		return nil, err
	}
	var out []report.Area
	for _, r := range rows {
		if !slices.ContainsFunc(b.words.Heat, func(h indicatorPointer) bool {
			return h.Indicator == r.text("indicator_id") && h.Measure == r.text("measure")
		}) {
			continue // areas/ has a page of each authority
		}
		if len(out) == 0 || out[len(out)-1].Code != r.text("area_code") {
			out = append(out, report.Area{Code: r.text("area_code"), Name: r.text("area_name"), Region: r.text("region_name"), Table: report.Table{
				Caption: r.text("area_name") + " beside its region and England", Head: []string{"Indicator", "Period", r.text("area_name"), r.text("region_name"), "England", "Out of", "Coverage"}}})
		}
		t, f := &out[len(out)-1].Table, format(r.text("unit"))
		t.Rows = append(t.Rows, []report.Cell{report.Words(b.words.name(r)), report.Words(period(r.text("time_period"))),
			report.Number(r.value("value"), f), report.Number(record{"v": r["region_value"], "symbol": r["region_symbol"]}.value("v"), f),
			report.Number(record{"v": r["comparator"]}.value("v"), f), report.Number(r.value("denominator"), report.Format{}), report.Number(coverage(r), report.Percent)})
	}
	return out, nil
}

func (b *builder) linkage() (report.Section, error) {
	s := report.Section{ID: "linkage", Title: "Linkage quality", Intro: "How well records that are about the same child were brought together. A link that is wrong joins two children's lives; one that is missed cuts a life in two."}
	rows, err := b.rows("select * from link_quality order by section, item not like 'pairs%', item, subgroup")
	if err != nil {
		return s, err
	}
	of := map[string][]record{}
	for _, r := range rows {
		of[r.text("section")] = append(of[r.text("section")], r)
	}
	share := report.Format{Decimals: 4}
	if rs := of["run"]; len(rs) > 0 {
		t := report.Table{Caption: "What was linked, counts to the nearest 10", Head: []string{"Figure", "Value", "What it counts"}}
		for _, r := range rs {
			t.Rows = append(t.Rows, []report.Cell{report.Words(b.words.label(r.text("item"))), report.Number(r.value("value"), report.Format{}), report.Words(r.text("note"))})
		}
		s.Tables = append(s.Tables, t)
	}
	if rs := of["evaluation"]; len(rs) > 0 {
		t := pivot(rs, "Against known truth, shares from 0 to 1", []string{"Links", "Children"}, func(r record) (string, string) {
			item, figure, _ := strings.Cut(r.text("item"), ": ")
			return item + "\x00" + r.text("subgroup"), figure
		}, []string{"precision", "recall"}, func(string) report.Format { return share })
		for i := range t.Rows {
			t.Rows[i][0].Text, t.Rows[i][1].Text = b.words.label(t.Rows[i][0].Text), b.words.subgroup(t.Rows[i][1].Text)
		}
		s.Tables = append(s.Tables, t)
	} else {
		s.Missing = append(s.Missing, "Precision and recall, which need known truth")
	}
	if rs := of["linkage_rate"]; len(rs) > 0 {
		t := pivot(rs, "Share of records linked to a child, from 0 to 1, by year", []string{"Records"}, func(r record) (string, string) { return r.text("item"), r.text("subgroup") }, nil, func(string) report.Format { return share })
		for i := range t.Rows {
			t.Rows[i][0].Text = b.words.label(t.Rows[i][0].Text)
		}
		s.Tables = append(s.Tables, t)
	}
	if rs := of["pass"]; len(rs) > 0 {
		t := pivot(rs, "Passes of the linkage, counts to the nearest 10", []string{"Pass"}, func(r record) (string, string) { return r.text("item"), r.text("subgroup") },
			[]string{"pairs", "joined", "confirmed", "ambiguous", "refused", "estimated precision"}, func(figure string) report.Format {
				if figure == "estimated precision" {
					return share
				}
				return report.Format{}
			})
		s.Tables = append(s.Tables, t)
	}
	return s, nil
}

func (w *wording) subgroup(s string) string {
	if s == "" {
		return w.label("total")
	}
	return w.label(s)
}

// pivot lays records out with a row a key and a column a figure; key parts are divided by a NUL. Without figures, those found stand in
// order of name. Figures that nobody has, and rows without any, are left out.
func pivot(rows []record, caption string, head []string, split func(record) (key, figure string), figures []string, format func(figure string) report.Format) report.Table {
	var keys, found []string
	at := map[[2]string]report.Value{}
	for _, r := range rows {
		k, f := split(r)
		if figures != nil && !slices.Contains(figures, f) {
			continue
		}
		if !slices.Contains(keys, k) {
			keys = append(keys, k)
		}
		if !slices.Contains(found, f) {
			found = append(found, f)
		}
		at[[2]string{k, f}] = r.value("value")
	}
	if figures == nil {
		figures = found
		slices.Sort(figures)
	}
	t := report.Table{Caption: caption, Head: slices.Clone(head)}
	for _, f := range figures {
		if slices.Contains(found, f) {
			t.Head = append(t.Head, upper(f))
		}
	}
	for _, k := range keys {
		var row []report.Cell
		for part := range strings.SplitSeq(k, "\x00") {
			row = append(row, report.Words(part))
		}
		for _, f := range figures {
			if !slices.Contains(found, f) {
				continue
			}
			v, ok := at[[2]string{k, f}]
			if !ok {
				v = report.Hidden("x")
			}
			row = append(row, report.Number(v, format(f)))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
