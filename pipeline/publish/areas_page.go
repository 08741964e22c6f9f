package publish

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"throughline/pipeline/duck"
	"throughline/pipeline/report"
	"throughline/pipeline/stats"
)

// The sheets of areas lie in a folder beside the report.
const (
	areaDir   = "areas"
	areaIndex = "index.html"
)

// AreaPage is a page of the sheets of areas.
type AreaPage struct {
	File string // where it goes, beside the report
	Page *report.Findings
}

// AreaPages makes the index and a sheet for each authority and health area, from publication.duckdb at path and from nothing else.
func AreaPages(ctx context.Context, path string) ([]AreaPage, error) {
	db, err := duck.OpenReadOnlyLocked(path, duck.Options{})
	if err != nil {
		return nil, err
	}
	defer db.Close()
	w, err := readAreaWording()
	if err != nil {
		return nil, err
	}
	a := &areaPages{builder: &builder{ctx: ctx, db: db}, words: w, funnels: map[string][]record{}}
	return a.pages()
}

type areaPages struct {
	*builder
	words    *areaWording
	about    record // row of vintage
	backtest map[string]record
	funnels  map[string][]record // area_position by level and item
	members  []record
	names    map[string]string // of all areas that have a sheet
}

func (a *areaPages) pages() ([]AreaPage, error) {
	v, err := a.vintage()
	if err != nil {
		return nil, err
	}
	a.about, a.backtest, a.names = v, map[string]record{}, map[string]string{}
	rows, err := a.rows("select * from area_sheet order by geographic_level, area_code, section, period, item")
	if err != nil {
		return nil, err
	}
	placed, err := a.rows("select * from area_position order by geographic_level, area_name, area_code")
	if err != nil {
		return nil, err
	}
	for _, r := range placed {
		k := r.text("geographic_level") + r.text("item")
		a.funnels[k] = append(a.funnels[k], r)
	}
	if a.members, err = a.rows("select * from area_member order by area_name, area_code, la_name, la"); err != nil {
		return nil, err
	}
	var sheets []*areaSheet
	for _, r := range rows {
		if r.text("section") == "backtest" {
			a.backtest[r.text("item")] = r
			continue
		}
		if k := len(sheets) - 1; k < 0 || sheets[k].code != r.text("area_code") {
			sheets = append(sheets, &areaSheet{level: r.text("geographic_level"), code: r.text("area_code"), name: r.text("area_name"), of: map[[3]string]record{}})
		}
		sheets[len(sheets)-1].add(r)
	}
	sheets = slices.DeleteFunc(sheets, func(s *areaSheet) bool { return s.level == "National" })
	for _, s := range sheets {
		a.names[s.code] = s.name
	}
	index, err := a.index()
	if err != nil {
		return nil, err
	}
	out := []AreaPage{{areaDir + "/" + areaIndex, index}}
	for _, s := range sheets {
		p, err := a.sheet(s)
		if err != nil {
			return nil, fmt.Errorf("sheet of %s: %w", s.code, err)
		}
		out = append(out, AreaPage{areaDir + "/" + s.code + ".html", p})
	}
	return out, nil
}

// findings is what all of the pages have.
func (a *areaPages) findings(title, lead string) *report.Findings {
	f := &report.Findings{Title: title, Lead: lead, Stamp: "Vintage " + a.about.text("vintage"), Foot: a.words.Foot,
		Notices: []report.Notice{{Head: "Disclosure control.", Text: a.about.text("disclosure")}}}
	if a.about["demo"] == true {
		f.Notices = slices.Insert(f.Notices, 0, report.Notice{Head: "Invented data.", Text: a.words.Invented, Loud: true})
	}
	return f
}

func (a *areaPages) index() (*report.Findings, error) {
	f := a.findings(a.words.IndexTitle, a.words.IndexLead)
	f.Summary = a.words.IndexSummary
	f.Links = []report.Link{{Text: "Report", Href: "../report.html"}}
	rows, err := a.rows("select area_code, area_name, coalesce(region_name, '') as region_name from area where geographic_level = 'Local authority' order by region_name, area_name, area_code")
	if err != nil {
		return nil, err
	}
	regions := report.Part{ID: "authorities", Title: "Local authorities"}
	for _, r := range rows {
		if a.names[r.text("area_code")] == "" {
			continue
		}
		k := len(regions.Blocks) - 1
		if k < 0 || regions.Blocks[k].Heading != r.text("region_name") {
			regions.Blocks = append(regions.Blocks, report.Block{Heading: r.text("region_name")})
			k++
		}
		regions.Blocks[k].Links = append(regions.Blocks[k].Links, a.link(r.text("area_code")))
	}
	health := report.Part{ID: "health-areas", Title: "Health areas", Blocks: []report.Block{{}}}
	for _, m := range a.members {
		l := a.link(m.text("area_code"))
		if links := health.Blocks[0].Links; l.Text != "" && (len(links) == 0 || links[len(links)-1] != l) {
			health.Blocks[0].Links = append(links, l)
		}
	}
	f.Parts = []report.Part{regions, health}
	return f, nil
}

