package rules

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"sort"
	"strings"
	"sync"

	"throughline/pipeline/check"
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
	second  *duck.DB // another connection: predicates are tested on both
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

// pass is a predicate to be tested.
type pass struct {
	rule   *schemas.Rule
	module string
	sql    string
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

var lastEpisodes = regexp.MustCompile(`\b(was_\w+|c_was_open|c_in_last_episodes|last_episode)\b`)

// expander replaces what stands in braces.
type expander struct {
	schema             *schemas.Schema
	dataset            *schemas.Dataset
	year, codes, rules schemas.Year
}

var braces = regexp.MustCompile(`\{[^{}]*\}`)

func (x *expander) expand(p string) (string, error) {
	var bad error
	out := braces.ReplaceAllStringFunc(p, func(s string) string {
		switch s = s[1 : len(s)-1]; s {
		case "YS":
			return "date '" + x.year.First().Format("2006-01-02") + "'"
		case "YE":
			return "date '" + x.year.Last().Format("2006-01-02") + "'"
		case "Y":
			return fmt.Sprint(int(x.year))
		case "R":
			return fmt.Sprint(int(x.rules))
		case "male":
			return x.of("SEX", "M")
		case "female":
			return x.of("SEX", "F")
		}
		if id, ok := strings.CutPrefix(s, "codes "); ok && x.schema.CodeSet(id) != nil {
			return x.of(id, "")
		}
		bad = fmt.Errorf("{%s} stands for nothing", s)
		return ""
	})
	return out, bad
}

// of is the quoted codes of a set that hold in the ruleset's year; with same, those that stand for that one when years are stacked.
func (x *expander) of(set, same string) string {
	cs := x.schema.CodeSet(set)
	var list []string
	for _, c := range cs.Codes {
		if cs.Valid(c.Code, x.codes) && (same == "" || cs.Canonical(c.Code) == same) {
			list = append(list, duck.Literal(c.Code))
		}
	}
	if cs.Authorities {
		for _, a := range x.schema.Authorities {
			list = append(list, duck.Literal(a.OldCode))
		}
	}
	if len(list) == 0 {
		return "null"
	}
	return strings.Join(list, ", ")
}

//go:embed sql/views.sql
var viewsSQL string

//go:embed sql/episodes.sql
var episodesSQL string

// childFlags and childFacts are what the table child has beside its key: the flags are false for a row without a child.
var (
	childFlags = []string{"c_in_header", "c_in_episodes", "c_male", "c_female", "c_cla12", "c_uasc", "c_uasc_last", "c_ex_uasc", "c_leaver", "c_adopted", "c_oc2",
		"c_overlaps", "c_overlaps_long", "c_has_long", "c_was_open", "c_in_last_header", "c_in_last_episodes"}
	childFacts = []string{"c_DOB", "c_SEX", "c_UPN", "c_MOTHER", "c_last_REC", "c_last_DEC", "c_first_DECOM"}
	neighbours = []string{"DECOM", "DEC", "RNE", "LS", "CIN", "PLACE", "PLACE_PROVIDER", "REC", "REASON_PLACE_CHANGE", "PL_POST", "URN"}
	wasOpen    = []string{"DECOM", "RNE", "LS", "CIN", "PLACE", "PLACE_PROVIDER", "URN", "PL_LA", "PL_LOCATION", "PL_DISTANCE"}
)

// load makes the tables and views that predicates look at.
func (e *Engine) load(ctx context.Context, in Input, x *expander, passes []pass) error {
	var children []string
	last := make([]*Return, 0, len(in.Returns))
	for i, r := range in.Returns { // last year's rows go under this year's authority, which may have taken another's place
		if i < len(in.Last) && in.Last[i] != nil {
			l := *in.Last[i]
			l.LA = r.LA
			last = append(last, &l)
		}
	}
	used := words(passes)
	for _, m := range e.dataset.Modules {
		if err := e.db.LoadVectors(ctx, "raw_"+m.ID, vectors(m, in.Returns, in.Postcodes)); err != nil {
			return err
		}
		if used["last_"+m.ID] || strings.Contains(viewsSQL, "last_"+m.ID) {
			if err := e.db.LoadVectors(ctx, "last_"+m.ID, vectors(m, last, in.Postcodes)); err != nil {
				return err
			}
		}
		children = append(children, "select la, CHILD from raw_"+m.ID+" where CHILD is not null")
	}
	if err := e.db.LoadVectors(ctx, "provider", providers(in.Providers, in.Postcodes)); err != nil {
		return err
	}
	if err := e.db.LoadVectors(ctx, "area", areas(in.Returns, in.Postcodes)); err != nil {
		return err
	}
	sql, err := x.expand(strings.ReplaceAll(viewsSQL, "{children}", strings.Join(children, " union ")))
	if err != nil {
		return err
	}
	child := func(used map[string]bool) (out string) {
		for _, c := range childFlags {
			if used[c] {
				out += ", coalesce(c." + c + ", false) as " + c
			}
		}
		for _, c := range childFacts {
			if used[c] {
				out += ", c." + c
			}
		}
		return out
	}
	columns := func(from, prefix string, of []string) string {
		var out []string
		for _, c := range of {
			if used[prefix+c] {
				out = append(out, ", "+from+"."+c+" as "+prefix+c)
			}
		}
		return strings.Join(out, "")
	}
	// Only what predicates of a module ask for is laid beside its rows, and what predicates that look at several may ask for of any.
	any := words(slices.DeleteFunc(slices.Clone(passes), func(p pass) bool { return !subquery.MatchString(p.sql) }))
	var episodes, others strings.Builder
	for _, m := range e.dataset.Modules {
		if m.Holds == schemas.Episodes {
			episodes.WriteString(strings.NewReplacer("{child}", child(used), "{prev}", columns("p", "prev_", neighbours), "{next}", columns("q", "next_", neighbours),
				"{was}", columns("w", "was_", wasOpen)).Replace(episodesSQL))
			continue
		}
		mine := words(slices.DeleteFunc(slices.Clone(passes), func(p pass) bool { return p.module != m.ID }))
		maps.Copy(mine, any)
		list := child(mine)
		fmt.Fprintf(&others, "create or replace table %s as select r.*%s from raw_%[1]s r", m.ID, list)
		if len(list) > 0 {
			others.WriteString(" left join child c on c.la = r.la and c.CHILD = r.CHILD")
		}
		others.WriteString(";\n")
	}
	if err := e.db.Exec(ctx, sql); err != nil {
		return err
	}
	var wait sync.WaitGroup
	var failed error
	wait.Go(func() { failed = e.second.Exec(ctx, others.String()) })
	err = e.db.Exec(ctx, episodes.String())
	wait.Wait()
	return errors.Join(err, failed)
}

var (
	subquery = regexp.MustCompile(`(?i)\bselect\b`)
	word     = regexp.MustCompile(`\w+`)
)

// words are those that predicates hold.
func words(passes []pass) map[string]bool {
	out := map[string]bool{}
	for _, p := range passes {
		for _, w := range word.FindAllString(p.sql, -1) {
			out[w] = true
		}
	}
	return out
}

// providers is the list of settings, with the day on which one closed and the authority in which it lies as the table of postcodes has it.
func providers(list []reference.Provider, places *reference.Postcodes) []duck.Vector {
	out := []duck.Vector{{Name: "urn", Text: []string{}}, {Name: "place", Text: []string{}}, {Name: "provider", Text: []string{}}, {Name: "postcode", Text: []string{}},
		{Name: "code", Text: []string{}}, {Name: "closed", Days: []int32{}}}
	for _, p := range list {
		for i, v := range []string{p.URN, p.Place, p.Provider, p.Postcode, places.Derive("", "", p.Postcode).Code} {
			out[i].Text = append(out[i].Text, v)
		}
		closed := int32(duck.None)
		if d, ok := check.ParseDate(p.To); ok {
			closed = days(d)
		}
		out[5].Days = append(out[5].Days, closed)
	}
	return out
}

// areas is which codes of the table of postcodes lie in the authority of each return.
func areas(returns []*Return, places *reference.Postcodes) []duck.Vector {
	la, code := []string{}, []string{}
	for _, r := range returns {
		for _, c := range places.Area(r.LA) {
			la, code = append(la, r.LA), append(code, c)
		}
	}
	return []duck.Vector{{Name: "la", Text: la}, {Name: "code", Text: code}}
}

// together is how many predicates go into one statement: the planner's work for a statement grows faster than with their number, and
// each statement costs something of its own.
const together = 12

// test finds the rows of every pass, on both connections.
func (e *Engine) test(ctx context.Context, passes []pass) (map[pass][]int32, error) {
	groups := make(chan []pass)
	go func() {
		defer close(groups)
		for g := range slices.Chunk(passes, together) {
			groups <- g
		}
	}()
	var wait sync.WaitGroup
	founds, errs := [2]map[pass][]int32{{}, {}}, [2]error{}
	for i, db := range []*duck.DB{e.db, e.second} {
		wait.Go(func() {
			for g := range groups { // to the last, so that nobody waits to hand one over
				if errs[i] == nil {
					errs[i] = testGroup(ctx, db, g, founds[i])
				}
			}
		})
	}
	wait.Wait()
	maps.Copy(founds[0], founds[1])
	for _, rows := range founds[0] {
		slices.Sort(rows)
	}
	return founds[0], errors.Join(errs[:]...)
}

// outOfMemory is how DuckDB begins the message that it has too little.
const outOfMemory = "Out of Memory"

// wordless is an error of DuckDB's about rows, without its words: they may hold a value.
func wordless(ctx context.Context, err error, what string) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case strings.Contains(err.Error(), outOfMemory):
		return errors.New("not enough memory to apply the rules to so many rows at a time")
	}
	return errors.New(what)
}

