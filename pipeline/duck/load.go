package duck

import (
	"context"
	"database/sql/driver"
	"fmt"
	"iter"
	"math"
	"strings"
	"sync/atomic"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/apache/arrow/go/v17/arrow/memory/mallocator"
	"github.com/marcboeker/go-duckdb"
)

// batchRows is how many rows go over at a time: sixteen of DuckDB's vectors.
const batchRows = 32768

// LoadTable makes the table schema.table anew from rows, which go over in Arrow record batches as they come; it gives their number. A
// value is nil or what its column's type is made of: string (VARCHAR), int or int64 (SMALLINT to BIGINT), float64, bool, time.Time
// (DATE), [16]byte (UUID), []string (VARCHAR[]).
func (db *DB) LoadTable(ctx context.Context, schema, table string, cols []Column, rows iter.Seq[[]any]) (int64, error) {
	var create, list strings.Builder
	for i, c := range cols {
		if i > 0 {
			create.WriteString(", ")
			list.WriteString(", ")
		}
		fmt.Fprintf(&create, "%s %s", Quote(c.Name), c.Type)
		fmt.Fprintf(&list, "cast(%s as %s)", Quote(c.Name), c.Type)
	}
	target := Quote(schema) + "." + Quote(table)
	if err := db.Exec(ctx, "create or replace table "+target+" ("+create.String()+")"); err != nil {
		return 0, err
	}
	r, err := newRowReader(ctx, cols, rows)
	if err != nil {
		return 0, fmt.Errorf("%s.%s: %w", schema, table, err)
	}
	defer r.stop()
	if err := db.take(ctx, r, "insert into "+target+" select "+list.String()+" from "); err != nil {
		return 0, fmt.Errorf("%s.%s: %w", schema, table, err)
	}
	return r.rows.Load(), nil
}

// taken counts the views that take made.
var taken atomic.Int64

// take runs a statement that ends with the name of the view under which r's rows stand.
func (db *DB) take(ctx context.Context, r *rowReader, statement string) error {
	view := fmt.Sprint("rows_from_go_", taken.Add(1)) // views are seen by every connection
	var release func()
	err := db.conn.Raw(func(c any) error {
		a, err := duckdb.NewArrowFromConn(c.(driver.Conn))
		if err == nil {
			release, err = a.RegisterView(r, view)
		}
		return err
	})
	if err != nil {
		return err
	}
	defer release()
	err = db.Exec(ctx, statement+view)
	if dropped := db.Exec(context.WithoutCancel(ctx), "drop view if exists "+view); err == nil {
		err = dropped
	}
	if r.err != nil {
		err = r.err
	}
	return err
}

// rowReader hands rows to DuckDB as record batches. The driver never releases what it was given, so each batch is released
// as soon as the next is asked for, and nothing is held once the last has gone.
//
// The batches are built in a goroutine of their own: Next is called on DuckDB's threads.
type rowReader struct {
	schema  *arrow.Schema
	batches chan arrow.Record
	cancel  context.CancelFunc
	record  arrow.Record
	err     error // set before batches closes
	rows    atomic.Int64
}

func newRowReader(ctx context.Context, cols []Column, rows iter.Seq[[]any]) (*rowReader, error) {
	fields := make([]arrow.Field, len(cols))
	for i, c := range cols {
		t, ok := arrowTypes[c.Type]
		if !ok {
			return nil, fmt.Errorf("column %s: no way to send a %s", c.Name, c.Type)
		}
		fields[i] = arrow.Field{Name: c.Name, Type: t, Nullable: true}
	}
	return newReader(ctx, fields, func(r *rowReader, b *array.RecordBuilder, send func(int) bool) { r.build(b, send, cols, rows) }), nil
}

// newReader starts build, which fills b and sends what it has filled, with the number of rows, until send says no.
func newReader(ctx context.Context, fields []arrow.Field, build func(r *rowReader, b *array.RecordBuilder, send func(int) bool)) *rowReader {
	ctx, cancel := context.WithCancel(ctx)
	r := &rowReader{schema: arrow.NewSchema(fields, nil), batches: make(chan arrow.Record, 1), cancel: cancel}
	go func() {
		defer close(r.batches)
		var alloc memory.Allocator = mallocator.NewMallocator() // the memory is read from C
		b := array.NewRecordBuilder(alloc, r.schema)
		defer b.Release()
		build(r, b, func(n int) bool {
			rec := b.NewRecord()
			select {
			case r.batches <- rec:
				r.rows.Add(int64(n))
				return true
			case <-ctx.Done():
				rec.Release()
				r.err = ctx.Err()
				return false
			}
		})
	}()
	return r
}

// arrowTypes is the Arrow type in which a value of a DuckDB type goes over; the insert casts it.
var arrowTypes = map[string]arrow.DataType{
	"VARCHAR":   arrow.BinaryTypes.String,
	"UUID":      arrow.BinaryTypes.String,
	"SMALLINT":  arrow.PrimitiveTypes.Int64,
	"INTEGER":   arrow.PrimitiveTypes.Int64,
	"BIGINT":    arrow.PrimitiveTypes.Int64,
	"DOUBLE":    arrow.PrimitiveTypes.Float64,
	"BOOLEAN":   arrow.FixedWidthTypes.Boolean,
	"DATE":      arrow.FixedWidthTypes.Date32,
	"VARCHAR[]": arrow.ListOf(arrow.BinaryTypes.String),
}