func (a *areaPages) link(code string) report.Link {
	return report.Link{Text: a.names[code], Href: code + ".html"}
}

// areaSheet is the rows of one area.
type areaSheet struct {
	level, code, name string
	of                map[[3]string]record // by section, item and period
	periods           map[string][]string  // of each section, in order
}

func (s *areaSheet) add(r record) {
	section, period := r.text("section"), r.text("period")
	s.of[[3]string{section, r.text("item"), period}] = r
	if s.periods == nil {
		s.periods = map[string][]string{}
	}
	if !slices.Contains(s.periods[section], period) {
		s.periods[section] = append(s.periods[section], period)
	}
}

// last is the period of a section so many before its last; empty when there is none.
func (s *areaSheet) last(section string, back int) string {
	p := s.periods[section]
	if len(p) <= back {
		return ""
	}
	return p[len(p)-1-back]
}

func (s *areaSheet) row(section, item, period string) record {
	return s.of[[3]string{section, item, period}]
}

// unitFormat is how a value of a sheet is written.
func unitFormat(unit string) report.Format {
	switch unit {
	case "per cent":
		return report.Percent
	case "points":
		return report.Format{Decimals: 1}
	}
	return report.Format{}
}

func (s *areaSheet) value(section, item, period string) report.Value {
	return s.row(section, item, period).value("value")
}

// england is England's value beside a row's, hidden where too few authorities are behind what it would tell.
func england(r record) report.Value {
	if r["england"] == nil {
		return report.Hidden("c")
	}
	return report.Shown(r.number("england"))
}

func (a *areaPages) sheet(s *areaSheet) (*report.Findings, error) {
	title, err := say(a.words.Title, facts{"Area": s.name})
	if err != nil {
		return nil, err
	}
	f := a.findings(title, a.words.Lead)
	f.Links = []report.Link{{Text: "All areas", Href: areaIndex}, {Text: "Report", Href: "../report.html"}}
	for _, m := range a.members {
		code := m.text("area_code")
		if s.code == code {
			code = m.text("la")
		} else if s.code != m.text("la") {
			continue
		}
		if l := a.link(code); l.Text != "" {
			f.Links = append(f.Links, l)
		}
	}
	for _, c := range a.words.Cautions {
		f.Cautions = append(f.Cautions, report.Caution(c))
	}
	if err := a.summary(f, s); err != nil {
		return nil, err
	}
	for _, section := range a.words.Sections {
		if s.periods[section.Section] == nil && section.Section != "waits" {
			continue
		}
		p := report.Part{ID: section.Section, Title: section.Title, Intro: section.Intro}
		var more []report.Block
		var err error
		switch section.Section {
		case "need", "response":
			p.Blocks = a.years(s, section)
			more, err = a.bands(s, section.Section)
		case "waits", "home":
			p.Blocks = a.over(s, section)
			more, err = a.waits(s, section.Section)
		case "expected":
			p.Blocks, err = a.expected(s)
		}
		if err != nil {
			return nil, err
		}
		p.Blocks = append(p.Blocks, more...)
		if section.Section == "expected" { // the place among others comes before it
			q, err := a.positions(s)
			if err != nil {
				return nil, err
			}
			f.Parts = append(f.Parts, q)
		}
		f.Parts = append(f.Parts, p)
	}
	about := report.Part{ID: "about", Title: "About this sheet"}
	for _, t := range a.words.About {
		about.Blocks = append(about.Blocks, report.Block{Words: t})
	}
	f.Parts = append(f.Parts, about)
	return f, nil
}

// tell says a message, or what stands in its place where one of the facts that it needs is hidden.
func (a *areaPages) tell(name string, f facts, needs ...report.Value) (string, error) {
	for _, v := range needs {
		if v.Symbol != "" {
			return say(a.words.Plain[name], f)
		}
	}
	return say(a.words.Messages[name], f)
}

