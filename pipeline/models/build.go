package models

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"throughline/pipeline/duck"
)

// Result counts what was built.
type Result struct{ Models, Rows int64 }

// Build makes every model's table in db, on which Prepare has run, with comments from its header, and runs its checks; then
// table_key and data_dictionary. Tables of a user's own datasets become tables too. It removes what Prepare laid out and writes the file. progress (nil: nobody) is told after each model.
func Build(ctx context.Context, db *duck.DB, progress func(done, total int64)) (Result, error) {
	all, err := List()
	if err != nil {
		return Result{}, err
	}
	own, err := staged(ctx, db, all)
	if err != nil {
		return Result{}, err
	}
	return build(ctx, db, append(slices.Clone(all), own...), progress)
}

func build(ctx context.Context, db *duck.DB, all []*Model, progress func(done, total int64)) (Result, error) {
	out, err := inLanes(ctx, db, all, progress)
	if err != nil {
		return out, err
	}
	if err := keep(ctx, db, tableKey, keys(all)); err != nil {
		return out, err
	}
	if err := keep(ctx, db, dataDictionary, dictionary(append(slices.Clone(all), tableKey, dataDictionary))); err != nil {
		return out, err
	}
	for _, schema := range laidOut {
		if err := db.Exec(ctx, "drop schema "+schema+" cascade"); err != nil {
			return out, err
		}
	}
	return out, db.Checkpoint(ctx)
}

// job is a table to be made, once those that it reads are there.
type job struct {
	name  string
	reads []string
	model *Model // nil: one of schema computed
}

