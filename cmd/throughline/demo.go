package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"throughline/fixtures"
	"throughline/schemas"
	"throughline/workflows"
	"throughline/workflows/project"
)

// population are the flags that say which children to invent.
type population struct {
	Children    int     `help:"Children ever looked after in the span." xor:"size"`
	Stock       int     `help:"Children in care on the last 31 March, in place of --children." xor:"size"`
	Years       string  `default:"2016-2025" help:"First and last collection year."`
	Seed        uint64  `default:"1" help:"The same seed gives the same children, byte for byte."`
	Authorities int     `help:"How many local authorities; none: as many as fit the size."`
	Mess        float64 `default:"1" help:"How often records are wrong: 1 is the published rate, 0 never."`
	Effect      float64 `default:"-1" help:"Points that care adds to a child's SDQ score over the same child without it."`
	Shared      bool    `help:"Children's homes and carers keep their postcodes, which many children share; else each placement has its own."`
}

func (p population) options(usual int) (fixtures.Options, error) {
	o := fixtures.Options{Seed: p.Seed, Children: p.Children, Stock: p.Stock, Authorities: p.Authorities, Mess: p.Mess, Effect: p.Effect, Shared: p.Shared}
	if o.Children == 0 && o.Stock == 0 {
		o.Children = usual
	}
	from, to, ok := strings.Cut(p.Years, "-")
	a, err1 := strconv.Atoi(from)
	b, err2 := strconv.Atoi(to)
	if !ok || err1 != nil || err2 != nil {
		return o, usage("--years %q: first and last year, such as 2016-2025", p.Years)
	}
	o.FirstYear, o.LastYear = schemas.Year(a), schemas.Year(b)
	if err := o.Validate(); err != nil {
		return o, usage("%v", err)
	}
	return o, nil
}

// SynthCmd writes an invented population's files.
type SynthCmd struct {
	population
	Form       string `default:"csv" enum:"csv,xml,workbook,stacked,zip" help:"How returns are sent: CSV files, one XML file, one workbook, CSV files as a regional pipeline stacks them, a zip of CSV files. Extracts are CSV always."`
	Out        string `type:"path" help:"Folder for inbox/ and truth/; it must not have them yet."`
	ChildYears string `type:"path" placeholder:"FILE" help:"Write one CSV row for every child and year of the returns, with who they are in FILE_truth beside it; alone, nothing else is invented."`
	People     string `type:"path" placeholder:"FILE" help:"Write CSV records of invented people with names, and who they are: data to try linkage on. Takes --records and --seed."`
	Records    int    `default:"1000" help:"How many records of people."`
	Margins    bool   `help:"Write nothing; print how the children compare with published figures for England."`
	Output     string `short:"o" default:"table" enum:"table,json,csv" help:"Of the margins: table, json or csv."`
}

// Run implements the command.
func (c *SynthCmd) Run(app *App) error {
	o, err := c.options(2000)
	if err != nil {
		return err
	}
	if f := fixtures.Form(c.Form); f != fixtures.CSV { // CSV is left blank: the same options as a demo's
		o.Form = f
	}
	s, err := schemas.Load(nil)
	if err != nil {
		return err
	}
	if c.Margins {
		return c.margins(app, s, o)
	}
	if c.Out == "" && c.ChildYears == "" && c.People == "" {
		return usage("say where to write with --out, --child-years or --people, or ask for the table with --margins")
	}
	if c.People != "" {
		if err := c.people(app); err != nil {
			return err
		}
	}
	if c.ChildYears != "" {
		if err := c.childYears(app, s, o); err != nil {
			return err
		}
	}
	if c.Out == "" {
		return nil
	}
	sum, err := generate(app, s, o, c.Out)
	if err != nil {
		return err
	}
	fmt.Fprintf(app.Out, "%d children ever in care, %d on 31 March %d, %d authorities: %d files, %.1f MB\n", sum.Children, sum.Stock, o.LastYear, len(sum.Authorities), sum.Files, float64(sum.Bytes)/1e6)
	fmt.Fprintf(app.Out, "returns  %s\ntruth    %s\n", filepath.Join(c.Out, "inbox"), filepath.Join(c.Out, "truth"))
	return nil
}

