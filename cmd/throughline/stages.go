package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"sort"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"throughline/linkage"
	"throughline/workflows"
	"throughline/workflows/stage"
)

// stageFlags are those of every command that runs stages.
type stageFlags struct {
	Dir  string `default:"." help:"Project folder." type:"path"`
	Year int    `help:"Take everything up to this collection year; none: up to the latest in the inbox."`
}

// RefreshCmd runs the whole annual refresh.
type RefreshCmd struct {
	stageFlags
	AllowPartial bool `help:"Publish although a file was set aside. The results say that they are partial."`
}

// Run implements the command.
func (c *RefreshCmd) Run(app *App) error {
	_, err := c.stageFlags.run(app, c.AllowPartial, nil)
	return err
}

// IngestCmd takes what the inbox holds into the lake.
type IngestCmd struct{ stageFlags }

// Run implements the command.
func (c *IngestCmd) Run(app *App) error {
	_, err := c.stageFlags.run(app, false, []workflows.Stage{workflows.IngestStage})
	return err
}

// LinkCmd links, and asks people about what linkage left open.
type LinkCmd struct {
	Run    LinkRunCmd `cmd:"" default:"withargs" help:"Link a project, or with --spec the files that a spec describes; 'throughline link' alone is this command, with the same flags."`
	Model  ModelCmd   `cmd:"" help:"Model files: what a run learned, shown and compared."`
	Review ReviewCmd  `cmd:"" help:"Cases that a person should look at, by how their records agree, and what people decide."`
}

// LinkRunCmd makes the person spine and prints its quality; or links whatever a spec describes.
type LinkRunCmd struct {
	stageFlags
	specFlags
}

// Run implements the command.
func (c *LinkRunCmd) Run(app *App) error {
	if c.Spec != "" {
		if c.Year != 0 {
			return usage("--year goes with a project, not with --spec")
		}
		if here, err := filepath.Abs("."); err != nil || c.Dir != here { // which is what it is unless it is given
			return usage("--dir names a project, and link --spec has none: say --out for the folder of the results, and --input NAME=PATH for files elsewhere")
		}
		return c.specFlags.run(app)
	}
	if c.specFlags.given() {
		return usage("--local, --input, --truth, --out, --plan, --model, --without and --threads go with --spec")
	}
	res, err := c.stageFlags.run(app, false, []workflows.Stage{workflows.LinkStage})
	if err == nil && !res.UpToDate {
		fmt.Fprintln(app.Out, "not published yet: 'throughline refresh' builds and publishes it")
	}
	return err
}

// BuildCmd runs the SQL models.
type BuildCmd struct{ stageFlags }

// Run implements the command.
func (c *BuildCmd) Run(app *App) error {
	_, err := c.stageFlags.run(app, false, []workflows.Stage{workflows.BuildStage})
	return err
}

// PublishCmd makes the outputs.
type PublishCmd struct {
	stageFlags
	AllowPartial bool `help:"Publish although a file was set aside. The results say that they are partial."`
}

// Run implements the command.
func (c *PublishCmd) Run(app *App) error {
	_, err := c.stageFlags.run(app, c.AllowPartial, []workflows.Stage{workflows.PublishStage})
	return err
}

// run carries out stages of a refresh (none: all) as a workflow and prints what came of it.
func (c *stageFlags) run(app *App, partial bool, stages []workflows.Stage) (*workflows.RefreshResult, error) {
	p, err := openProject(c.Dir)
	if err != nil {
		return nil, err
	}
	res, err := runRefresh(app.Ctx, p, workflows.RefreshInput{Year: c.Year, AllowPartial: partial, Stages: stages}, app.Err)
	if err != nil {
		return nil, err
	}
	return res, printResult(app.Out, p, res)
}