// inLanes makes two tables at a time, each on a connection of its own: two threads get more done on a model each than both on one. What
// threads there are beyond, the lanes share.
func inLanes(ctx context.Context, db *duck.DB, all []*Model, progress func(done, total int64)) (out Result, err error) {
	var threads int64
	if err := db.Row(ctx, "select current_setting('threads')", &threads); err != nil {
		return out, err
	}
	free := []*duck.DB{db}
	if threads > 1 {
		var second *duck.DB
		if second, err = db.Beside(ctx); err != nil {
			return out, err
		}
		defer second.Close()
		free = append(free, second)
		// the second lane's own thread is one more
		if err = db.Exec(ctx, fmt.Sprintf("set threads = %d", threads-1)); err != nil {
			return out, err
		}
		defer func() {
			err = errors.Join(err, db.Exec(context.WithoutCancel(ctx), fmt.Sprintf("set threads = %d", threads)))
		}()
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	type outcome struct {
		job
		lane *duck.DB
		rows int64
		err  error
	}
	outcomes := make(chan outcome)
	waiting, missing := jobs(all)
	for running := 0; len(waiting) > 0 && err == nil || running > 0; {
		for err == nil && len(free) > 0 {
			at := slices.IndexFunc(waiting, func(j job) bool { return !slices.ContainsFunc(j.reads, func(in string) bool { return missing[in] }) })
			if at < 0 {
				break
			}
			o := outcome{job: waiting[at], lane: free[0]}
			waiting, free = slices.Delete(waiting, at, at+1), free[1:]
			running++
			go func() {
				o.rows, o.err = o.make(ctx, o.lane)
				outcomes <- o
			}()
		}
		o := <-outcomes
		running--
		free = append(free, o.lane)
		if o.err != nil {
			if err == nil {
				err = o.err // what the other lane says then is that it was stopped
			}
			stop()
			continue
		}
		delete(missing, o.name)
		if o.model == nil {
			continue
		}
		out.Models, out.Rows = out.Models+1, out.Rows+o.rows
		if progress != nil {
			progress(out.Models, int64(len(all)))
		}
	}
	return out, err
}

// jobs are those of all models and of the computed tables that they read, in an order in which one lane could do them, and the names of all.
func jobs(all []*Model) ([]job, map[string]bool) {
	var out []job
	missing := map[string]bool{}
	for _, m := range all {
		for _, in := range m.Inputs {
			if name, ok := strings.CutPrefix(in, "computed."); ok && !missing[in] {
				out, missing[in] = append(out, job{name: in, reads: computed[name].reads}), true
			}
		}
		out, missing[m.Name] = append(out, job{name: m.Name, reads: m.Inputs, model: m}), true
	}
	return out, missing
}

func (j job) make(ctx context.Context, db *duck.DB) (int64, error) {
	if j.model != nil {
		rows, err := j.model.build(ctx, db)
		if err != nil {
			return 0, fmt.Errorf("model %s: %w", j.name, err)
		}
		return rows, nil
	}
	if err := computed[strings.TrimPrefix(j.name, "computed.")].make(ctx, db); err != nil {
		return 0, fmt.Errorf("%s: %w", j.name, err)
	}
	return 0, nil
}

func (m *Model) build(ctx context.Context, db *duck.DB) (rows int64, err error) {
	table := duck.Quote(m.Name)
	if err := db.Exec(ctx, "create or replace table "+table+" as "+m.SQL); err != nil {
		return 0, err
	}
	if err := db.Exec(ctx, m.comments()); err != nil {
		return 0, err
	}
	for _, check := range m.Checks {
		var n int64
		if err := db.Row(ctx, m.failing(check), &n); err != nil {
			return 0, fmt.Errorf("check %s: %w", check, err)
		}
		if n > 0 {
			return 0, fmt.Errorf("check %s: %d of its rows fail", check, n)
		}
	}
	return rows, db.Row(ctx, "select count(*) from "+table, &rows)
}

// failing counts the rows, or for unique the groups of rows, that break a check.
func (m *Model) failing(check string) string {
	if cols, ok := strings.CutPrefix(check, "unique("); ok {
		var quoted []string
		for _, c := range split(strings.TrimSuffix(cols, ")"), ",") {
			quoted = append(quoted, duck.Quote(c))
		}
		return fmt.Sprintf("select count(*) from (select 1 from %s group by %s having count(*) > 1)", duck.Quote(m.Name), strings.Join(quoted, ", "))
	}
	return fmt.Sprintf("select count(*) from %s where not (%s)", duck.Quote(m.Name), check)
}

// comments turns the header into comments, in one transaction: alone, each would be synced to disk.
func (m *Model) comments() string {
	var b strings.Builder
	about := m.Grain
	if key := m.Key(); key != nil {
		about += ". Key: " + strings.Join(key, ", ")
	}
	if m.Refers != nil {
		about += ". Refers to: " + strings.Join(m.Refers, ", ")
	}
	fmt.Fprintf(&b, "begin; comment on table %s is %s;", duck.Quote(m.Name), duck.Literal(about+". Source: "+m.Source))
	for _, c := range m.Columns {
		fmt.Fprintf(&b, "comment on column %s.%s is %s;", duck.Quote(m.Name), duck.Quote(c.Name), duck.Literal(c.Description))
	}
	b.WriteString("commit")
	return b.String()
}

// tableKey and dataDictionary are tables about the others.
var (
	tableKey = &Model{Name: "table_key", Grain: "one row per table_name, key, refers_to, position: a column of a table's key, or of another table's key that it holds",
		Columns: []Column{
			{"table_name", "VARCHAR", "the table"},
			{"key", "VARCHAR", "primary: no two rows have the same, and no part of it is NULL; reference: where no part is NULL, refers_to has a row with it"},
			{"refers_to", "VARCHAR", "table whose primary key this is; NULL for a primary key"},
			{"column_name", "VARCHAR", "column, of the same name in both tables"},
			{"position", "INTEGER", "1 for the first column of the key"},
		}, Source: "headers of the models, and references.yaml beside them"}
	dataDictionary = &Model{Name: "data_dictionary", Grain: "one row per table, and one per column of it: what it means",
		Columns: []Column{
			{"database", "VARCHAR", "research"},
			{"table_name", "VARCHAR", "the table"},
			{"column_name", "VARCHAR", "column; NULL in the row about the table itself"},
			{"type", "VARCHAR", "in DuckDB's words"},
			{"unit", "VARCHAR", "what values are counted in; NULL where that has no sense"},
			{"description", "VARCHAR", "what it means"},
			{"source", "VARCHAR", "where the definition is from"},
		}, Source: "headers of the models"}
)

// keep makes a table that no query gives.
func keep(ctx context.Context, db *duck.DB, m *Model, rows iter.Seq[[]any]) error {
	var cols []duck.Column
	for _, c := range m.Columns {
		cols = append(cols, duck.Column{Name: c.Name, Type: c.Type})
	}
	if _, err := db.LoadTable(ctx, "main", m.Name, cols, rows); err != nil {
		return err
	}
	return db.Exec(ctx, m.comments())
}

func keys(all []*Model) iter.Seq[[]any] {
	byName := map[string]*Model{}
	for _, m := range all {
		byName[m.Name] = m
	}
	return func(yield func([]any) bool) {
		for _, m := range all {
			for i, c := range m.Key() {
				if !yield([]any{m.Name, "primary", nil, c, i + 1}) {
					return
				}
			}
			for _, to := range m.Refers {
				if byName[to] == nil {
					continue // only some models are built
				}
				for i, c := range byName[to].Key() {
					if !yield([]any{m.Name, "reference", to, c, i + 1}) {
						return
					}
				}
			}
		}
	}
}

func dictionary(all []*Model) iter.Seq[[]any] {
	return func(yield func([]any) bool) {
		for _, m := range all {
			if !yield([]any{"research", m.Name, nil, nil, nil, m.Grain, m.Source}) {
				return
			}
			for _, c := range m.Columns {
				if !yield([]any{"research", m.Name, c.Name, c.Type, unit(c), c.Description, m.Source}) {
					return
				}
			}
		}
	}
}

// unit is what a column's values are counted in, by its name and type; nil where that has no sense.
func unit(c Column) any {
	switch {
	case c.Type == "DATE":
		return "date"
	case strings.HasPrefix(c.Name, "days") || strings.HasSuffix(c.Name, "_days"):
		return "days"
	case c.Name == "age" || strings.HasPrefix(c.Name, "age_at") || strings.HasPrefix(c.Name, "AGE_AT") || strings.HasPrefix(c.Name, "years_"):
		return "years"
	}
	return nil
}
