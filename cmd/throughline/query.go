package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"throughline/pipeline/duck"
	"throughline/workflows/project"
)

// QueryCmd asks a finished database.
type QueryCmd struct {
	SQL     string        `arg:"" optional:"" help:"One statement. None: read from standard input."`
	DB      string        `default:"publication" help:"publication, research, or the path of a DuckDB file."`
	Vintage string        `default:"latest" help:"Which release, as folders of outputs/ are named."`
	Dir     string        `default:"." help:"Project folder." type:"path"`
	Timeout time.Duration `default:"5m" help:"Stop a question that takes longer."`
	Limit   int           `default:"1000" help:"Rows printed as a table; 0 prints all. CSV, JSON and Parquet always have all."`
	Output  string        `short:"o" default:"table" enum:"table,csv,json,parquet" help:"table, csv, json (one object a line) or parquet."`
	File    string        `help:"Write to this file; needed for parquet." type:"path"`
}

// Run implements the command.
func (c *QueryCmd) Run(app *App) error {
	sql := c.SQL
	if sql == "" {
		b, err := io.ReadAll(io.LimitReader(app.In, 1<<20))
		if err != nil {
			return err
		}
		sql = string(b)
	}
	if strings.TrimSpace(sql) == "" {
		return usage("no question: give a statement, such as \"select * from indicator limit 10\"; \"show tables\" and \"select * from data_dictionary\" say what there is")
	}
	path, err := c.path()
	if err != nil {
		return err
	}
	tmp, err := os.MkdirTemp("", "throughline-query-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	db, err := duck.OpenReadOnlyLocked(path, duck.Options{MemoryLimit: "1GB", TempDir: tmp})
	if err != nil {
		return err
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(app.Ctx, c.Timeout)
	defer cancel()
	r, err := db.Query(ctx, sql)
	if err != nil {
		return c.explain(ctx, err)
	}
	defer r.Close()
	if err := c.write(app, r); err != nil {
		return c.explain(ctx, err)
	}
	return nil
}

func (c *QueryCmd) explain(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("stopped after %v\nhint: ask for less, or give more time with --timeout", c.Timeout)
	}
	return err
}

func (c *QueryCmd) path() (string, error) {
	if c.DB != "publication" && c.DB != "research" {
		if st, err := os.Stat(c.DB); err != nil || !st.Mode().IsRegular() {
			return "", usage("--db %q is neither publication, research nor a file", c.DB)
		}
		return c.DB, nil
	}
	p, err := project.Open(c.Dir)
	if err != nil {
		return "", err
	}
	path := filepath.Join(p.Sub("outputs"), c.Vintage, c.DB+".duckdb")
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("no %s database of %s in %s\nhint: 'throughline refresh' makes one", c.DB, c.Vintage, p.Sub("outputs"))
	}
	return path, nil
}

func (c *QueryCmd) write(app *App, r *duck.Rows) (err error) {
	if c.Output == "parquet" {
		if c.File == "" {
			return usage("-o parquet needs --file")
		}
		return writeParquet(c.File, r)
	}
	var w io.Writer = app.Out
	if c.File != "" {
		f, err := os.OpenFile(c.File, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		defer func() {
			if err = errors.Join(err, f.Close()); err != nil { // half a result looks like a whole one
				err = errors.Join(err, os.Remove(c.File))
			}
		}()
		w = f
	}
	buf := bufio.NewWriter(w)
	defer func() { err = errors.Join(err, buf.Flush()) }()
	head := make([]string, len(r.Columns))
	for i, col := range r.Columns {
		head[i] = col.Name
	}
	out := rows{head: head}
	n := 0
	if c.Output == "csv" {
		if err := writeCSV(buf, [][]string{head}); err != nil {
			return err
		}
	}
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false)
	for r.Next() {
		n++
		values := r.Values()
		if c.Output == "json" {
			if err := enc.Encode(object(head, values)); err != nil {
				return err
			}
			continue
		}
		cells := make([]string, len(values))
		for i, v := range values {
			cells[i] = duck.Text(v)
		}
		if c.Output == "csv" {
			if err := writeCSV(buf, [][]string{cells}); err != nil {
				return err
			}
		} else if c.Limit == 0 || n <= c.Limit {
			out.cells = append(out.cells, cells)
		}
	}
	if err := r.Err(); err != nil {
		return err
	}
	if c.Output == "table" {
		cut := out.cut(widest)
		if err := out.print(buf, "table"); err != nil {
			return err
		}
		if cut {
			fmt.Fprintln(app.Err, "long values end in …; -o csv or -o json has them whole")
		}
		if c.Limit > 0 && n > c.Limit {
			fmt.Fprintf(buf, "… %d rows in all; --limit 0 prints them\n", n)
		}
	}
	return nil
}

// object is a row as JSON, with its columns in order.
func object(head []string, values []any) json.RawMessage {
	var b strings.Builder
	b.WriteByte('{')
	for i, h := range head {
		if i > 0 {
			b.WriteByte(',')
		}
		k, _ := json.Marshal(h) // a string always marshals
		v, err := json.Marshal(values[i])
		if _, isTime := values[i].(time.Time); err != nil || isTime {
			v, _ = json.Marshal(duck.Text(values[i]))
		}
		b.Write(k)
		b.WriteByte(':')
		b.Write(v)
	}
	b.WriteByte('}')
	return json.RawMessage(b.String())
}