// childYears writes the returns' children as plain rows.
func (c *SynthCmd) childYears(app *App, s *schemas.Schema, o fixtures.Options) error {
	bar := newCountdown(app.Err, "invent child-years")
	sum, err := fixtures.ChildYears(app.Ctx, s, o, c.ChildYears, bar.show)
	bar.close()
	if err != nil {
		return err
	}
	fmt.Fprintf(app.Out, "%d rows, %d identities (authority and CHILD), %d persons, %d authorities, %d numbers used for several children\n", sum.Rows, sum.Identities, sum.Persons, sum.Authorities, sum.Reused)
	fmt.Fprintf(app.Out, "rows     %s\ntruth    %s\n", c.ChildYears, fixtures.TruthPath(c.ChildYears))
	return nil
}

// people writes records of invented people.
func (c *SynthCmd) people(app *App) error {
	if c.Records <= 0 {
		return usage("--records %d: ask for one or more", c.Records)
	}
	if err := os.MkdirAll(filepath.Dir(c.People), 0o777); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(c.People), ".people-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := errors.Join(fixtures.People(app.Ctx, c.Records, c.Seed, f), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), c.People); err != nil {
		return err
	}
	fmt.Fprintf(app.Out, "%d records\npeople   %s\n", c.Records, c.People)
	return nil
}

// margins prints the invented children's shares beside the published ones.
func (c *SynthCmd) margins(app *App, s *schemas.Schema, o fixtures.Options) error {
	bar := newCountdown(app.Err, "invent children")
	found, err := fixtures.Margins(app.Ctx, s, o, bar.show)
	bar.close()
	if err != nil {
		return err
	}
	r := rows{head: []string{"figure", "unit", "published", "invented", "difference", "within", "children"}}
	within := 0
	for _, m := range found {
		in := "no"
		if m.Within {
			in = "yes"
			within++
		}
		r.cells = append(r.cells, []string{m.ID, m.Unit, fmt.Sprintf("%.1f", m.Published), fmt.Sprintf("%.1f", m.Invented), fmt.Sprintf("%+.1f", m.Difference), in, fmt.Sprint(m.Base)})
	}
	if err := r.print(app.Out, c.Output); err != nil {
		return err
	}
	fmt.Fprintf(app.Err, "%d of %d figures are within their tolerance (2 points for shares)\n", within, len(found))
	return nil
}

