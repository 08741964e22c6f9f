package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"

	"throughline/linkage/compare"
	"throughline/pipeline/finding"
	"throughline/schemas"
)

// RulesCmd shows the rules that returns are checked by.
type RulesCmd struct {
	List RulesListCmd `cmd:"" default:"withargs" help:"All rules, or those of a year, module, kind or severity."`
	Show RulesShowCmd `cmd:"" help:"What a rule says, why it matters and how such cases are put right."`
}

// whichRules says whose rules are meant.
type whichRules struct {
	Dataset string `default:"ssda903" help:"Which dataset's rules; an extract has those on reading alone."`
	Schemas string `help:"Folder of your own schemas, laid over the built-in ones." type:"path"`
}

// open gives the dataset, and the ruleset that is meant by a year; zero when no year was said.
func (c *whichRules) open(app *App, said int) (*schemas.Dataset, schemas.Year, error) {
	s, err := loadSchemas(c.Schemas)
	if err != nil {
		return nil, 0, err
	}
	d := s.Dataset(c.Dataset)
	if d == nil {
		return nil, 0, usage("no dataset %q; 'throughline codes datasets' lists them", c.Dataset)
	}
	if err := fourDigits("--year", said); err != nil {
		return nil, 0, err
	}
	y := schemas.Year(said)
	if said == 0 || len(d.Rules) == 0 {
		return d, y, nil
	}
	near := d.Rulesets.Nearest(y)
	if near != y {
		fmt.Fprintf(app.Err, "rules are known for %d to %d: these are those of %d\n", d.Rulesets.First, d.Rulesets.Last, near)
	}
	return d, near, nil
}

// fourDigits refuses a year that is a slip, such as 19: every date would be called wrong. Zero: none was said.
func fourDigits(flag string, said int) error {
	if said != 0 && (said < 1900 || said > 2100) {
		return usage("%s %d: a collection year has four digits, such as 2024 for the year that ends on 31 March 2024", flag, said)
	}
	return nil
}

// RulesListCmd lists the rules.
type RulesListCmd struct {
	Year     int    `help:"Only rules of this year's ruleset."`
	Module   string `help:"Only rules that look at this module, such as Episodes."`
	Kind     string `help:"Only rules of this kind: stage1, stage2, integrity, unknown_stage (rules of the collection), or reading (found before any of them is applied)." enum:"stage1,stage2,integrity,unknown_stage,reading," default:""`
	Severity string `help:"Only errors or warnings." enum:"error,warning," default:""`
	whichRules
	Output string `short:"o" default:"table" enum:"table,json,csv" help:"table, json or csv."`
}

// Run implements the command.
func (c *RulesListCmd) Run(app *App) error {
	d, y, err := c.open(app, c.Year)
	if err != nil {
		return err
	}
	if c.Module != "" && !slices.ContainsFunc(d.Modules, func(m *schemas.Module) bool { return strings.EqualFold(m.ID, c.Module) }) {
		return usage("no module %q in %s; 'throughline codes modules' lists them", c.Module, d.ID)
	}
	r := rows{head: []string{"rule", "kind", "severity", "years", "title", "modules"}}
	known, reading := 0, 0
	for _, x := range d.Rules {
		looks := slices.Concat(x.Modules, x.Optional)
		if y != 0 && !x.In(y) || c.Kind != "" && c.Kind != x.Kind || c.Severity != "" && c.Severity != x.Severity ||
			c.Module != "" && !slices.ContainsFunc(looks, func(m string) bool { return strings.EqualFold(m, c.Module) }) {
			continue
		}
		known++
		r.cells = append(r.cells, []string{x.Code, x.Kind, x.Severity, years(x), x.Title, strings.Join(looks, " ")})
	}
	for _, x := range finding.All() { // those look at every module
		if c.Kind != "" && c.Kind != finding.Reading || c.Severity != "" && c.Severity != x.Severity {
			continue
		}
		reading++
		r.cells = append(r.cells, []string{x.ID, x.Kind, x.Severity, "all", x.Title, ""})
	}
	if len(r.cells) == 0 {
		return usage("no such rules; 'throughline rules list' lists them all")
	}
	if err := r.print(app.Out, c.Output); err != nil || c.Output != "table" {
		return err
	}
	of := ""
	if y != 0 {
		of = fmt.Sprintf(" of %d", y)
	}
	_, err = fmt.Fprintf(app.Out, "\nrules of the collection%s: %d, on reading: %d\n", of, known, reading)
	return err
}