func (a *areaPages) summary(f *report.Findings, s *areaSheet) error {
	add := func(name string, of facts, needs ...report.Value) error {
		text, err := a.tell(name, of, needs...)
		f.Summary = append(f.Summary, text)
		return err
	}
	card := func(label string, v report.Value, format report.Format, note, link string) {
		f.Cards = append(f.Cards, report.Card{Label: label, Value: format.String(v), Note: note, Link: link})
	}
	year := s.last("need", 0)
	count, concern, coverage := s.value("need", "concern_count", year), s.row("need", "concern", year), s.value("need", "coverage", year)
	share := concern.value("value")
	if err := add("need", facts{"Year": year, "Count": tell(count), "Share": report.Percent.String(share), "England": report.Percent.String(england(concern)), "Coverage": report.Percent.String(coverage)}, count, share, coverage); err != nil {
		return err
	}
	card("High SDQ scores, "+year, count, report.Format{}, fmt.Sprintf("children: %s of those with a score, in England %s", report.Percent.String(share), report.Percent.String(england(concern))), "need")
	if year := s.last("response", a.words.ResponseBack); year != "" {
		r := s.row("response", "reached", year)
		if err := add("response", facts{"Year": year, "Reached": report.Percent.String(r.value("value")), "England": report.Percent.String(england(r))}, r.value("value")); err != nil {
			return err
		}
		card("Seen or with an open referral, "+year, r.value("value"), report.Percent, "of children with a high score and a record, in England "+report.Percent.String(england(r)), "response")
	}
	if years := s.last("waits", 0); years != "" {
		median, p90 := s.row("waits", "wait_median", years), s.row("waits", "wait_p90", years)
		name := "waits"
		if median["value"] != nil && p90["value"] == nil {
			name = "median"
		}
		of := facts{"Years": years, "Median": tell(median.value("value")), "P90": tell(p90.value("value")), "England": tell(england(median)), "EnglandP90": tell(england(p90))}
		if err := add(name, of, median.value("value")); err != nil {
			return err
		}
		card("Half were seen within, "+years, median.value("value"), report.Format{Suffix: " days"}, "from the referral, in England "+tell(england(median)), "waits")
	}
	if year := s.last("expected", 0); year != "" {
		r := s.row("expected", "high_scores", year)
		of := facts{"Year": year, "Expected": tell(r.value("value")), "Lower": tell(report.Shown(r.number("lower"))), "Upper": tell(report.Shown(r.number("upper")))}
		if err := add("expected", of, r.value("value")); err != nil {
			return err
		}
		note := "children with a high score"
		if r["value"] != nil {
			note += fmt.Sprintf(", most likely %v to %v", of["Lower"], of["Upper"])
		}
		card("To expect in "+year, r.value("value"), report.Format{}, note, "expected")
	}
	return nil
}

// years is a table of a section's latest years, with the last beside England, and the counts behind its shares.
func (a *areaPages) years(s *areaSheet, section areaSection) []report.Block {
	periods := s.periods[section.Section]
	periods = periods[max(0, len(periods)-a.words.Years):]
	last, before := periods[len(periods)-1], periods[:len(periods)-1]
	t := report.Table{Caption: section.Title + ", " + s.name + ", years ending 31 March", Head: []string{"Figure", last, "England, " + last}}
	for _, p := range slices.Backward(before) { // what matters most is seen first on a narrow screen
		t.Head = append(t.Head, p)
	}
	for _, i := range section.Items {
		f := unitFormat(i.Unit)
		row := []report.Cell{report.Words(i.Label), report.Number(s.value(section.Section, i.Item, last), f), report.Number(england(s.row(section.Section, i.Item, last)), f)}
		for _, p := range slices.Backward(before) {
			row = append(row, report.Number(s.value(section.Section, i.Item, p), f))
		}
		t.Rows = append(t.Rows, row)
	}
	return []report.Block{{Table: &report.Folded{Table: t}}, a.counts(s, section, last)}
}

// counts is the counts behind the shares of a period.
func (a *areaPages) counts(s *areaSheet, section areaSection, period string) report.Block {
	t := report.Table{Caption: "Counts behind the shares, " + period + ", " + strings.ToLower(section.Title), Head: []string{"Share", "Count", "Out of"}}
	for _, i := range section.Items {
		r := s.row(section.Section, i.Item, period)
		if i.Kind == "percentage" && r != nil {
			t.Rows = append(t.Rows, []report.Cell{report.Words(i.Label), report.Number(r.value("numerator"), report.Format{}), report.Number(r.value("denominator"), report.Format{})})
		}
	}
	return report.Block{Table: &report.Folded{Table: t, Fold: "Counts behind the shares, " + period}}
}