// errValue says that a predicate can't be worked out for a value. DuckDB's own words hold the value, so they go no further.
type errValue struct{ pass pass }

func (e errValue) Error() string {
	return fmt.Sprintf("%s: rule %s: flags.%s: it can't be worked out for a value of the return\nhint: use try_cast and the like for values that may be anything", e.pass.rule.File, e.pass.rule.Code, e.pass.module)
}

// testGroup tests some predicates in one statement. When it fails, each is tested alone to name the one that is wrong.
func testGroup(ctx context.Context, db *duck.DB, group []pass, found map[pass][]int32) error {
	err := testTogether(ctx, db, group, found)
	if err == nil || ctx.Err() != nil {
		return err
	}
	for _, p := range group {
		delete(found, p)
		err := testTogether(ctx, db, []pass{p}, found)
		if err == nil {
			continue
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if wrong := db.Exec(ctx, "explain select row_id from "+p.module+" x where "+p.sql); wrong != nil { // the predicate itself, of whatever return
			return fmt.Errorf("%s: rule %s: flags.%s: %w", p.rule.File, p.rule.Code, p.module, wrong)
		}
		if strings.Contains(err.Error(), outOfMemory) {
			return wordless(ctx, err, "")
		}
		return errValue{p}
	}
	return nil
}

func testTogether(ctx context.Context, db *duck.DB, group []pass, found map[pass][]int32) error {
	var b strings.Builder
	for i, p := range group {
		if i > 0 {
			b.WriteString("union all\n")
		}
		fmt.Fprintf(&b, "select %d, row_id from %s x where %s\n", i, p.module, p.sql)
	}
	rows, err := db.Select(ctx, b.String())
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var i, id int32
		if err := rows.Scan(&i, &id); err != nil {
			return err
		}
		found[group[i]] = append(found[group[i]], id)
	}
	return rows.Err()
}
