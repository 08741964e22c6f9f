package duck

import (
	"context"
	"database/sql/driver"
	"fmt"
	"iter"
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
	const view = "rows_from_go"
	var release func()
	err = db.conn.Raw(func(c any) error {
		a, err := duckdb.NewArrowFromConn(c.(driver.Conn))
		if err == nil {
			release, err = a.RegisterView(r, view)
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	defer release()
	err = db.Exec(ctx, "insert into "+target+" select "+list.String()+" from "+view)
	if dropped := db.Exec(context.WithoutCancel(ctx), "drop view if exists "+view); err == nil {
		err = dropped
	}
	if r.err != nil {
		err = r.err
	}
	if err != nil {
		return 0, fmt.Errorf("%s.%s: %w", schema, table, err)
	}
	return r.rows.Load(), nil
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
	ctx, cancel := context.WithCancel(ctx)
	r := &rowReader{schema: arrow.NewSchema(fields, nil), batches: make(chan arrow.Record, 1), cancel: cancel}
	go r.build(ctx, cols, rows)
	return r, nil
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

func (r *rowReader) build(ctx context.Context, cols []Column, rows iter.Seq[[]any]) {
	defer close(r.batches)
	var alloc memory.Allocator = mallocator.NewMallocator() // the memory is read from C
	b := array.NewRecordBuilder(alloc, r.schema)
	defer b.Release()
	n := 0
	send := func() bool {
		rec := b.NewRecord()
		select {
		case r.batches <- rec:
			r.rows.Add(int64(n))
			n = 0
			return true
		case <-ctx.Done():
			rec.Release()
			r.err = ctx.Err()
			return false
		}
	}
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
		if n++; n == batchRows && !send() {
			return
		}
	}
	if n > 0 {
		send()
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