// printResult is the summary of a run.
func printResult(w io.Writer, p *Project, res *workflows.RefreshResult) error {
	if res.UpToDate {
		fmt.Fprintf(w, "nothing new: the outputs hold all that the inbox has up to %d\n", res.Year)
	}
	if n := res.Ingest; n.Deliveries > 0 {
		fmt.Fprintf(w, "read      %d deliveries: %d files, %d rows; %d rows kept, %d findings; %d files set aside with %d rows\n",
			n.Deliveries, n.Files, n.Rows, n.Kept, n.Findings, n.QuarantinedFiles, n.QuarantinedRows)
	}
	if res.Later > 0 {
		fmt.Fprintf(w, "          %d deliveries of years after %d wait for the return of their year\n", res.Later, res.Year)
	}
	for _, q := range res.Quarantined {
		fmt.Fprintf(w, "          a file of %s/%d/%s was set aside; 'throughline check' on its folder says why\n", q.Dataset, q.Year, q.Authority)
	}
	if res.Link != nil {
		fmt.Fprintf(w, "linked    %d records into %d children\n", res.Link.Identities, res.Link.Persons)
		rows, err := p.Stages.(*stage.Stages).LinkQuality(res.RunID)
		if err != nil {
			return err
		}
		printLinkQuality(w, rows)
	}
	if res.Build != nil {
		fmt.Fprintf(w, "built     %d tables, %d rows\n", res.Build.Models, res.Build.Rows)
	}
	for _, s := range res.Stages {
		if !s.Ended.IsZero() {
			fmt.Fprintf(w, "time      %-8s %6.1f s\n", s.Stage, s.Ended.Sub(s.Started).Seconds())
		}
	}
	if v := res.Publish; v != nil || res.UpToDate {
		out := filepath.Join(p.DataDir, "outputs", "latest")
		if v != nil {
			fmt.Fprintf(w, "vintage   %s, snapshot %.12s\n", v.Vintage, v.Snapshot)
		}
		fmt.Fprintf(w, "report    %s\n          %s (every indicator)\n          %s (a sheet an area)\ndatabases %s\n          %s (row level: stays inside)\n",
			filepath.Join(out, "report.html"), filepath.Join(out, "indicators.html"), filepath.Join(out, "areas", "index.html"),
			filepath.Join(out, "publication.duckdb"), filepath.Join(out, "research.duckdb"))
		if !p.Opened.Demo && !p.Opened.Policies.ReleaseWithPrimaryControl {
			fmt.Fprintln(w, "          report and publication.duckdb say that they are not for release: disclosure control is primary suppression and rounding")
			fmt.Fprintln(w, "          only; to let them go all the same, set policies.release_with_primary_control in throughline.yaml and refresh again")
		}
	}
	return nil
}

// shareOrNone is a share, or a dash where it is of nothing.
func shareOrNone(f float64) string {
	if math.IsNaN(f) {
		return "–"
	}
	return fmt.Sprintf("%.4f", f)
}

// printLinkQuality prints what a statistician looks at first: passes with counts, and precision and recall where truth is known.
func printLinkQuality(w io.Writer, q []linkage.QualityRow) {
	type score struct{ precision, recall, right, wrong, missed float64 }
	scores := map[[2]string]*score{}
	passes := map[string]float64{}
	cases := 0.0
	for _, r := range q {
		switch r.Section {
		case "evaluation":
			item, what, ok := strings.Cut(r.Item, ": ")
			if !ok {
				continue
			}
			k := [2]string{item, r.Subgroup}
			if scores[k] == nil {
				scores[k] = &score{precision: math.NaN(), recall: math.NaN()} // which have no row where there is nothing to count
			}
			switch what {
			case "precision":
				scores[k].precision = r.Value
			case "recall":
				scores[k].recall = r.Value
			case "right":
				scores[k].right = r.Value
			case "false":
				scores[k].wrong = r.Value
			case "missed":
				scores[k].missed = r.Value
			}
		case "review":
			if r.Item == "queued" && r.Subgroup == "" {
				cases = r.Value
			}
		case "pass":
			if r.Subgroup == "joined" {
				passes[r.Item] = r.Value
			}
		}
	}
	if len(passes) > 0 {
		var names []string
		for n, v := range passes {
			if v > 0 {
				names = append(names, fmt.Sprintf("%s %.0f", n, v))
			}
		}
		sort.Strings(names)
		if len(names) == 0 {
			names = []string{"none: no two records agree in what a pass asks for"}
		}
		fmt.Fprintf(w, "          joined by pass: %s\n", strings.Join(names, ", "))
	}
	if cases > 0 {
		fmt.Fprintf(w, "          cases for a person to look at: %.0f; 'throughline link review' lists them\n", cases)
	}
	if len(scores) == 0 {
		return
	}
	keys := make([][2]string, 0, len(scores))
	for k := range scores {
		keys = append(keys, k)
	}
	sort.Slice(keys, func(i, j int) bool {
		if (keys[i][0] == "pairs") != (keys[j][0] == "pairs") {
			return keys[i][0] == "pairs"
		}
		return keys[i][0]+"\x00"+keys[i][1] < keys[j][0]+"\x00"+keys[j][1]
	})
	t := newTable(w)
	t.AppendHeader(table.Row{"against known truth", "of", "precision", "recall", "right", "false", "missed"})
	for _, k := range keys {
		s, of := scores[k], k[1]
		if of == "" {
			of = "all"
		}
		t.AppendRow(table.Row{k[0], of, shareOrNone(s.precision), shareOrNone(s.recall), fmt.Sprintf("%.0f", s.right), fmt.Sprintf("%.0f", s.wrong), fmt.Sprintf("%.0f", s.missed)})
	}
	t.Render()
}

// isRejection reports whether an error means that the data, not the program, must change.
func isRejection(err error) bool {
	var f *runFailed
	if errors.As(err, &f) {
		return f.ExitCode() == exitRejected
	}
	var r *workflows.Rejected
	return errors.As(err, &r) && (r.Kind == workflows.ReturnRejected || r.Kind == workflows.PartialRun)
}
