package publish

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"throughline/pipeline/duck"
	"throughline/pipeline/report"
)

// periodsShown is for how many of an indicator's latest periods the catalogue has values.
const periodsShown = 5

// Pages that stand beside the report.
const (
	cataloguePage = "indicators.html"
	linkagePage   = "linkage.html"
)

// CatalogueData makes the page of all indicators from publication.duckdb at path, and from nothing else: what each means and what
// England's figures are.
func CatalogueData(ctx context.Context, path string) (*report.Findings, error) {
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
	v, err := b.vintage()
	if err != nil {
		return nil, err
	}
	f := &report.Findings{
		Title:   w.Catalogue.Title,
		Lead:    w.Catalogue.Lead,
		Stamp:   "Vintage " + v.text("vintage"),
		Notices: []report.Notice{{Head: "Disclosure control.", Text: v.text("disclosure")}},
		Summary: w.Catalogue.Summary,
		Links:   []report.Link{{Text: "Report", Href: "report.html"}, {Text: "Areas", Href: areaDir + "/" + areaIndex}, {Text: "Linkage", Href: linkagePage}},
		Foot:    "Made by throughline from publication.duckdb.",
	}
	if v["demo"] == true {
		f.Notices = slices.Insert(f.Notices, 0, report.Notice{Head: "Invented data.", Text: "Every child behind these figures is made up by a computer.", Loud: true})
	}
	entries, err := b.rows("select * from indicator_catalogue order by indicator_id")
	if err != nil {
		return nil, err
	}
	figures, err := b.rows(`select i.*, f.figure from indicator i join framework f using (indicator_id, measure, area_code)
		where i.geographic_level = 'National' and i.breakdown = 'total' order by i.indicator_id, i.measure, i.time_period`)
	if err != nil {
		return nil, err
	}
	of := map[string][]record{}
	for _, r := range figures {
		of[r.text("indicator_id")] = append(of[r.text("indicator_id")], r)
	}
	for _, d := range w.Domains {
		p := report.Part{ID: fmt.Sprint(d.Key), Title: fmt.Sprint(d.Value)}
		for _, e := range entries {
			if e.text("domain") != d.Key {
				continue
			}
			id := e.text("indicator_id")
			block := report.Block{Heading: id + " " + e.text("title"), Words: define(e)}
			if t := b.series(id, e.text("title"), of[id]); len(t.Rows) > 0 {
				block.Table = &report.Folded{Table: t}
				if len(t.Rows) > 8 {
					block.Table.Fold = fmt.Sprintf("%d figures", len(t.Rows))
				}
			}
			p.Blocks = append(p.Blocks, block)
		}
		f.Parts = append(f.Parts, p)
	}
	return f, nil
}

// define is an entry in sentences.
func define(e record) string {
	var b strings.Builder
	say := func(head, name string) {
		if t := strings.TrimSuffix(e.text(name), "."); t != "" {
			fmt.Fprintf(&b, "%s: %s. ", head, t)
		}
	}
	say("Counts", "numerator")
	say("Out of", "denominator")
	say("Value", "value")
	say("Better", "polarity")
	say("Status", "status")
	say("Source", "source")
	say("Note", "note")
	say("No figure yet", "waits")
	return strings.TrimSpace(b.String())
}

// series is an indicator's figures over its latest periods, with the interval and coverage of the last.
func (b *builder) series(id, title string, rows []record) report.Table {
	var periods []string
	for _, r := range rows {
		if p := r.text("time_period"); !slices.Contains(periods, p) {
			periods = append(periods, p)
		}
	}
	if len(periods) == 0 {
		return report.Table{}
	}
	slices.Sort(periods)
	periods = periods[max(0, len(periods)-periodsShown):]
	t := report.Table{Caption: id + ", England", Head: []string{"Figure"}}
	for _, p := range periods {
		t.Head = append(t.Head, period(p))
	}
	t.Head = append(t.Head, "95% interval, "+period(periods[len(periods)-1]), "Coverage", "Unit")
	line := map[string]int{}
	for _, r := range rows {
		at := slices.Index(periods, r.text("time_period"))
		if at < 0 {
			continue
		}
		m := r.text("measure")
		if _, ok := line[m]; !ok {
			line[m] = len(t.Rows)
			name := r.text("figure")
			if name == "" {
				name = title
			}
			unit := r.text("unit")
			if unit == "per cent" { // the values say so
				unit = ""
			}
			cells := []report.Cell{report.Words(name)}
			for range periods {
				cells = append(cells, report.Number(report.Hidden("x"), report.Format{}))
			}
			t.Rows = append(t.Rows, append(cells, report.Words(""), report.Words(""), report.Words(unit)))
		}
		row, f := t.Rows[line[m]], format(r.text("unit"))
		row[1+at] = report.Number(r.value("value"), f)
		row[len(periods)+1] = report.Words(interval(r, f)) // rows come in order of time
		row[len(periods)+2] = report.Words(report.Percent.String(coverage(r)))
	}
	return t
}
