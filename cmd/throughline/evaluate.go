package main

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"

	"throughline/fixtures"
	"throughline/schemas"
	"throughline/workflows"
	"throughline/workflows/evaluate"
)

// EvaluateCmd says how right a project's figures are.
type EvaluateCmd struct {
	Dir       string `default:"." help:"Project folder of an invented population, refreshed." type:"path"`
	Year      int    `help:"Figures of this reporting year and of the academic year that ends in it; none: the last, and with --published all."`
	AllYears  bool   `help:"Indicators of every year."`
	Published bool   `help:"Set the project's figures beside those that England published; needs no truth and builds nothing."`
	Output    string `short:"o" default:"table" enum:"table,json,csv" help:"table, json or csv."`
}

// Run implements the command.
func (c *EvaluateCmd) Run(app *App) error {
	if c.Published {
		return c.published(app)
	}
	p, err := openProject(c.Dir)
	if err != nil {
		return err
	}
	made, err := invented(p.DataDir)
	if err != nil {
		return err
	}
	if made == nil || !p.Opened.Demo {
		return usage("%s has no truth beside its inbox: only an invented population can be evaluated so\nhint: 'throughline demo' makes one; --published needs no truth", c.Dir)
	}
	if y := schemas.Year(c.Year); y != 0 && (y < made.Options.FirstYear || y > made.Options.LastYear) {
		return usage("--year %d: the population was invented for %d to %d", c.Year, made.Options.FirstYear, made.Options.LastYear)
	}
	scratch, err := os.MkdirTemp(p.DataDir, ".tmp-evaluate-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	o := made.Options
	o.Mess = 0
	if _, err := generate(app, p.Opened.Schema, o, scratch); err != nil {
		return err
	}
	found, err := evaluate.Run(app.Ctx, p.Opened, scratch, func(name string) (workflows.Progress, func()) {
		bar := newCountdown(app.Err, name)
		return bar.show, bar.close
	})
	if err != nil {
		return err
	}
	if !c.AllYears {
		year := c.Year
		if year == 0 {
			year = found.Year
		}
		found = found.Of(year)
	}
	return printEvaluation(app, made.Options, found, c.Output)
}

func printEvaluation(app *App, o fixtures.Options, found *evaluate.Result, format string) error {
	r := rows{head: []string{"figure", "measure", "title", "tier", "period", "of", "perfect", "mess", "linkage", "publishing", "whole", "published"}}
	for i := range found.Figures {
		f := &found.Figures[i]
		shown := decimals(f.Published, 2)
		if f.Symbol != "" {
			shown = f.Symbol
		}
		r.cells = append(r.cells, []string{f.ID, f.Measure, f.Title, f.Tier, f.Period, decimals(f.Base, 0), decimals(f.Perfect, 2), change(f.Mess()), change(f.Linkage()),
			change(f.Publishing()), change(f.Whole()), shown})
	}
	if format == "table" {
		r.cut(widest)
	}
	if err := r.print(app.Out, format); err != nil || format != "table" {
		return err
	}
	fmt.Fprintf(app.Out, "\n%s\nmean absolute difference by cause (largest in brackets); what publishing hides is left out\n", describe(o))
	r = rows{head: []string{"of", "figures", "in", "mess", "linkage", "publishing", "whole"}}
	for _, g := range found.Causes() {
		with := func(mean, worst float64) string { return decimals(mean, 2) + " (" + decimals(worst, 2) + ")" }
		r.cells = append(r.cells, []string{g.Group, fmt.Sprint(g.Figures), g.Unit, with(g.Mess, g.WorstMess), with(g.Linkage, g.WorstLinkage), decimals(g.Publishing, 2), with(g.Whole, g.Worst)})
	}
	if err := r.print(app.Out, format); err != nil {
		return err
	}
	fmt.Fprintln(app.Out, "\nshares of core indicators that mistakes move most")
	r = rows{head: []string{"figure", "measure", "title", "period", "of", "perfect", "mess", "linkage"}}
	for _, f := range found.Worst(5) {
		r.cells = append(r.cells, []string{f.ID, f.Measure, f.Title, f.Period, decimals(f.Base, 0), decimals(f.Perfect, 2), change(f.Mess()), change(f.Linkage())})
	}
	r.cut(widest)
	if err := r.print(app.Out, format); err != nil {
		return err
	}
	fmt.Fprintln(app.Out, "\nwhat publishing does to figures of all children, in all years")
	r = rows{head: []string{"level", "figures", "hidden", "shares shown", "moved by rounding, points"}}
	for _, h := range found.Hidden {
		r.cells = append(r.cells, []string{h.Level, fmt.Sprint(h.Figures), fmt.Sprint(h.Hidden), fmt.Sprint(h.Shares), decimals(h.RoundedBy, 2)})
	}
	return r.print(app.Out, format)
}

// published prints a run's figures beside those that England published.
func (c *EvaluateCmd) published(app *App) error {
	p, err := openProject(c.Dir)
	if err != nil {
		return err
	}
	research := filepath.Join(p.DataDir, "outputs", "latest", "research.duckdb")
	if _, err := os.Stat(research); errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s isn't there\nhint: 'throughline refresh --dir %s' makes it", research, c.Dir)
	}
	found, err := evaluate.Published(app.Ctx, research)
	if err != nil {
		return err
	}
	if c.Year != 0 {
		found = slices.DeleteFunc(found, func(f evaluate.Calibration) bool { return !evaluate.In(f.Period, c.Year) })
		if len(found) == 0 {
			return usage("--year %d: England's figures of no such year are known", c.Year)
		}
	}
	r := rows{head: []string{"figure", "measure", "title", "period", "source", "of", "published", "computed", "difference", "within"}}
	within, counted := 0, 0
	for i := range found {
		f := &found[i]
		in := "no"
		switch {
		case math.IsNaN(f.Computed):
			in = ""
		case f.Within():
			in = "yes"
			within++
			counted++
		default:
			counted++
		}
		r.cells = append(r.cells, []string{f.ID, f.Measure, f.Title, f.Period, f.Source, decimals(f.Children, 0), decimals(f.Published, -1), decimals(f.Computed, 2), change(f.Difference()), in})
	}
	if c.Output == "table" {
		r.cut(widest)
	}
	if err := r.print(app.Out, c.Output); err != nil {
		return err
	}
	fmt.Fprintf(app.Err, "%d of %d figures are within their tolerance (2 points for shares); %d have nothing to compare\n", within, counted, len(found)-counted)
	return nil
}

// decimals is a number with n decimals, as many as it has for -1; empty when there is none.
func decimals(v float64, n int) string {
	switch {
	case math.IsNaN(v):
		return ""
	case n < 0:
		return fmt.Sprint(v)
	}
	return fmt.Sprintf("%.*f", n, v)
}

// change is a difference with its sign; 0 when it is less than what is shown.
func change(v float64) string {
	switch {
	case math.IsNaN(v):
		return ""
	case math.Abs(v) < 0.005:
		return "0"
	}
	return fmt.Sprintf("%+.2f", v)
}
