package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"throughline/pipeline/check"
	"throughline/pipeline/finding"
	"throughline/pipeline/read"
	"throughline/schemas"
)

// CheckCmd reads one return and says everything that is wrong with it.
type CheckCmd struct {
	Path     string   `arg:"" help:"Folder of the return's CSV files, or one file." type:"path"`
	Year     int      `required:"" help:"Collection year: 2024 for the year that ends on 31 March 2024. Never guessed from names."`
	Previous string   `help:"Folder of last year's return, to see that what was open then is here." type:"path"`
	Dataset  string   `default:"ssda903" help:"Which dataset it is; an extract's id, or one of your own."`
	Schemas  string   `help:"Folder of your own schemas, laid over the built-in ones." type:"path"`
	Rule     []string `help:"Show findings of these rules only."`
	Limit    int      `default:"20" help:"Findings shown of each rule; 0 shows all. A file of all of them: -o csv or -o json."`
	ShowIDs  bool     `name:"show-ids" help:"Add the child's own number (CHILD) to each finding. Only where you may see it."`
	Output   string   `short:"o" default:"table" enum:"table,json,csv" help:"table, json (one object a line) or csv."`
}

// Run implements the command. Its exit code is 3 when a finding is an error.
func (c *CheckCmd) Run(app *App) error {
	s, err := loadSchemas(c.Schemas)
	if err != nil {
		return err
	}
	if c.Year < 1900 || c.Year > 2100 { // a slip, such as 19: every date would be called wrong
		return usage("--year %d: a collection year has four digits, such as 2024 for the year that ends on 31 March 2024", c.Year)
	}
	d := s.Dataset(c.Dataset)
	if d == nil {
		return usage("no dataset %q; 'throughline codes datasets' lists them", c.Dataset)
	}
	checker := check.New(s)
	files, err := readFolder(checker, c.Path, d, schemas.Year(c.Year))
	if err != nil {
		return err
	}
	delivery := &check.Delivery{Dataset: d, Year: schemas.Year(c.Year), Files: files}
	if c.Previous != "" {
		before, err := readFolder(checker, c.Previous, d, schemas.Year(c.Year-1))
		if err != nil {
			return err
		}
		if delivery.Previous, err = checker.OpenOf(&check.Delivery{Dataset: d, Year: schemas.Year(c.Year - 1), Files: before}); err != nil {
			return err
		}
	}
	ids := map[string]map[[2]int]string{} // module → file and row → CHILD
	res, err := checker.Check(delivery, func(r *check.Row) error {
		if c.ShowIDs {
			if ids[r.Module.ID] == nil {
				ids[r.Module.ID] = map[[2]int]string{}
			}
			ids[r.Module.ID][[2]int{r.File, r.Row}] = r.ID
		}
		return nil
	})
	if err != nil {
		return err
	}
	found := res.Findings
	if len(c.Rule) > 0 {
		for _, r := range c.Rule {
			if finding.Find(r) == nil {
				return usage("no rule %q; 'throughline codes rules' lists them", r)
			}
		}
		found = slices.DeleteFunc(found, func(f finding.Finding) bool { return !slices.Contains(c.Rule, f.Rule) })
	}
	places := map[string]int{}
	for _, f := range files {
		if f.Module != nil {
			places[f.Name] = count(files, f)
		}
	}
	child := func(f finding.Finding) string { return ids[f.Module][[2]int{places[f.File], f.Row}] }
	switch c.Output {
	case "json":
		err = findingsJSON(app.Out, found, child)
	case "csv":
		err = findingsCSV(app.Out, found, child, c.ShowIDs)
	default:
		c.table(app.Out, files, found, child)
	}
	if err != nil {
		return err
	}
	if slices.ContainsFunc(found, func(f finding.Finding) bool { return f.Severity() == "error" }) {
		return errRejected
	}
	return nil
}

// count is how many files of the same module come before f.
func count(files []*read.File, f *read.File) (n int) {
	for _, x := range files {
		if x == f {
			return n
		}
		if x.Module == f.Module {
			n++
		}
	}
	return n
}

func readFolder(c *check.Checker, path string, d *schemas.Dataset, y schemas.Year) ([]*read.File, error) {
	st, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: no such folder or file\nhint: give the folder that holds the CSV files of one return", path)
	}
	if err != nil {
		return nil, err
	}
	paths := []string{path}
	if st.IsDir() {
		paths = nil
		entries, err := os.ReadDir(path)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if e.Type().IsRegular() && e.Name()[0] != '.' {
				paths = append(paths, filepath.Join(path, e.Name()))
			}
		}
		if len(paths) == 0 {
			return nil, fmt.Errorf("no files in %s\nhint: give the folder that holds the CSV files of one return", path)
		}
	}
	var out []*read.File
	for _, p := range paths {
		content, err := os.ReadFile(p)
		if err != nil {
			return nil, err
		}
		// On the data owner's own screen the file has the name that they gave it, less signs that would move the cursor.
		out = append(out, c.Open(strings.Trim(strconv.QuoteToGraphic(filepath.Base(p)), `"`), content, d, y, read.AsGiven)...)
	}
	return out, nil
}