// years are those whose rulesets have a rule.
func years(r *schemas.Rule) string {
	switch {
	case r.NeverActive:
		return "never"
	case r.FirstYear == 0 && r.LastYear == 0:
		return "all"
	case r.LastYear == 0:
		return fmt.Sprintf("from %d", r.FirstYear)
	case r.FirstYear == 0:
		return fmt.Sprintf("to %d", r.LastYear)
	case r.FirstYear == r.LastYear:
		return fmt.Sprint(int(r.FirstYear))
	}
	return fmt.Sprintf("%d to %d", r.FirstYear, r.LastYear)
}

// RulesShowCmd explains rules.
type RulesShowCmd struct {
	Code []string `arg:"" help:"Codes, such as 388 or bad_date."`
	Year int      `help:"Show what the rule says in this year's ruleset; else in the latest."`
	whichRules
	Output string `short:"o" default:"table" enum:"table,json,csv" help:"table, json or csv."`
}

// Run implements the command.
func (c *RulesShowCmd) Run(app *App) error {
	d, y, err := c.open(app, c.Year)
	if err != nil {
		return err
	}
	all := rows{head: []string{"rule", "field", "value"}}
	for i, code := range c.Code {
		r := rows{head: []string{"field", "value"}}
		switch x, f := d.Rule(code), finding.Find(strings.ToLower(code)); {
		case x != nil:
			r.cells = c.rule(d, x, y)
		case f != nil:
			r.cells = onReading(f)
		default:
			return usage("no rule %q; nearest: %s; 'throughline rules list' lists them all", code, strings.Join(nearest(d, code), ", "))
		}
		if c.Output != "table" {
			for _, cell := range r.cells {
				all.cells = append(all.cells, []string{r.cells[0][1], cell[0], cell[1]})
			}
			continue
		}
		for _, row := range r.cells {
			var lines []string // a predicate keeps its own
			for _, l := range strings.Split(row[1], "\n") {
				lines = append(lines, text.WrapSoft(l, 110))
			}
			row[1] = strings.Join(lines, "\n")
		}
		if i > 0 {
			fmt.Fprintln(app.Out)
		}
		if err := r.print(app.Out, c.Output); err != nil {
			return err
		}
	}
	if c.Output == "table" {
		return nil
	}
	return all.print(app.Out, c.Output)
}

// needs are what a rule may need beside the return, in words.
var needs = map[string]string{
	"last_year": "last year's return (check --previous)",
	"postcodes": "a table of postcodes (check --postcodes)",
	"providers": "a list of registered settings (check --providers)",
	"uasc":      "who is an unaccompanied asylum-seeking child: the module UASC, or the XML form",
}

