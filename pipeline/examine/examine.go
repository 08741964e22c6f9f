package examine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"throughline/pipeline/check"
	"throughline/pipeline/finding"
	"throughline/pipeline/read"
	"throughline/pipeline/reference"
	"throughline/pipeline/rules"
	"throughline/schemas"
	"throughline/schemas/identifier"
)

// Source is one file as its owner has it.
type Source struct {
	Name    string
	Content []byte
}

// Options say what is examined, and against what.
type Options struct {
	Year      schemas.Year // zero: worked out from the dates
	LA        string       // ONS code of the authority; of a stack of returns, the only one to look at; empty: not known, or all of the stack
	Ruleset   schemas.Year // zero: the year's own
	Rules     []string     // codes and ids of the only rules to apply
	AsGiven   bool         // show the names of files, sheets and members as they are: people name them after children
	Previous  []Source     // last year's return
	Notes     []string     // what the reader must know beside
	Postcodes *reference.Postcodes
	Providers []reference.Provider
}

// Return is what was found in one return.
type Return struct {
	LA        string // ONS code; empty when it isn't known
	Authority string // its name
	Year      schemas.Year
	YearHow   string       // how the year was worked out; empty when it was told
	Ruleset   schemas.Year // zero for a dataset without rules
	Previous  bool         // whether last year's return was there, with something of it that could be used
	Before    []*read.File // its files
	Only      []string     // the only rules that were asked for; none: all
	Notes     []string     // what the reader must know beside
	Files     []*read.File
	Findings  []finding.Finding // those of files and values first, then rules in order
	Rules     []rules.Applied

	dataset *schemas.Dataset
	rows    *rules.Return
	most    []string // what is wrong in one way in most rows of a file
	veil    *veil
}

// Examiner examines returns of one dataset.
type Examiner struct {
	schema  *schemas.Schema
	dataset *schemas.Dataset
	checker *check.Checker
	quote   *finding.Quoter
	engine  func() (*rules.Engine, error)
}

// New returns an Examiner. The rules' database opens while the first files are read.
func New(s *schemas.Schema, d *schemas.Dataset) *Examiner {
	x := &Examiner{schema: s, dataset: d, checker: check.New(s), quote: finding.NewQuoter(s)}
	x.engine = sync.OnceValues(func() (*rules.Engine, error) { return rules.New(s, d) })
	if len(d.Rules) > 0 {
		go x.engine()
	}
	return x
}

// Close lets go of the database.
func (x *Examiner) Close() error {
	if len(x.dataset.Rules) == 0 {
		return nil
	}
	e, err := x.engine()
	if err != nil {
		return nil // who needed it has been told
	}
	return e.Close()
}

// Examine looks at all returns that files hold: one, or of a stack each of its authorities and years, in order.
func (x *Examiner) Examine(ctx context.Context, files []Source, o Options) ([]*Return, error) {
	now := x.open(files, o.Year, o.AsGiven)
	stacked := map[read.Return]bool{}
	plain := false
	for _, f := range now {
		plain = plain || f.Module != nil && !f.IsStack() && f.Rows > 0
		for _, r := range f.Returns() {
			stacked[r] = true
		}
	}
	if len(stacked) == 0 {
		r, err := x.one(ctx, files, now, o)
		return []*Return{r}, err
	}
	if plain {
		return nil, fmt.Errorf("some files have the columns LA and YEAR and others don't, so nobody can tell whose rows the others are\nhint: check them apart")
	}
	var out []*Return
	previous := map[schemas.Year][]*read.File{} // last year's files, opened once for all returns of a year
	order := slices.SortedFunc(maps.Keys(stacked), func(a, b read.Return) int { return cmp.Or(cmp.Compare(a.Year, b.Year), strings.Compare(a.LA, b.LA)) })
	for _, of := range order {
		if o.LA != "" && of.LA != o.LA || o.Year != 0 && of.Year != o.Year {
			continue
		}
		part := o
		part.Year, part.LA = of.Year, of.LA
		before := read.Return{LA: of.LA, Year: of.Year - 1}
		var last []*read.File
		switch {
		case len(o.Previous) > 0:
			if previous[before.Year] == nil {
				previous[before.Year] = x.open(o.Previous, before.Year, o.AsGiven)
			}
			last = earlier(previous[before.Year], before)
		case slices.ContainsFunc(now, func(f *read.File) bool { return len(f.Returns()) > 0 && len(f.Before(before)) > 0 }):
			last = earlier(now, before)
		}
		mine := narrow(now, of)
		for i, f := range now { // rows of no return are said once, with the first
			if none, lost := f.Lost(); lost > 0 && len(out) == 0 {
				mine[i].Problems = append(mine[i].Problems, none)
			}
		}
		r, err := x.look(ctx, mine, last, part, "")
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("the stack has no return of %s", describe(o))
	}
	return out, nil
}

