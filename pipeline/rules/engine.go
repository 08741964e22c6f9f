package rules

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"sort"
	"strings"
	"sync"

	"throughline/pipeline/duck"
	"throughline/pipeline/reference"
	"throughline/schemas"
)

// Engine applies the rules of one dataset. Its methods may be called from several goroutines; they then take turns.
type Engine struct {
	schema  *schemas.Schema
	dataset *schemas.Dataset
	mu      sync.Mutex
	db      *duck.DB
	second  *duck.DB // another connection: see both
	listed  listed
}

// New opens an engine with a database in memory.
func New(s *schemas.Schema, d *schemas.Dataset) (*Engine, error) {
	// One thread: statements are many and small, and run two at a time on two connections; sharing each among threads costs more than it gives.
	db, err := duck.Open("", duck.Options{MemoryLimit: "1GB", Threads: 1, NoSpill: true, Locked: true})
	if err != nil {
		return nil, err
	}
	second, err := db.Beside(context.Background())
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if err := db.Exec(context.Background(), macrosSQL); err != nil {
		return nil, errors.Join(err, second.Close(), db.Close())
	}
	return &Engine{schema: s, dataset: d, db: db, second: second}, nil
}

// Close lets go of the database.
func (e *Engine) Close() error { return errors.Join(e.second.Close(), e.db.Close()) }

// Input is what is checked: returns of one year, each of another authority, and what they are held against.
type Input struct {
	Year      schemas.Year // of the returns
	Ruleset   schemas.Year // whose rules are applied; zero: those of the year, or of the nearest year that has any
	Returns   []*Return
	Last      []*Return // of the year before, in the order of Returns; nil where it isn't there
	Postcodes *reference.Postcodes
	Providers []reference.Provider // nil: no list
	Only      []string             // codes of the rules to apply; none: all that the ruleset has
}

// Result is what rules found.
type Result struct {
	Ruleset schemas.Year
	Notes   []string // what the reader must know of the ruleset
	Broken  []Broken // in order of return, rule, module, row
	Rules   []Applied
}

// Broken is a row that breaks a rule.
type Broken struct {
	Rule   *schemas.Rule
	Return int // index among the input's returns
	Module string
	Row    int // index among the rows of its module in its return
}

// Applied is what became of one rule in one return.
type Applied struct {
	Rule    *schemas.Rule
	Return  int
	Broken  int    // rows that break it
	Skipped string // why it wasn't applied; empty when it was
}

// Ruleset is the year whose rules of a dataset are applied to a return of year y, the year whose codes are, and what is to be said about it.
// asked is the ruleset that somebody wants; zero: none.
func Ruleset(d *schemas.Dataset, y, asked schemas.Year) (rules, codes schemas.Year, notes []string) {
	want := asked
	if want == 0 {
		want = y
	}
	rules, codes = d.Rulesets.Nearest(want), d.Evidence.Nearest(want)
	if rules != want {
		notes = append(notes, fmt.Sprintf("rules are known for %d to %d: those of %d are applied", d.Rulesets.First, d.Rulesets.Last, rules))
	}
	if near := d.Evidence.Nearest(y); near != y {
		notes = append(notes, fmt.Sprintf("modules and codes are known for %d to %d: those of %d are taken", d.Evidence.First, d.Evidence.Last, near))
	}
	return rules, codes, notes
}

// Check applies the rules. A rule that can't be worked out for a value of a return is skipped for that return.
func (e *Engine) Check(ctx context.Context, in Input) (*Result, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for i, r := range in.Returns {
		if slices.ContainsFunc(in.Returns[:i], func(o *Return) bool { return o.LA == r.LA }) {
			return nil, fmt.Errorf("two returns of %q in one pass: their children can't be told apart", r.LA)
		}
	}
	return e.check(ctx, in, nil)
}

func (e *Engine) check(ctx context.Context, in Input, failing map[*schemas.Rule]bool) (*Result, error) {
	res := &Result{}
	ruleset, codes, notes := Ruleset(e.dataset, in.Year, in.Ruleset)
	var apply []*schemas.Rule
	for _, r := range e.dataset.Rules {
		if len(in.Only) > 0 && slices.ContainsFunc(in.Only, func(c string) bool { return strings.EqualFold(c, r.Code) }) || len(in.Only) == 0 && r.In(ruleset) {
			apply = append(apply, r)
			if !r.In(ruleset) {
				notes = append(notes, fmt.Sprintf("rule %s isn't in force in %d: it is applied as asked for", r.Code, ruleset))
			}
		}
	}
	res.Ruleset, res.Notes = ruleset, notes
	x := &expander{schema: e.schema, dataset: e.dataset, year: in.Year, codes: codes, rules: ruleset}
	skipped := map[*schemas.Rule][]string{} // by return
	filled := map[string]bool{}
	for _, r := range in.Returns {
		for m := range r.tables {
			filled[m] = filled[m] || r.Rows(m) > 0
		}
	}
	var passes []pass
	for _, r := range apply {
		flags, _ := r.At(ruleset)
		why := make([]string, len(in.Returns))
		runs := false
		for i := range in.Returns {
			if why[i] = unmet(r, flags, in, i); why[i] == "" && failing[r] {
				why[i] = "it can't be worked out for a value of the return"
			}
			runs = runs || why[i] == ""
		}
		skipped[r] = why
		if !runs {
			continue
		}
		for _, m := range e.dataset.Modules {
			if p, ok := flags[m.ID]; ok && filled[m.ID] { // without rows there is nothing to find
				sql, err := x.expand(p)
				if err != nil {
					return nil, fmt.Errorf("%s: rule %s: %w", r.File, r.Code, err)
				}
				passes = append(passes, pass{r, m.ID, sql})
			}
		}
	}
	var found map[pass][]int32
	if len(passes) > 0 {
		if err := e.load(ctx, in, x, passes); err != nil {
			return nil, wordless(ctx, err, "the rows can't be laid out for the rules")
		}
		var err error
		found, err = e.test(ctx, passes)
		var value errValue
		switch {
		case err == nil:
		case !errors.As(err, &value):
			return nil, err
		case len(in.Returns) > 1: // whose value it is shows when each is alone
			return e.apart(ctx, in)
		default:
			failing = maps.Clone(failing)
			if failing == nil {
				failing = map[*schemas.Rule]bool{}
			}
			failing[value.pass.rule] = true
			return e.check(ctx, in, failing)
		}
	}
	e.collect(in, apply, skipped, passes, found, res)
	return res, nil
}