// rule is a rule of the collection as it stands in a ruleset: zero for the latest.
func (c *RulesShowCmd) rule(d *schemas.Dataset, x *schemas.Rule, y schemas.Year) [][]string {
	var out [][]string
	say := func(field, value string) {
		if value != "" {
			out = append(out, []string{field, value})
		}
	}
	say("rule", x.Code)
	say("title", x.Title)
	say("kind", x.Kind)
	say("severity", x.Severity)
	say("modules", strings.Join(x.Modules, ", "))
	say("looks at, if there", strings.Join(x.Optional, ", "))
	say("fields", strings.Join(x.Fields, ", "))
	force := years(x)
	switch {
	case x.NeverActive:
		force = "never: it was written and withdrawn, and runs only when asked for by its code"
	case y != 0 && !x.In(y):
		force += fmt.Sprintf("; not in the ruleset of %d", y)
	}
	say("in force", force+fmt.Sprintf(" (rules are known for %d to %d)", d.Rulesets.First, d.Rulesets.Last))
	if y == 0 {
		y = d.Rulesets.Last
		which := "the latest"
		if x.LastYear != 0 && x.LastYear < y {
			y, which = x.LastYear, "the last to have it"
		}
		say("explained as", fmt.Sprintf("in the rules of %d (%s); --year shows another", y, which))
	}
	flags, when := x.At(y)
	say(fmt.Sprintf("%s in %d when", x.Severity, y), when)
	for _, s := range sayings(d, x) {
		say("said "+s.span, s.words)
	}
	var need []string
	for _, n := range x.Needs {
		need = append(need, needs[n])
	}
	say("needs", strings.Join(need, "; "))
	say("why it matters", x.Why)
	say("how it is put right", x.Fix)
	if differs, ok := strings.CutPrefix(x.Note, "Differs: "); ok {
		say("differs from others", differs)
	} else {
		say("note", x.Note)
	}
	file := "schemas/" + x.File
	if own := filepath.Join(c.Schemas, x.File); c.Schemas != "" {
		if _, err := os.Stat(own); err == nil {
			file = own
		}
	}
	say("defined in", file)
	for _, m := range slices.Sorted(maps.Keys(flags)) {
		say("predicate, "+m, strings.TrimSpace(flags[m]))
	}
	return out
}

// saying is what a rule said over some rulesets.
type saying struct{ span, words string }

// sayings are what a rule has said, by span of rulesets; none when it has always been the same.
func sayings(d *schemas.Dataset, x *schemas.Rule) []saying {
	if len(x.Versions) == 0 {
		return nil
	}
	first, last := max(d.Rulesets.First, x.FirstYear), d.Rulesets.Last
	if x.LastYear != 0 {
		last = min(last, x.LastYear)
	}
	var out []saying
	begin := first
	before := ""
	add := func(to schemas.Year) {
		_, words := x.At(begin)
		if words == before {
			words = "as before; the codes or tables behind it differ"
		} else {
			before = words
		}
		span := fmt.Sprintf("%d to %d", begin, to)
		if begin == to {
			span = fmt.Sprint(int(begin))
		}
		out = append(out, saying{span, words})
	}
	for _, v := range x.Versions {
		if v.From <= begin || v.From > last {
			continue
		}
		add(v.From - 1)
		begin = v.From
	}
	add(last)
	if len(out) == 1 {
		return nil
	}
	return out
}

// onReading is a rule on reading.
func onReading(f *finding.Rule) [][]string {
	out := [][]string{{"rule", f.ID}, {"title", f.Title}, {"kind", f.Kind}, {"severity", f.Severity}, {"modules", "all"}, {"in force", "all years"}, {"how it is put right", f.Hint}}
	if len(f.SaidBy) > 0 {
		out = append(out, []string{"left to", "rules of the collection that say the same of a row and column: " + strings.Join(f.SaidBy, ", ")})
	}
	return append(out, []string{"defined in", "pipeline/finding/rules.yaml"})
}

// nearest are the codes most like one that isn't there.
func nearest(d *schemas.Dataset, code string) []string {
	var all []string
	for _, r := range d.Rules {
		all = append(all, r.Code)
	}
	for _, f := range finding.All() {
		all = append(all, f.ID)
	}
	like := func(c string) int {
		a, b := strings.ToLower(c), strings.ToLower(code)
		n := 2 * compare.Levenshtein(a, b)
		if strings.HasPrefix(a, b) || strings.HasPrefix(b, a) {
			n--
		}
		return n
	}
	slices.SortStableFunc(all, func(a, b string) int { return like(a) - like(b) })
	return all[:min(3, len(all))]
}