// generate writes a population beside its place and moves it there whole, so that a stopped run leaves nothing that looks finished.
func generate(app *App, s *schemas.Schema, o fixtures.Options, dir string) (*fixtures.Summary, error) {
	tmp := filepath.Join(dir, ".tmp-synth")
	if sum, ok := halfMoved(dir, tmp); ok {
		return sum, errors.Join(os.Rename(filepath.Join(tmp, "truth"), filepath.Join(dir, "truth")), os.RemoveAll(tmp))
	}
	for _, n := range []string{"truth", "inbox"} {
		entries, err := os.ReadDir(filepath.Join(dir, n))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		for _, e := range entries {
			if sub, err := os.ReadDir(filepath.Join(dir, n, e.Name())); err != nil || len(sub) > 0 {
				return nil, fmt.Errorf("%s isn't empty\nhint: choose another folder, or remove it", filepath.Join(dir, n))
			}
		}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if err := os.RemoveAll(tmp); err != nil {
		return nil, err
	}
	defer os.RemoveAll(tmp)
	bar := newCountdown(app.Err, "invent children")
	sum, err := fixtures.Generate(app.Ctx, s, o, tmp, bar.show)
	bar.close()
	if err != nil {
		return nil, err
	}
	for _, n := range []string{"inbox", "truth"} { // truth last: it says that the population is whole
		if err := os.RemoveAll(filepath.Join(dir, n)); err != nil {
			return nil, err
		}
		if err := os.Rename(filepath.Join(tmp, n), filepath.Join(dir, n)); err != nil {
			return nil, err
		}
	}
	return sum, nil
}

// halfMoved finds a population that was stopped between its two moves: the inbox in place, the truth not yet.
func halfMoved(dir, tmp string) (*fixtures.Summary, bool) {
	b, err := os.ReadFile(filepath.Join(tmp, "truth", "summary.json"))
	if err != nil {
		return nil, false
	}
	if _, err := os.Stat(filepath.Join(tmp, "inbox")); !errors.Is(err, fs.ErrNotExist) {
		return nil, false
	}
	var sum fixtures.Summary
	return &sum, json.Unmarshal(b, &sum) == nil
}

// invented is the population that a folder holds; nil when it holds none.
func invented(dir string) (*fixtures.Summary, error) {
	path := filepath.Join(dir, "truth", "summary.json")
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var sum fixtures.Summary
	if err := json.Unmarshal(b, &sum); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &sum, nil
}

// describe says which options a population was made with, as they are given on the command line.
func describe(o fixtures.Options) string {
	size := fmt.Sprintf("--children %d", o.Children)
	if o.Stock > 0 {
		size = fmt.Sprintf("--stock %d", o.Stock)
	}
	if o.Authorities > 0 {
		size += fmt.Sprintf(" --authorities %d", o.Authorities)
	}
	if o.Shared {
		size += " --shared"
	}
	if o.Form != "" {
		size += " --form " + string(o.Form)
	}
	return fmt.Sprintf("%s --years %d-%d --seed %d --mess %g --effect=%g", size, o.FirstYear, o.LastYear, o.Seed, o.Mess, o.Effect)
}

// DemoCmd invents a population and runs the whole refresh on it.
type DemoCmd struct {
	population
	Dir string `default:"demo" help:"Folder for the demo. One that is there goes on where it was." type:"path"`
}

// Run implements the command.
func (c *DemoCmd) Run(app *App) error {
	o, err := c.options(500)
	if err != nil {
		return err
	}
	began := time.Now()
	known, err := invented(c.Dir)
	if err != nil {
		return err
	}
	if known != nil && known.Options != o {
		return usage("%s holds another population: %s\nhint: give the same options, or another --dir", c.Dir, describe(known.Options))
	}
	p, err := project.Init(c.Dir, fmt.Sprintf("demo-%d", o.Seed), true, o.Seed)
	if err != nil {
		return err
	}
	if !p.Demo {
		return usage("%s is a project with real data; choose another --dir", c.Dir)
	}
	if known == nil {
		sum, err := generate(app, p.Schema, o, c.Dir)
		if err != nil {
			return err
		}
		fmt.Fprintf(app.Out, "invented  %d children ever in care from %d to %d, %d authorities, seed %d: %d files, %.1f MB, %.1f s\n", sum.Children, o.FirstYear, o.LastYear,
			len(sum.Authorities), o.Seed, sum.Files, float64(sum.Bytes)/1e6, time.Since(began).Seconds())
	} else {
		fmt.Fprintf(app.Out, "%s has a population already: going on with it\n", c.Dir)
	}
	opened, err := openProject(c.Dir)
	if err != nil {
		return err
	}
	res, err := runRefresh(app.Ctx, opened, workflows.RefreshInput{AllowPartial: true}, app.Err)
	if err != nil {
		return err
	}
	if err := printResult(app.Out, opened, res); err != nil {
		return err
	}
	fmt.Fprintf(app.Out, "web UI    throughline up --dir %s   (runs, their progress and history in a browser)\nask       throughline query --dir %s \"from framework\"\nin all    %.1f s\n", c.Dir, c.Dir, time.Since(began).Seconds())
	return nil
}
