package main

import (
	"fmt"
	"io"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"time"

	"throughline/linkage"
	"throughline/linkage/spec"
	"throughline/workflows"
	"throughline/workflows/linkspec"
	"throughline/workflows/stage"
)

// specFlags are those of link --spec.
type specFlags struct {
	Spec    string            `help:"Link or de-duplicate the CSV or Parquet files that this YAML file describes, instead of a project's deliveries." type:"path" placeholder:"FILE"`
	Local   bool              `help:"With --spec, and required there: everything is done in this process, and nothing is sent to Temporal or kept beside the results."`
	Input   map[string]string `help:"With --spec: take this file for an input that the spec names; may be repeated." mapsep:"none" placeholder:"NAME=PATH"`
	Truth   string            `help:"With --spec: a CSV or Parquet file with the id column and cluster, to tell how good the linkage is." type:"path" placeholder:"FILE"`
	Out     string            `help:"With --spec: folder for the results, 'linked' unless given. Files of an earlier run in it are replaced." type:"path" placeholder:"DIR"`
	Plan    bool              `help:"With --spec: read the files, say what blocking would cost, and stop."`
	Model   string            `help:"With --spec: judge pairs by this model.json of an earlier run with the same rules, and train nothing." type:"existingfile" placeholder:"FILE"`
	Without []string          `help:"With --spec: leave out constraints, score or passes, to see what each brings." placeholder:"PART"`
	Threads int               `help:"With --spec: most threads; 0: one a processor. Results don't depend on it."`
}

// given reports whether a flag that needs --spec was used.
func (c *specFlags) given() bool {
	return c.Local || len(c.Input) > 0 || c.Truth != "" || c.Out != "" || c.Plan || c.Model != "" || len(c.Without) > 0 || c.Threads != 0
}

// The collector of garbage may let the heap grow to three times what is in use while that is little, and works harder the nearer the
// program comes to the limit: most of what a run holds it holds to the end.
const (
	specGCPercent   = 200
	specMemoryLimit = 3 << 30
)

// run links what the spec describes.
func (c *specFlags) run(app *App) error {
	if !c.Local {
		return usage("link --spec works in this process alone: say --local to show that you know")
	}
	if c.Out == "" {
		c.Out = "linked"
	}
	schema, err := loadSchemas("")
	if err != nil {
		return err
	}
	o := linkspec.Options{Spec: c.Spec, Inputs: c.Input, Truth: c.Truth, Out: c.Out, Without: c.Without, Threads: c.Threads, Schema: schema, Version: stage.Version}
	if c.Model != "" {
		if o.Models, err = readModels(c.Model); err != nil {
			return err
		}
	}
	s, err := linkspec.Load(o)
	if err != nil {
		return usageError{err}
	}
	defer debug.SetGCPercent(debug.SetGCPercent(specGCPercent))
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(specMemoryLimit))
	view := newStepView(app.Err)
	if c.Plan {
		plan, rows, err := linkspec.Plan(app.Ctx, s, o, view.show)
		view.close()
		if err != nil {
			return err
		}
		return printPlan(app.Out, s, plan, rows)
	}
	sum, err := linkspec.Run(app.Ctx, s, o, view.show)
	view.close()
	if err != nil {
		return err
	}
	printSpecSummary(app.Out, s, o, sum)
	return nil
}

// stepView shows the steps of link --spec as those of a workflow are shown.
type stepView struct {
	view progressView
	at   workflows.RefreshProgress
}

func newStepView(out io.Writer) *stepView { return &stepView{view: newProgressView(out)} }

func (v *stepView) show(step linkspec.Step, done, total int64) {
	stage := workflows.Stage(step)
	if v.at.Stage != stage {
		v.end()
		v.at.Stage = stage
		v.at.Stages = append(v.at.Stages, workflows.StageTime{Stage: stage, Started: time.Now()})
	}
	v.at.Done, v.at.Total = done, total
	v.view.show(v.at, workflows.Heartbeat{})
}

func (v *stepView) end() {
	if n := len(v.at.Stages); n > 0 {
		v.at.Stages[n-1].Ended = time.Now()
	}
}

func (v *stepView) close() {
	v.end()
	v.at.Stage = workflows.EndStage
	v.view.show(v.at, workflows.Heartbeat{})
	v.view.close()
}

// printSpecSummary is what a person reads after a run.
func printSpecSummary(w io.Writer, s *spec.Spec, o linkspec.Options, sum *linkspec.Summary) {
	fmt.Fprintf(w, "linked    %s: %d rows, %d records, %d clusters\n", s.Title, sum.Rows, sum.Records, sum.Clusters)
	for _, m := range sum.Models.Models {
		if at := sum.Models.Thresholds[m.Kind]; !sum.Models.Joins(m.Kind) {
			fmt.Fprintf(w, "threshold %s: none: too few matches to learn from, so passes alone join\n", m.Kind)
		} else {
			fmt.Fprintf(w, "threshold %s: %.2f bits, probability %.3f\n", m.Kind, at, m.Probability(at))
		}
	}
	printLinkQuality(w, sum.Report.Rows)
	if p := sum.Truth; p != nil {
		fmt.Fprintf(w, "F1        pairs %.4f, pairs of rows %.4f, whole clusters %.4f\n", p.Pairs.F1(), p.RowPairs.F1(), p.Clusters.F1())
		if sum.Score != nil {
			fmt.Fprintf(w, "          score alone, passes and cannot-links left aside, %.4f; %.4f from the best threshold, which takes the truth to find\n", sum.Score.F1(), sum.Best.F1())
		}
		fmt.Fprintf(w, "blocking  pair completeness %.4f, reduction %.6f\n", p.Completeness(), p.Reduction())
	}
	for i, f := range []string{linkspec.ClustersFile, linkspec.PairsFile, linkspec.ModelFile, linkspec.QualityFile, linkspec.PageFile} {
		word := ""
		if i == 0 {
			word = "results"
		}
		fmt.Fprintf(w, "%-9s %s\n", word, filepath.Join(o.Out, f))
	}
}

// printPlan says what blocking would cost, and fails when that is over the budget.
func printPlan(w io.Writer, s *spec.Spec, p *linkage.Planned, read int64) error {
	out := rows{head: []string{"rule", "blocks", "largest", "refused", "pairs compared", "pairs", "alone"}}
	if len(p.Rules) == 0 {
		return fmt.Errorf("the spec has no passes and no blocking, so nothing would be compared")
	}
	dearest := p.Rules[0]
	for _, r := range p.Rules {
		out.cells = append(out.cells, []string{r.ID, strconv.Itoa(r.Blocks), strconv.Itoa(r.Largest), strconv.Itoa(r.TooLarge), strconv.Itoa(r.Compared),
			strconv.Itoa(r.Pairs), strconv.Itoa(r.Alone)})
		if r.Compared > dearest.Compared {
			dearest = r
		}
	}
	if err := out.print(w, "table"); err != nil {
		return err
	}
	fmt.Fprintf(w, "%d rows, %d records; %d pairs share a value of a rule, of %d that the budget allows (%d a record)\n", read, p.Records, p.Compared, p.Allowed, s.Budget)
	if !p.Fits() {
		return fmt.Errorf("the run would be refused: its blocking is over the budget\nhint: %s costs most: ask for more to agree, lower its max_block, or raise budget", dearest.ID)
	}
	fmt.Fprintf(w, "%d pairs would be weighed\n", p.Pairs)
	return nil
}
