package linkspec

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/snappy"

	"throughline/linkage"
	"throughline/linkage/spec"
	"throughline/workflows/linkpage"
)

// The files that a run writes.
const (
	ClustersFile = "clusters.csv"
	PairsFile    = "pairs.parquet"
	ModelFile    = "model.json"
	QualityFile  = "quality.json"
	PageFile     = "quality.html"
)

// write writes every file beside its place, and moves all of them there once they are whole.
func write(ctx context.Context, s *spec.Spec, o Options, g *spec.Gathering, c *linkage.Clustering, sum *Summary, progress Progress) (err error) {
	if err := os.MkdirAll(o.Out, 0o700); err != nil {
		return err
	}
	dir, err := os.MkdirTemp(o.Out, ".link-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	files := []struct {
		name string
		do   func(w io.Writer) error
	}{
		{ClustersFile, func(w io.Writer) error { return writeClusters(ctx, w, s, g, c) }},
		{PairsFile, func(w io.Writer) error { return writePairs(ctx, w, s, g, c) }},
		{ModelFile, func(w io.Writer) error { return writeJSON(w, c.Models) }},
		{QualityFile, func(w io.Writer) error { return writeJSON(w, sum.Report) }},
		{PageFile, func(w io.Writer) error { return linkpage.Render(w, sum.Report, linkpage.Options{}) }},
	}
	for i, f := range files {
		progress(WriteStep, int64(i), int64(len(files)))
		if err := writeFile(filepath.Join(dir, f.name), f.do); err != nil {
			return err
		}
	}
	for _, f := range files {
		if err := os.Rename(filepath.Join(dir, f.name), filepath.Join(o.Out, f.name)); err != nil {
			return err
		}
	}
	progress(WriteStep, int64(len(files)), int64(len(files)))
	return nil
}

func writeFile(path string, do func(w io.Writer) error) (err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriterSize(f, 1<<18)
	if err := do(w); err != nil {
		return err
	}
	return w.Flush()
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// field appends a CSV field.
func field[T []byte | string](out []byte, s T) []byte {
	if !bytes.ContainsAny([]byte(s), "\",\r\n") {
		return append(out, s...)
	}
	out = append(out, '"')
	for i := range len(s) {
		if s[i] == '"' {
			out = append(out, '"')
		}
		out = append(out, s[i])
	}
	return append(out, '"')
}

// writeClusters writes the rows in the order in which they came, each with its cluster, numbered from 1. With several inputs the first
// column names the row's.
func writeClusters(ctx context.Context, w io.Writer, s *spec.Spec, g *spec.Gathering, c *linkage.Clustering) error {
	var line []byte
	several := len(s.Inputs) > 1
	if several {
		line = append(line, "input,"...)
	}
	line = append(field(line, s.Inputs[0].ID), ",cluster\n"...)
	n := 0
	for id, row := range g.Each() {
		if several {
			line = append(field(line, s.Inputs[row.Input].Name), ',')
		}
		line = append(field(line, id), ',')
		line = append(strconv.AppendInt(line, int64(c.Of[row.Record])+1, 10), '\n')
		if n++; n%between == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
			if _, err := w.Write(line); err != nil {
				return err
			}
			line = line[:0]
		}
	}
	_, err := w.Write(line)
	return err
}

// pairBatch is how many pairs go over at a time.
const pairBatch = 1 << 10

// writePairs writes every pair that was weighed. A record is named by the lowest id of its rows.
func writePairs(ctx context.Context, w io.Writer, s *spec.Spec, g *spec.Gathering, c *linkage.Clustering) error {
	packed := func(n parquet.Node) parquet.Node { return parquet.Compressed(n, &snappy.Codec{}) }
	text := func() parquet.Node { return packed(parquet.Encoded(parquet.String(), &parquet.RLEDictionary)) }
	id := func() parquet.Node { return packed(parquet.Encoded(parquet.String(), &parquet.DeltaLengthByteArray)) }
	names := []string{"id_l", "id_r", "pass", "pattern", "weight", "probability", "together"}
	nodes := parquet.Group{"id_l": id(), "id_r": id(), "pass": text(), "pattern": packed(parquet.Encoded(parquet.Uint(64), &parquet.RLEDictionary)), "weight": packed(parquet.Leaf(parquet.DoubleType)),
		"probability": packed(parquet.Leaf(parquet.DoubleType)), "together": packed(parquet.Leaf(parquet.BooleanType))}
	several := len(s.Inputs) > 1
	if several {
		names = append(names, "input_l", "input_r")
		nodes["input_l"], nodes["input_r"] = text(), text()
	}
	schema := parquet.NewSchema("pairs", nodes)
	at := map[string]int{}
	for _, n := range names {
		leaf, _ := schema.Lookup(n)
		at[n] = leaf.ColumnIndex
	}
	out := parquet.NewGenericWriter[any](w, schema, parquet.MaxRowsPerRowGroup(1<<20))
	rows := make([]parquet.Row, 0, pairBatch)
	cells := make([]parquet.Value, pairBatch*len(names))
	var failed error
	flush := func() bool {
		if failed = ctx.Err(); failed == nil {
			_, failed = out.WriteRows(rows)
		}
		rows = rows[:0]
		return failed == nil
	}
	for p := range c.Pairs() {
		row := parquet.Row(cells[len(rows)*len(names) : (len(rows)+1)*len(names)])
		set := func(name string, v parquet.Value) { row[at[name]] = v.Level(0, 0, at[name]) }
		l, inL := g.ID(p.A)
		r, inR := g.ID(p.B)
		set("id_l", parquet.ByteArrayValue(l))
		set("id_r", parquet.ByteArrayValue(r))
		set("pass", parquet.ByteArrayValue([]byte(p.Pass)))
		set("pattern", parquet.Int64Value(int64(p.Pattern)))
		set("weight", parquet.DoubleValue(p.Weight))
		set("probability", parquet.DoubleValue(p.Probability))
		set("together", parquet.BooleanValue(p.Together))
		if several {
			set("input_l", parquet.ByteArrayValue([]byte(s.Inputs[inL].Name)))
			set("input_r", parquet.ByteArrayValue([]byte(s.Inputs[inR].Name)))
		}
		if rows = append(rows, row); len(rows) == pairBatch && !flush() {
			return failed
		}
	}
	if len(rows) > 0 && !flush() {
		return failed
	}
	return out.Close()
}
