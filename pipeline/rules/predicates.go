package rules

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"throughline/pipeline/duck"
	"throughline/schemas"
)

// pass is a predicate to be tested.
type pass struct {
	rule   *schemas.Rule
	module string
	sql    string
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

// together is how many predicates go into one statement: the planner's work for a statement grows faster than with their number, and
// each statement costs something of its own.
const together = 12

// test finds the rows of every pass, on both connections.
func (e *Engine) test(ctx context.Context, passes []pass) (map[pass][]int32, error) {
	var mu sync.Mutex
	found := map[pass][]int32{}
	var steps []step
	for g := range slices.Chunk(passes, together) {
		steps = append(steps, func(ctx context.Context, db *duck.DB) error {
			rows := map[pass][]int32{}
			if err := testGroup(ctx, db, g, rows); err != nil {
				return err
			}
			for _, ids := range rows {
				slices.Sort(ids)
			}
			mu.Lock()
			defer mu.Unlock()
			maps.Copy(found, rows)
			return nil
		})
	}
	return found, e.both(ctx, steps...)
}

// outOfMemory is how DuckDB begins the message that it has too little.
const outOfMemory = "Out of Memory"

// wordless is an error of DuckDB's about rows, without its words: they may hold a value.
func wordless(ctx context.Context, err error, what string) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, errStopped):
		return errStopped
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
