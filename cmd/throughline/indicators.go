package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"

	"throughline/pipeline/duck"
	"throughline/pipeline/models"
	"throughline/schemas"
	"throughline/workflows/project"
)

// IndicatorsCmd shows the outcomes framework.
type IndicatorsCmd struct {
	List IndicatorsListCmd `cmd:"" default:"withargs" help:"All indicators, by domain."`
	Show IndicatorsShowCmd `cmd:"" help:"One indicator: what it counts, out of what, whose measure it is, how it is computed, and its latest figures."`
}

// IndicatorsListCmd lists the indicators.
type IndicatorsListCmd struct {
	Domain  string `help:"Only this domain, such as recovery or leaving."`
	Tier    string `help:"Only core or extended ones." enum:"core,extended," default:""`
	Schemas string `help:"Folder of your own schemas, laid over the built-in ones." type:"path"`
	Output  string `short:"o" default:"table" enum:"table,json,csv" help:"table, json or csv."`
}

// Run implements the command.
func (c *IndicatorsListCmd) Run(app *App) error {
	s, err := loadSchemas(c.Schemas)
	if err != nil {
		return err
	}
	r := rows{head: []string{"id", "tier", "domain", "title", "status", "better", "waits"}}
	for _, i := range s.Indicators {
		if (c.Domain == "" || strings.EqualFold(c.Domain, i.Domain)) && (c.Tier == "" || c.Tier == i.Tier) {
			r.cells = append(r.cells, []string{i.ID, i.Tier, i.Domain, i.Title, i.Status, i.Polarity, i.Waits})
		}
	}
	if len(r.cells) == 0 {
		return usage("no indicator of domain %q and tier %q; 'throughline indicators' lists them all", c.Domain, c.Tier)
	}
	return r.print(app.Out, c.Output)
}

// IndicatorsShowCmd explains one indicator.
type IndicatorsShowCmd struct {
	ID      string `arg:"" help:"Its id, such as REC05."`
	Dir     string `help:"Project folder whose latest figures are shown too." default:"." type:"path" env:"THROUGHLINE_DIR"`
	Area    string `help:"ONS code of the region or authority whose figures are shown; England when it is left out." default:"E92000001"`
	Schemas string `help:"Folder of your own schemas, laid over the built-in ones." type:"path"`
	Output  string `short:"o" default:"table" enum:"table,json,csv" help:"table, json or csv."`
}

// Run implements the command.
func (c *IndicatorsShowCmd) Run(app *App) error {
	s, err := loadSchemas(c.Schemas)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(s.Indicators, func(i schemas.Indicator) bool { return strings.EqualFold(i.ID, c.ID) })
	if at < 0 {
		return usage("no indicator %q; 'throughline indicators' lists them", c.ID)
	}
	i := s.Indicators[at]
	r := rows{head: []string{"field", "value"}}
	say := func(field, value string) {
		if value != "" {
			r.cells = append(r.cells, []string{field, value})
		}
	}
	say("id", i.ID)
	say("title", i.Title)
	say("domain", i.Domain)
	say("tier", i.Tier)
	say("status", i.Status)
	say("verified", i.Verified)
	say("unit", i.Unit)
	say("counts", i.Numerator)
	say("out of", i.Denominator)
	say("value", i.Value)
	say("value in", i.ValueUnit)
	say("time", i.TimeIdentifier)
	say("horizons", strings.Join(i.Horizons, " "))
	var parameters []string
	for name, v := range i.Parameters {
		parameters = append(parameters, fmt.Sprintf("%s %v", name, v))
	}
	slices.Sort(parameters)
	say("parameters", strings.Join(parameters, "; "))
	say("better", i.Polarity)
	say("source", i.Source)
	say("note", i.Note)
	say("warning", i.Warning)
	say("reads", strings.Join(i.Fields, " "))
	say("broken down by", strings.Join(i.Breakdowns, " "))
	for _, m := range i.Measures {
		say("measure "+m.ID, m.Title)
	}
	say("no figure yet", i.Waits)
	all, err := models.List()
	if err != nil {
		return err
	}
	for _, m := range all {
		if m.Shape != "" && strings.HasPrefix(m.Name+"_", "ind_"+strings.ToLower(i.ID)+"_") {
			say("computed by", fmt.Sprintf("%s (%s), from %s; 'throughline models show %s' prints it", m.Name, m.Shape, strings.Join(m.Inputs, ", "), m.Name))
		}
	}
	figures, err := c.figures(app, i)
	if err != nil {
		return err
	}
	r.cells = append(r.cells, figures...)
	if c.Output == "table" {
		for _, row := range r.cells {
			row[1] = text.WrapSoft(row[1], 110)
		}
	}
	return r.print(app.Out, c.Output)
}

// figures are those of the project's publication. A definition needs no project: without one here, and none asked for, there are none.
func (c *IndicatorsShowCmd) figures(app *App, i schemas.Indicator) ([][]string, error) {
	p, err := project.Open(c.Dir)
	if err != nil {
		if here, absErr := filepath.Abs("."); absErr == nil && c.Dir == here {
			return nil, nil
		}
		return nil, err
	}
	path := filepath.Join(p.Sub("outputs"), "latest", "publication.duckdb")
	if _, err := os.Stat(path); err != nil {
		fmt.Fprintf(app.Err, "no figures yet: 'throughline refresh --dir %s' makes them\n", c.Dir)
		return nil, nil
	}
	db, err := duck.OpenReadOnlyLocked(path, duck.Options{})
	if err != nil {
		return nil, err
	}
	defer db.Close()
	rows, err := db.Query(app.Ctx, `select time_period, coalesce(nullif(f.figure, ''), 'value') as figure, coalesce(i.value::varchar, '[' || i.symbol || ']') as value, i.unit,
			coalesce(', ' || i.lower || ' to ' || i.upper, '') as range, coalesce(', coverage ' || i.coverage || '%', '') as known, i.area_name
		from indicator i join framework f using (indicator_id, measure, time_period, area_code)
		where i.breakdown = 'total' and i.indicator_id = `+duck.Literal(i.ID)+` and i.area_code = `+duck.Literal(c.Area)+` order by i.measure`)
	if err != nil {
		return nil, err
	}
	var out [][]string
	for rows.Next() {
		v := rows.Values()
		t := func(n int) string { return duck.Text(v[n]) }
		out = append(out, []string{"latest: " + t(1), fmt.Sprintf("%s %s%s%s (%s, %s)", t(2), t(3), t(4), t(5), t(6), t(0))})
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, err
	}
	if len(out) == 0 && i.Waits == "" {
		return nil, usage("no figure of %s for area %q; 'throughline query \"from area\"' lists the areas of the publication", i.ID, c.Area)
	}
	return out, nil
}