func (r *rowReader) build(b *array.RecordBuilder, send func(int) bool, cols []Column, rows iter.Seq[[]any]) {
	n := 0
	for row := range rows {
		if len(row) != len(cols) {
			r.err = fmt.Errorf("row %d has %d values for %d columns", r.rows.Load()+int64(n)+1, len(row), len(cols))
			return
		}
		for i, v := range row {
			if !appendValue(b.Field(i), v) {
				r.err = fmt.Errorf("column %s: a %T is no %s", cols[i].Name, v, cols[i].Type)
				return
			}
		}
		if n++; n == batchRows {
			if !send(n) {
				return
			}
			n = 0
		}
	}
	if n > 0 {
		send(n)
	}
}

// Vector is a column of values as they lie in memory, all of one kind.
type Vector struct {
	Name   string
	Text   []string  // VARCHAR; an empty one is NULL
	Days   []int32   // DATE, days from 1 January 1970; None is NULL
	Ints   []int32   // INTEGER; None is NULL
	Floats []float64 // DOUBLE; NaN is NULL
	Bools  []bool    // BOOLEAN
}

// None stands for NULL among Days and Ints.
const None = math.MinInt32

// LoadVectors makes a table anew of columns of equal length.
func (db *DB) LoadVectors(ctx context.Context, table string, cols []Vector) error {
	fields := make([]arrow.Field, len(cols))
	names := make([]string, len(cols))
	rows := 0
	for i, c := range cols {
		t, name := arrow.DataType(arrow.BinaryTypes.String), "VARCHAR"
		switch {
		case c.Days != nil:
			t, name = arrow.FixedWidthTypes.Date32, "DATE"
		case c.Ints != nil:
			t, name = arrow.PrimitiveTypes.Int32, "INTEGER"
		case c.Floats != nil:
			t, name = arrow.PrimitiveTypes.Float64, "DOUBLE"
		case c.Bools != nil:
			t, name = arrow.FixedWidthTypes.Boolean, "BOOLEAN"
		}
		fields[i], names[i] = arrow.Field{Name: c.Name, Type: t, Nullable: true}, Quote(c.Name)+" "+name
		rows = max(rows, len(c.Text), len(c.Days), len(c.Ints), len(c.Floats), len(c.Bools))
	}
	if rows == 0 { // a fraction of the cost of sending nothing
		return db.Exec(ctx, "create or replace table "+Quote(table)+" ("+strings.Join(names, ", ")+")")
	}
	r := newReader(ctx, fields, func(r *rowReader, b *array.RecordBuilder, send func(int) bool) {
		for from := 0; from < rows; from += batchRows {
			to := min(from+batchRows, rows)
			for i, c := range cols {
				c.append(b.Field(i), from, to)
			}
			if !send(to - from) {
				return
			}
		}
	})
	defer r.stop()
	if err := db.take(ctx, r, "create or replace table "+Quote(table)+" as select * from "); err != nil {
		return fmt.Errorf("%s: %w", table, err)
	}
	return nil
}

func (c *Vector) append(b array.Builder, from, to int) {
	b.Reserve(to - from)
	switch b := b.(type) {
	case *array.Date32Builder:
		for _, v := range c.Days[from:to] {
			if v == None {
				b.AppendNull()
			} else {
				b.Append(arrow.Date32(v))
			}
		}
	case *array.Int32Builder:
		for _, v := range c.Ints[from:to] {
			if v == None {
				b.AppendNull()
			} else {
				b.Append(v)
			}
		}
	case *array.BooleanBuilder:
		b.AppendValues(c.Bools[from:to], nil)
	case *array.Float64Builder:
		for _, v := range c.Floats[from:to] {
			if math.IsNaN(v) {
				b.AppendNull()
			} else {
				b.Append(v)
			}
		}
	case *array.StringBuilder:
		for _, v := range c.Text[from:to] {
			if v == "" {
				b.AppendNull()
			} else {
				b.Append(v)
			}
		}
	}
}

func appendValue(b array.Builder, v any) bool {
	if v == nil {
		b.AppendNull()
		return true
	}
	switch b := b.(type) {
	case *array.StringBuilder:
		switch v := v.(type) {
		case string:
			b.Append(v)
			return true
		case [16]byte:
			b.Append(fmt.Sprintf("%x-%x-%x-%x-%x", v[:4], v[4:6], v[6:8], v[8:10], v[10:]))
			return true
		}
	case *array.Int64Builder:
		switch v := v.(type) {
		case int:
			b.Append(int64(v))
			return true
		case int64:
			b.Append(v)
			return true
		}
	case *array.Float64Builder:
		if v, ok := v.(float64); ok {
			b.Append(v)
			return true
		}
	case *array.BooleanBuilder:
		if v, ok := v.(bool); ok {
			b.Append(v)
			return true
		}
	case *array.Date32Builder:
		if v, ok := v.(time.Time); ok {
			b.Append(arrow.Date32FromTime(v))
			return true
		}
	case *array.ListBuilder:
		if v, ok := v.([]string); ok {
			b.Append(true)
			for _, s := range v {
				b.ValueBuilder().(*array.StringBuilder).Append(s)
			}
			return true
		}
	}
	return false
}

// stop ends the builder and frees what nobody asked for.
func (r *rowReader) stop() {
	r.cancel()
	for rec := range r.batches {
		rec.Release()
	}
	r.drop()
}

func (r *rowReader) drop() {
	if r.record != nil {
		r.record.Release()
		r.record = nil
	}
}

func (r *rowReader) Retain()               {}
func (r *rowReader) Release()              {}
func (r *rowReader) Schema() *arrow.Schema { return r.schema }
func (r *rowReader) Record() arrow.Record  { return r.record }
func (r *rowReader) Next() bool {
	r.drop()
	rec, ok := <-r.batches
	if ok {
		r.record = rec
	}
	return ok
}

// Err is why there are no more batches; only once Next has said so.
func (r *rowReader) Err() error {
	if r.record != nil {
		return nil
	}
	return r.err
}