// over is a table of a section that lays years together.
func (a *areaPages) over(s *areaSheet, section areaSection) []report.Block {
	period := s.last(section.Section, 0)
	if period == "" {
		return []report.Block{{Words: "No referral was received in these years."}}
	}
	t := report.Table{Caption: section.Title + ", " + s.name + ", years ending 31 March " + period, Head: []string{"Figure", s.name, "England"}}
	for _, i := range section.Items {
		r := s.row(section.Section, i.Item, period)
		f := unitFormat(i.Unit)
		if i.Unit == "days" {
			f.Suffix = " days"
		}
		t.Rows = append(t.Rows, []report.Cell{report.Words(i.Label), report.Number(r.value("value"), f), report.Number(england(r), f)})
	}
	if section.Section != "waits" { // England has nothing by home
		t.Head = t.Head[:2]
		for i := range t.Rows {
			t.Rows[i] = t.Rows[i][:2]
		}
	}
	return []report.Block{{Table: &report.Folded{Table: t}}, a.counts(s, section, period)}
}

// pair draws the area beside England; nil where nothing may be shown.
func (a *areaPages) pair(s *areaSheet, section, period, y string, f report.Format, items ...string) *report.Bars {
	b := &report.Bars{Y: y, Format: f, X: "Figure", Series: []report.Series{{Name: s.name}, {Name: "England"}}}
	shown := false
	for _, item := range items {
		r := s.row(section, item, period)
		b.Axis = append(b.Axis, a.label(section, item))
		b.Series[0].Values = append(b.Series[0].Values, r.value("value"))
		b.Series[1].Values = append(b.Series[1].Values, england(r))
		shown = shown || r["value"] != nil
	}
	if !shown {
		return nil
	}
	return b
}

func (a *areaPages) label(section, item string) string {
	for _, x := range a.words.Sections {
		for _, i := range x.Items {
			if x.Section == section && i.Item == item {
				return i.Label
			}
		}
	}
	return item
}

// drawn is a chart in the words of areas.yaml; plainly titled where its finding is hidden.
func (a *areaPages) drawn(id, words, when string, s *areaSheet, f facts, finding report.Value, figure report.Figure) (report.Block, error) {
	w := a.words.Charts[words]
	c := &report.Chart{ID: id, Place: s.name, Time: when, Figure: figure}
	title := w.Title
	if finding.Symbol != "" {
		title = w.Plain
	}
	for _, t := range []struct {
		to   *string
		text string
	}{{&c.Title, title}, {&c.Measure, w.Measure}, {&c.Population, w.Population}, {&c.Source, w.Source}} {
		var err error
		if *t.to, err = say(t.text, f); err != nil {
			return report.Block{}, err
		}
	}
	c.Message = c.Title + ". " + c.Measure + "; the figures stand in the table."
	return report.Block{Chart: c}, nil
}

func (a *areaPages) bands(s *areaSheet, section string) ([]report.Block, error) {
	year := s.last("need", 0)
	r := s.row("need", "concern", year)
	if section != "need" {
		return nil, nil
	}
	figure := a.pair(s, "need", year, "Share of scores", report.Percent, "normal", "borderline", "concern")
	if figure == nil {
		return nil, nil
	}
	b, err := a.drawn("bands", "bands", march+" "+year, s, facts{"Share": report.Percent.String(r.value("value")), "England": report.Percent.String(england(r)), "Year": year}, r.value("value"), *figure)
	return []report.Block{b}, err
}

func (a *areaPages) waits(s *areaSheet, section string) ([]report.Block, error) {
	period := s.last("waits", 0)
	if section != "waits" || period == "" {
		return nil, nil
	}
	r := s.row("waits", "wait_median", period)
	figure := a.pair(s, "waits", period, "Days", report.Format{}, "wait_median", "wait_p90")
	if figure == nil {
		return nil, nil
	}
	b, err := a.drawn("waiting-times", "waits", "Years ending 31 March "+period, s, facts{"Median": tell(r.value("value")), "England": tell(england(r))}, r.value("value"), *figure)
	return []report.Block{b}, err
}

// place is where an area lies, in words, or the symbol that stands for it.
func (a *areaPages) place(r record, column, symbol string) string {
	if r[column] == nil {
		return report.Format{}.String(report.Hidden(r.text(symbol)))
	}
	return a.words.Places[r.text(column)]
}

