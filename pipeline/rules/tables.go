package rules

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"throughline/pipeline/check"
	"throughline/pipeline/duck"
	"throughline/pipeline/reference"
	"throughline/schemas"
)

//go:embed sql/macros.sql
var macrosSQL string

//go:embed sql/order.sql
var orderSQL string

//go:embed sql/child.sql
var childSQL string

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

// load makes the tables that predicates look at.
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
	var rows []step
	load := func(table string, cols func() []duck.Vector) {
		rows = append(rows, func(ctx context.Context, db *duck.DB) error { return db.LoadVectors(ctx, table, cols()) })
	}
	for _, m := range e.dataset.Modules {
		load("raw_"+m.ID, func() []duck.Vector { return vectors(m, in.Returns, in.Postcodes) })
		if used["last_"+m.ID] || strings.Contains(childSQL, "last_"+m.ID) {
			load("last_"+m.ID, func() []duck.Vector { return vectors(m, last, in.Postcodes) })
		}
		children = append(children, "select la, CHILD from raw_"+m.ID+" where CHILD is not null")
	}
	if e.listed.providers == nil || !sameList(e.listed.providers, in.Providers) || e.listed.places != in.Postcodes {
		e.listed = listed{} // until it is there: a load may fail
		load("provider", func() []duck.Vector { return providers(in.Providers, in.Postcodes) })
	}
	load("area", func() []duck.Vector { return areas(in.Returns, in.Postcodes) })
	if err := e.both(ctx, rows...); err != nil {
		return err
	}
	e.listed = listed{in.Providers, in.Postcodes}
	childrenSQL, err := x.expand(strings.NewReplacer("{children}", strings.Join(children, " union "), "{open}", "DEC, "+strings.Join(wasOpen, ", ")).Replace(childSQL))
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
	if err := e.both(ctx, statements(childrenSQL), statements(orderSQL)); err != nil {
		return err
	}
	return e.both(ctx, statements(episodes.String()), statements(others.String()))
}

// listed is of what the table provider was made: a country's list is long, and the same for all returns of a run.
type listed struct {
	providers []reference.Provider
	places    *reference.Postcodes
}

// sameList reports whether two lists are one, not whether they say the same.
func sameList(a, b []reference.Provider) bool {
	return (a == nil) == (b == nil) && len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// step is something to be done on whichever connection is free.
type step func(context.Context, *duck.DB) error

func statements(sql string) step {
	return func(ctx context.Context, db *duck.DB) error { return db.Exec(ctx, sql) }
}

// errStopped says that something panicked, without its words: they may hold a value.
var errStopped = errors.New("the rules' engine stopped unexpectedly")

// both does steps on the two connections, two at a time, in no order: none may need another. Those that wait when one fails may not be done.
func (e *Engine) both(ctx context.Context, steps ...step) error {
	queue := make(chan step, len(steps))
	for _, s := range steps {
		queue <- s
	}
	close(queue)
	work := func(db *duck.DB) (err error) {
		defer func() {
			if recover() != nil { // else it would end the process: this goroutine is nobody else's
				err = errStopped
			}
		}()
		for s := range queue {
			if err := s(ctx, db); err != nil {
				return err
			}
		}
		return nil
	}
	var wait sync.WaitGroup
	var errs [2]error
	for i, db := range []*duck.DB{e.db, e.second} {
		wait.Go(func() { errs[i] = work(db) })
	}
	wait.Wait()
	if ctx.Err() != nil {
		return ctx.Err() // once, not as both connections met it
	}
	return errors.Join(errs[:]...)
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