func (c *CheckCmd) table(w io.Writer, files []*read.File, found []finding.Finding, child func(finding.Finding) string) {
	t := newTable(w)
	t.AppendHeader(table.Row{"file", "module", "rows", "text"})
	for _, f := range files {
		m := "set aside"
		if f.Module != nil {
			m = f.Module.ID
		}
		t.AppendRow(table.Row{f.Name, m, f.Rows, f.Encoding})
	}
	t.Render()
	byRule := map[string][]finding.Finding{}
	for _, f := range found {
		byRule[f.Rule] = append(byRule[f.Rule], f)
	}
	rules := make([]string, 0, len(byRule))
	for r := range byRule {
		rules = append(rules, r)
	}
	sort.Slice(rules, func(i, j int) bool {
		a, b := finding.Find(rules[i]), finding.Find(rules[j])
		if a.Severity != b.Severity {
			return a.Severity < b.Severity // error before query
		}
		if n, m := len(byRule[a.ID]), len(byRule[b.ID]); n != m {
			return n > m
		}
		return a.ID < b.ID
	})
	wrong, queries := 0, 0
	for _, id := range rules {
		r, fs := finding.Find(id), byRule[id]
		if r.Severity == "error" {
			wrong += len(fs)
		} else {
			queries += len(fs)
		}
		fmt.Fprintf(w, "\n%s (%s, %d): %s\nhint: %s\n", id, r.Severity, len(fs), r.What, r.Hint)
		for i, f := range fs {
			if c.Limit > 0 && i == c.Limit {
				fmt.Fprintf(w, "  … and %d more; --limit 0 shows all\n", len(fs)-i)
				break
			}
			if id := child(f); id != "" {
				fmt.Fprintf(w, "  %s (CHILD %s)\n", f, id)
			} else {
				fmt.Fprintf(w, "  %s\n", f)
			}
		}
	}
	if len(rules) > 1 { // all at a glance, where the eye is when the screen has stopped
		fmt.Fprintln(w)
		t := newTable(w)
		t.AppendHeader(table.Row{"rule", "severity", "findings", "what"})
		for _, id := range rules {
			r := finding.Find(id)
			t.AppendRow(table.Row{id, r.Severity, len(byRule[id]), r.What})
		}
		t.Render()
	}
	fmt.Fprintf(w, "\nerrors: %d, queries: %d\n", wrong, queries)
}

func findingsJSON(w io.Writer, found []finding.Finding, child func(finding.Finding) string) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, f := range found {
		r := finding.Find(f.Rule)
		msg := f.Message
		if msg == "" {
			msg = r.What
		}
		var fields []string
		if f.Column != "" {
			fields = []string{f.Column}
		}
		err := enc.Encode(struct {
			Rule     string   `json:"rule"`
			Kind     string   `json:"kind"`
			Severity string   `json:"severity"`
			Module   string   `json:"module"`
			File     string   `json:"file"`
			Line     int      `json:"line"`
			Row      int      `json:"row"`
			Fields   []string `json:"fields"`
			Message  string   `json:"message"`
			Hint     string   `json:"hint"`
			Child    string   `json:"child,omitempty"`
		}{f.Rule, "structure", r.Severity, f.Module, f.File, f.Line, f.Row, fields, msg, r.Hint, child(f)})
		if err != nil {
			return err
		}
	}
	return nil
}

func findingsCSV(w io.Writer, found []finding.Finding, child func(finding.Finding) string, ids bool) error {
	head := []string{"rule", "severity", "module", "file", "line", "row", "column", "message", "hint"}
	if ids {
		head = append(head, "child")
	}
	rows := [][]string{head}
	for _, f := range found {
		r := finding.Find(f.Rule)
		msg := f.Message
		if msg == "" {
			msg = r.What
		}
		row := []string{f.Rule, r.Severity, f.Module, f.File, fmt.Sprint(f.Line), fmt.Sprint(f.Row), f.Column, msg, r.Hint}
		if ids {
			row = append(row, child(f))
		}
		rows = append(rows, row)
	}
	return writeCSV(w, rows)
}