func (a *areaPages) positions(s *areaSheet) (report.Part, error) {
	p := report.Part{ID: "position", Title: a.words.Position.Title, Intro: a.words.Position.Intro}
	t := report.Table{Caption: "Beside other areas of its kind, " + s.name, Head: []string{"Share", s.name, "Beside the limits", "England", "Without asylum-seeking children", "Period"}}
	var charts []report.Block
	for _, w := range a.words.Positions {
		all := a.funnels[s.level+w.Item]
		k := slices.IndexFunc(all, func(r record) bool { return r.text("area_code") == s.code })
		if k < 0 {
			continue
		}
		r := all[k]
		e := england(s.row("position", w.Item, r.text("period")))
		t.Rows = append(t.Rows, []report.Cell{report.Words(w.Label), report.Number(r.value("value"), report.Percent), report.Words(a.place(r, "position", "symbol")), report.Number(e, report.Percent),
			report.Words(a.place(r, "position_without_uasc", "symbol_without_uasc")), report.Words(period(r.text("period")))})
		if !w.Funnel || r["value"] == nil || r["target"] == nil {
			continue
		}
		b, err := a.drawn("funnel-"+strings.ReplaceAll(w.Item, "_", "-"), "funnel", march+" "+r.text("period"), s,
			facts{"Label": w.Label, "Value": report.Percent.String(r.value("value")), "Place": a.words.Found[r.text("position")], "Population": w.Population}, r.value("value"), a.funnel(s, all, r, e))
		if err != nil {
			return p, err
		}
		b.Chart.Place = s.name + " among all of its kind"
		b.Chart.Note = "Each dot is an area; areas whose share is hidden have none. Limits below 100 children are exact and go in steps."
		charts = append(charts, b)
	}
	p.Blocks = append([]report.Block{{Table: &report.Folded{Table: t}}}, charts...)
	return p, nil
}

// funnel draws the areas of a kind whose share is shown, in order of name.
func (a *areaPages) funnel(s *areaSheet, all []record, of record, england report.Value) report.Funnel {
	f := report.Funnel{X: "Children that it is a share of", Y: "Share", Format: report.Percent, Target: of.number("target"), TargetName: "England " + report.Percent.String(england)}
	most := 0.0
	for _, r := range all {
		if r["value"] == nil {
			continue
		}
		f.Points = append(f.Points, report.FunnelPoint{Name: r.text("area_name"), Of: r.number("denominator"), Value: r.number("value"), Place: a.place(r, "position", "symbol"), Focus: r.text("area_code") == s.code})
		most = max(most, r.number("denominator"))
	}
	// as published, so rounded: the limits are those of the table within a tenth
	limits := stats.Funnel{Target: of.number("target") / 100, Dispersion: of.number("dispersion")}
	const steps = 60
	sizes := []float64{}
	for i := range steps {
		if n := math.Round(most * 1.02 * float64(i+1) / steps); n >= 4 && (len(sizes) == 0 || n > sizes[len(sizes)-1]) {
			sizes = append(sizes, n)
		}
	}
	for _, n := range sizes {
		l := limits.Limits(n)
		f.Limits = append(f.Limits, report.FunnelLimits{Of: n, Low998: 100 * l.Low998, Low95: 100 * l.Low95, High95: 100 * l.High95, High998: 100 * l.High998})
	}
	return f
}

func (a *areaPages) expected(s *areaSheet) ([]report.Block, error) {
	t := report.Table{Caption: "Children with a high score, " + s.name + ": expected a year before and what came, years ending 31 March", Head: []string{"Year", "Expected", "Came", "Likely from", "To"}}
	for _, p := range slices.Backward(s.periods["expected"]) {
		r := s.row("expected", "high_scores", p)
		came := report.Hidden("c")
		switch {
		case p == s.last("expected", 0): // is still to come
			came = report.Hidden("x")
		case r["numerator"] != nil:
			came = report.Shown(r.number("numerator"))
		}
		row := []report.Cell{report.Words(p)}
		for _, v := range []report.Value{r.value("value"), came, r.value("lower"), r.value("upper")} {
			row = append(row, report.Number(v, report.Format{}))
		}
		t.Rows = append(t.Rows, row)
	}
	out := []report.Block{{Table: &report.Folded{Table: t}}}
	kind, name := "authority", "authorities"
	if s.level == "Health area" {
		kind, name = "health", "health areas"
	}
	if b := a.backtest[kind+"_error"]; b != nil {
		one := report.Format{Decimals: 1}
		text, err := say(a.words.Backtest, facts{"Error": one.String(b.value("value")), "Areas": b.text("denominator"), "Kind": name, "Period": b.text("period"),
			"Unchanged": one.String(a.backtest[kind+"_unchanged"].value("value")), "Within": tell(a.backtest[kind+"_within"].value("value"))})
		if err != nil {
			return nil, err
		}
		out = append(out, report.Block{Heading: "How well it has done", Words: text})
	}
	for i, m := range a.words.Method {
		b := report.Block{Words: m}
		if i == 0 {
			b.Heading = "How it is worked out"
		}
		out = append(out, b)
	}
	return out, nil
}