func describe(o Options) string {
	var words []string
	if o.LA != "" {
		words = append(words, o.LA)
	}
	if o.Year != 0 {
		words = append(words, fmt.Sprint(int(o.Year)))
	}
	return strings.Join(words, " in ")
}

// one looks at a return that isn't in a stack. Its year, when nobody tells it, is worked out from its dates.
func (x *Examiner) one(ctx context.Context, files []Source, now []*read.File, o Options) (*Return, error) {
	how := ""
	if o.Year == 0 {
		if o.Year, how = read.YearOf(now); o.Year == 0 {
			return nil, fmt.Errorf("the dates don't tell which year it is of: %s\nhint: say it with --year: 2024 for the year that ends on 31 March 2024", how)
		}
		now = x.open(files, o.Year, o.AsGiven)
	}
	var last []*read.File
	if len(o.Previous) > 0 {
		before := read.Return{LA: o.LA, Year: o.Year - 1}
		for _, f := range x.open(o.Previous, before.Year, o.AsGiven) {
			if of := f.Returns(); len(of) > 0 && o.LA == "" {
				return nil, fmt.Errorf("last year's files are a stack of returns\nhint: say with --la whose is meant")
			}
			last = append(last, f.Before(before)...)
		}
	}
	return x.look(ctx, now, last, o, how)
}

// fewEpisodes don't contradict the year that somebody says.
const fewEpisodes = 10

// episodes are the files that tell the year best; none when they hold too few rows to contradict anybody.
func episodes(files []*read.File) (out []*read.File) {
	rows := int64(0)
	for _, f := range files {
		if f.Module != nil && f.Module.Holds == schemas.Episodes {
			out, rows = append(out, f), rows+f.Rows
		}
	}
	if rows < fewEpisodes {
		return nil
	}
	return out
}

// usable reports whether a file isn't set aside.
func usable(f *read.File) bool { return f.Module != nil }

// doubts are said where dates tell of another year than somebody did.
func doubts(files, last []*read.File, said schemas.Year, how string) (notes []string) {
	if how == "" {
		if y, why := read.YearOf(episodes(files)); y != 0 && y != said {
			notes = append(notes, fmt.Sprintf("the dates say %d, not %d: %s", y, said, why))
		}
	}
	if y, why := read.YearOf(episodes(last)); y != 0 && y != said-1 {
		notes = append(notes, fmt.Sprintf("what was given as last year's return looks like one of %d: %s", y, why))
	}
	return notes
}

// earlier is what files hold of a return, or of those of the authorities whose place its authority took.
func earlier(files []*read.File, of read.Return) (out []*read.File) {
	for _, f := range files {
		out = append(out, f.Before(of)...)
	}
	return out
}

func narrow(files []*read.File, of read.Return) []*read.File {
	out := make([]*read.File, len(files))
	for i, f := range files {
		out[i] = f.Of(of)
	}
	return out
}

// open reads files. A name may tell of which module a file is, so that it takes the one by which it is shown when it has been read.
func (x *Examiner) open(files []Source, y schemas.Year, asGiven bool) []*read.File {
	var out []*read.File
	for i, f := range files {
		if asGiven {
			out = append(out, x.checker.Open(f.Name, f.Content, x.dataset, y, read.AsGiven)...)
			continue
		}
		shown := x.quote.Name(f.Name, i)
		within := x.checker.Open(f.Name, f.Content, x.dataset, y)
		for _, one := range within {
			one.Name = shown + strings.TrimPrefix(one.Name, f.Name)
			for j := range one.Problems {
				one.Problems[j].File = one.Name
			}
		}
		out = append(out, within...)
	}
	return out
}

// look checks one return.
func (x *Examiner) look(ctx context.Context, files, last []*read.File, o Options, how string) (*Return, error) {
	r := &Return{LA: o.LA, Year: o.Year, YearHow: how, Previous: slices.ContainsFunc(last, usable), Before: last, Only: o.Rules, Files: files, dataset: x.dataset, rows: rules.NewReturn(x.checker, o.LA, o.Year)}
	if a, ok := x.schema.Authorities.Find(o.LA); ok {
		r.Authority = a.Name
	}
	// What can be said of values and files, and what rules say, come about side by side.
	var values *check.Result
	var applied *rules.Result
	var valuesErr, rulesErr error
	in := rules.Input{Year: o.Year, Ruleset: o.Ruleset, Returns: []*rules.Return{r.rows}, Postcodes: o.Postcodes, Providers: o.Providers}
	var both sync.WaitGroup
	both.Go(func() {
		values, valuesErr = x.values(files, last, o.Year)
		r.Notes = append(slices.Clone(o.Notes), doubts(files, last, o.Year, how)...)
	})
	both.Go(func() { applied, rulesErr = x.apply(ctx, &in, files, last, o) })
	both.Wait()
	if err := errors.Join(valuesErr, rulesErr); err != nil {
		return nil, err
	}
	r.Notes = append(r.Notes, twice(files)...)
	if len(o.Rules) == 0 {
		r.most = mostRows(files, values.Findings)
	}
	r.Findings, r.veil = values.Findings, newVeil(x.schema, x.dataset, values.Findings)
	if applied != nil {
		r.Ruleset, r.Notes, r.Rules = applied.Ruleset, append(r.Notes, applied.Notes...), applied.Rules
		r.Findings = rules.Merge(r.Findings, applied.Findings(in, 0))
		r.setAside(len(o.Rules) == 0)
	}
	r.only(o.Rules)
	return r, nil
}

