package duck

import (
	"context"
	"database/sql/driver"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/marcboeker/go-duckdb"
)

// blockRows is how many rows of a result are in memory at a time.
const blockRows = 200_000

// Rows is a result being read: for rows.Next() { rows.Values() }, then Err and Close.
type Rows struct {
	Columns []Column

	db     *DB
	ctx    context.Context
	reader array.RecordReader // the block being read
	record arrow.Record
	row    int
	offset int64 // rows read before the block; negative when there is but one block
	inside int64 // rows of the block
	err    error
}

// Query runs one statement and streams its result by Arrow record batches. A done ctx interrupts it. The result of a select is kept
// in a temporary table while it is read, so that its size is not bounded by memory.
func (db *DB) Query(ctx context.Context, query string) (*Rows, error) {
	r := &Rows{db: db, ctx: ctx}
	q := strings.TrimRight(strings.TrimSpace(query), "; \n\t")
	err := db.Exec(ctx, "create or replace temp table query_result as "+q+"\n")
	switch {
	case err == nil:
		if r.Columns, err = db.describeQuery(ctx); err == nil {
			err = r.block(fmt.Sprintf("select * from query_result limit %d", blockRows))
		}
	case strings.Contains(err.Error(), "Parser Error"):
		// Not a select: describe, show, explain and the like answer at once, and of a mistake the message is then about what was asked.
		r.offset = -1
		if err = r.block(q); err == nil {
			for _, f := range r.reader.Schema().Fields() {
				r.Columns = append(r.Columns, Column{Name: f.Name, Type: strings.ToUpper(f.Type.Name())})
			}
		}
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}

func (db *DB) describeQuery(ctx context.Context) ([]Column, error) {
	rows, err := db.Select(ctx, "select column_name, data_type from duckdb_columns() where database_name = 'temp' and table_name = 'query_result' order by column_index")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Column
	for rows.Next() {
		var c Column
		if err := rows.Scan(&c.Name, &c.Type); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, rows.Err()
}

func (r *Rows) block(query string) error {
	return r.db.conn.Raw(func(c any) error {
		a, err := duckdb.NewArrowFromConn(c.(driver.Conn))
		if err == nil {
			r.reader, err = a.QueryContext(r.ctx, query)
		}
		return err
	})
}

// Next goes to the next row and reports whether there is one.
func (r *Rows) Next() bool {
	if r.err != nil {
		return false
	}
	if r.err = r.ctx.Err(); r.err != nil {
		return false
	}
	r.row++
	for r.record == nil || r.row >= int(r.record.NumRows()) {
		if r.reader == nil {
			return false
		}
		if r.reader.Next() {
			r.record, r.row = r.reader.Record(), 0
			r.inside += r.record.NumRows()
			continue
		}
		full := r.inside == blockRows && r.offset >= 0
		r.release()
		if !full {
			return false
		}
		r.offset, r.inside = r.offset+blockRows, 0
		if r.err = r.block(fmt.Sprintf("select * from query_result limit %d offset %d", blockRows, r.offset)); r.err != nil {
			return false
		}
	}
	return true
}

// Values is the row: nil, bool, int64, float64, string, time.Time, []any for a list, or text for what is none of them. A HUGEINT
// is an int64 where it fits; a DECIMAL is a float64.
func (r *Rows) Values() []any {
	out := make([]any, r.record.NumCols())
	for i := range out {
		out[i] = value(r.record.Column(i), r.row)
	}
	return out
}

// Err is why Next ended before the last row.
func (r *Rows) Err() error { return r.err }

// Close lets go of the result.
func (r *Rows) Close() error {
	r.release()
	return r.db.Exec(context.WithoutCancel(r.ctx), "drop table if exists temp.query_result")
}

func (r *Rows) release() {
	if r.reader != nil {
		r.reader.Release()
	}
	r.reader, r.record = nil, nil
}

func value(a arrow.Array, i int) any {
	if a.IsNull(i) {
		return nil
	}
	switch a := a.(type) {
	case *array.Boolean:
		return a.Value(i)
	case *array.Int8:
		return int64(a.Value(i))
	case *array.Int16:
		return int64(a.Value(i))
	case *array.Int32:
		return int64(a.Value(i))
	case *array.Int64:
		return a.Value(i)
	case *array.Uint8:
		return int64(a.Value(i))
	case *array.Uint16:
		return int64(a.Value(i))
	case *array.Uint32:
		return int64(a.Value(i))
	case *array.Float32:
		return float64(a.Value(i))
	case *array.Float64:
		return a.Value(i)
	case *array.String:
		return strings.Clone(a.Value(i)) // the batch's memory goes with it
	case *array.Date32:
		return a.Value(i).ToTime()
	case *array.Timestamp:
		return a.Value(i).ToTime(a.DataType().(*arrow.TimestampType).Unit)
	case *array.Decimal128:
		n, scale := a.Value(i).BigInt(), a.DataType().(*arrow.Decimal128Type).Scale
		if scale == 0 && n.IsInt64() {
			return n.Int64()
		}
		f, _ := new(big.Rat).SetFrac(n, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)).Float64()
		return f
	case *array.List:
		from, to := a.ValueOffsets(i)
		out := make([]any, 0, to-from)
		for j := from; j < to; j++ {
			out = append(out, value(a.ListValues(), int(j)))
		}
		return out
	}
	return strings.Clone(a.ValueStr(i))
}

// Text is a value of Rows as people read it: dates as 2024-03-31, nil as nothing.
func Text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case time.Time:
		if v.Equal(v.Truncate(24 * time.Hour)) {
			return v.Format(time.DateOnly)
		}
		return v.Format("2006-01-02 15:04:05")
	case []any:
		s := make([]string, len(v))
		for i := range v {
			s[i] = Text(v[i])
		}
		return "[" + strings.Join(s, ", ") + "]"
	}
	return fmt.Sprint(v)
}