// apart checks each return alone.
func (e *Engine) apart(ctx context.Context, in Input) (*Result, error) {
	all := &Result{}
	for i, r := range in.Returns {
		one := in
		one.Returns, one.Last = []*Return{r}, nil
		if i < len(in.Last) {
			one.Last = in.Last[i : i+1]
		}
		res, err := e.check(ctx, one, nil)
		if err != nil {
			return nil, err
		}
		all.Ruleset, all.Notes = res.Ruleset, res.Notes
		for _, b := range res.Broken {
			b.Return = i
			all.Broken = append(all.Broken, b)
		}
		for _, a := range res.Rules {
			a.Return = i
			all.Rules = append(all.Rules, a)
		}
	}
	return all, nil
}

// collect puts what the passes found in order.
func (e *Engine) collect(in Input, apply []*schemas.Rule, skipped map[*schemas.Rule][]string, passes []pass, found map[pass][]int32, res *Result) {
	first := map[string][]int{} // by module: number of the first row of each return
	for _, m := range e.dataset.Modules {
		n := 0
		for _, r := range in.Returns {
			first[m.ID] = append(first[m.ID], n)
			n += r.Rows(m.ID)
		}
	}
	type place struct {
		rule *schemas.Rule
		ret  int
	}
	rows := map[place][]Broken{}
	for _, p := range passes {
		starts := first[p.module]
		for _, id := range found[p] {
			i := sort.SearchInts(starts, int(id)+1) - 1 // of returns that start at one number the last has the row
			if skipped[p.rule][i] == "" {
				at := place{p.rule, i}
				rows[at] = append(rows[at], Broken{Rule: p.rule, Return: i, Module: p.module, Row: int(id) - starts[i]})
			}
		}
	}
	for i := range in.Returns {
		for _, r := range apply {
			broken := rows[place{r, i}]
			res.Broken = append(res.Broken, broken...)
			res.Rules = append(res.Rules, Applied{Rule: r, Return: i, Broken: len(broken), Skipped: skipped[r][i]})
		}
	}
}

var lastTable = regexp.MustCompile(`\blast_([A-Z]\w*)\b`)

// unmet says why a rule can't be applied to a return; empty when it can.
func unmet(r *schemas.Rule, flags map[string]string, in Input, i int) string {
	ret := in.Returns[i]
	for _, m := range r.Modules {
		if !ret.has(m) {
			return "the return has no " + m
		}
	}
	var last *Return
	if i < len(in.Last) {
		last = in.Last[i]
	}
	for _, n := range r.Needs {
		switch n {
		case "last_year":
			if last == nil {
				return "last year's return isn't there"
			}
			for _, m := range lastModules(flags) {
				if !last.has(m) {
					return "last year's return has no " + m
				}
			}
		case "postcodes":
			if in.Postcodes == nil {
				return "no table of postcodes"
			}
		case "authority":
			if ret.LA == "" {
				return "the authority isn't known"
			}
		case "providers":
			if in.Providers == nil {
				return "no list of providers"
			}
		case "xml":
			if !ret.Flagged {
				return "only a return sent as XML has the flag"
			}
		case "uasc":
			if !ret.has("UASC") && !ret.Flagged && !last.has("UASC") {
				return "nothing says who is an unaccompanied asylum-seeking child"
			}
		}
	}
	return ""
}

// lastModules are those of last year's return at which predicates look.
func lastModules(flags map[string]string) []string {
	var out []string
	for _, p := range flags {
		for _, m := range lastTable.FindAllStringSubmatch(p, -1) {
			out = append(out, m[1])
		}
		if lastEpisodes.MatchString(p) {
			out = append(out, "Episodes")
		}
		if strings.Contains(p, "c_in_last_header") {
			out = append(out, "Header")
		}
		if strings.Contains(p, "c_uasc_last") {
			out = append(out, "UASC")
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

var lastEpisodes = regexp.MustCompile(`\b(was_\w+|c_was_open|c_in_last_episodes)\b`)