// values checks each file and value of a return.
func (x *Examiner) values(files, last []*read.File, y schemas.Year) (*check.Result, error) {
	d := &check.Delivery{Dataset: x.dataset, Year: y, Files: files}
	if len(last) > 0 {
		var err error
		if d.Previous, err = x.checker.OpenOf(&check.Delivery{Dataset: x.dataset, Year: y - 1, Files: last}); err != nil {
			return nil, err
		}
	}
	return x.checker.Check(d, func(*check.Row) error { return nil })
}

// apply lays out the rows of a return, and of last year's, and applies the rules to them; nil when there are none to apply.
func (x *Examiner) apply(ctx context.Context, in *rules.Input, files, last []*read.File, o Options) (*rules.Result, error) {
	for _, id := range o.Rules {
		if x.dataset.Rule(id) != nil {
			in.Only = append(in.Only, id)
		}
	}
	if err := in.Returns[0].AddFiles(files); err != nil {
		return nil, err
	}
	if len(x.dataset.Rules) == 0 || len(o.Rules) > 0 && len(in.Only) == 0 {
		return nil, nil
	}
	if slices.ContainsFunc(last, usable) {
		before := rules.NewReturn(x.checker, o.LA, o.Year-1)
		if err := before.AddFiles(last); err != nil {
			return nil, err
		}
		in.Last = []*rules.Return{before}
	}
	e, err := x.engine()
	if err != nil {
		return nil, err
	}
	return e.Check(ctx, *in)
}

// setAside says of rules that were skipped for want of a module that its file may be among those that are set aside; and when no rule at all
// was applied though all were asked for, that nobody may take the return for checked.
func (r *Return) setAside(all bool) {
	aside := slices.ContainsFunc(r.Files, func(f *read.File) bool { return f.Module == nil })
	run := 0
	for i, a := range r.Rules {
		if a.Skipped == "" {
			run++
		} else if aside && strings.HasPrefix(a.Skipped, "the return has no ") {
			r.Rules[i].Skipped += ", or its file is set aside"
		}
	}
	if all && run == 0 && len(r.Rules) > 0 {
		r.Findings = append(r.Findings, finding.Finding{Rule: "nothing_checked"})
	}
}

// twice names modules that stand in more than one file: returns may have been mixed.
func twice(files []*read.File) (notes []string) {
	in := map[string][]string{}
	var order []string
	for _, f := range files {
		if f.Module != nil {
			if in[f.Module.ID] == nil {
				order = append(order, f.Module.ID)
			}
			in[f.Module.ID] = append(in[f.Module.ID], f.Name)
		}
	}
	for _, m := range order {
		if len(in[m]) > 1 {
			notes = append(notes, fmt.Sprintf("%s is in %d files: %s", m, len(in[m]), strings.Join(in[m], ", ")))
		}
	}
	return notes
}

// only keeps the findings of some rules, and what keeps a whole file from being looked at.
func (r *Return) only(of []string) {
	if len(of) > 0 {
		r.Findings = slices.DeleteFunc(r.Findings, func(f finding.Finding) bool {
			return f.Module != "" && !slices.ContainsFunc(of, func(id string) bool { return strings.EqualFold(id, f.Rule) })
		})
	}
}

// Failed reports whether a rule of severity error fails.
func (r *Return) Failed() bool {
	return slices.ContainsFunc(r.Findings, func(f finding.Finding) bool { return f.Severity() == "error" })
}

// Who is the key of the row that a finding is about, by column, CHILD first: only for those who may see it. Dates are written
// yyyy-mm-dd. None when the finding is about a file.
func (r *Return) Who(f finding.Finding) []rules.Cell {
	m := r.dataset.Module(f.Module)
	if m == nil || f.Row == 0 {
		return nil
	}
	return r.rows.Key(m, f.File, f.Row)
}

// Postcodes are the postcode units that files name, so that of a large table only those need be kept.
func (x *Examiner) Postcodes(files []Source) map[string]bool {
	units := map[string]bool{}
	for _, f := range x.open(files, 0, false) {
		if f.Module == nil {
			continue
		}
		var at []int
		for i, c := range f.Module.Columns {
			if c.Type == schemas.Postcode {
				at = append(at, i)
			}
		}
		if len(at) == 0 {
			continue
		}
		f.Each(func(r *read.Row) error { // never an error: this function gives none
			for _, i := range at {
				if p, ok := identifier.ParsePostcode(r.Cells[i]); ok {
					units[p.Unit] = true
				}
			}
			return nil
		})
	}
	return units
}
