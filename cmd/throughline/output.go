package main

import (
	"encoding/csv"
	"encoding/json"
	"io"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"throughline/pipeline/report"
)

// newTable is a plain table, as every command prints rows.
func newTable(w io.Writer) table.Writer {
	t := table.NewWriter()
	t.SetOutputMirror(w)
	t.SetStyle(table.StyleLight)
	t.Style().Options.DrawBorder = false
	t.Style().Options.SeparateColumns = false
	t.Style().Format.Header = text.FormatLower
	return t
}

// rows are what a command prints: a head and cells as text.
type rows struct {
	head  []string
	cells [][]string
}

// widest is how many characters of a value a table of answers shows: more would push the columns after it off the screen.
const widest = 60

// cut shortens values of more than n characters, and reports whether there were any.
func (r rows) cut(n int) (done bool) {
	for _, row := range r.cells {
		for i, c := range row {
			if long := []rune(c); len(long) > n {
				row[i], done = string(long[:n-1])+"…", true
			}
		}
	}
	return done
}

// print writes rows as table, csv or json (an array of objects).
func (r rows) print(w io.Writer, format string) error {
	switch format {
	case "csv":
		return writeCSV(w, append([][]string{r.head}, r.cells...))
	case "json":
		out := make([]map[string]string, 0, len(r.cells))
		for _, c := range r.cells {
			m := map[string]string{}
			for i, h := range r.head {
				m[h] = c[i]
			}
			out = append(out, m)
		}
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(out)
	}
	t := newTable(w)
	head := make(table.Row, len(r.head))
	for i, h := range r.head {
		head[i] = h
	}
	t.AppendHeader(head)
	for _, c := range r.cells {
		row := make(table.Row, len(c))
		for i, x := range c {
			row[i] = x
		}
		t.AppendRow(row)
	}
	t.Render()
	return nil
}

// writeCSV writes cells so that no spreadsheet program takes one for a formula.
func writeCSV(w io.Writer, cells [][]string) error {
	out := csv.NewWriter(w)
	for _, row := range cells {
		safe := make([]string, len(row))
		for i, c := range row {
			safe[i] = report.Plain(c)
		}
		if err := out.Write(safe); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}
