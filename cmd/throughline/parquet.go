package main

import (
	"errors"
	"os"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"throughline/pipeline/duck"
)

// writeParquet writes a result as Parquet. Whole numbers are INT64, other numbers DOUBLE, dates DATE; everything else is text.
func writeParquet(path string, r *duck.Rows) (err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, f.Close()); err != nil {
			err = errors.Join(err, os.Remove(path))
		}
	}()
	g := parquet.Group{}
	for _, c := range r.Columns {
		var n parquet.Node
		switch c.Type {
		case "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER":
			n = parquet.Int(64)
		case "DOUBLE", "FLOAT":
			n = parquet.Leaf(parquet.DoubleType)
		case "BOOLEAN":
			n = parquet.Leaf(parquet.BooleanType)
		case "DATE":
			n = parquet.Date()
		default:
			n = parquet.String()
		}
		g[c.Name] = parquet.Compressed(parquet.Optional(n), &zstd.Codec{})
	}
	schema := parquet.NewSchema("result", g)
	w := parquet.NewGenericWriter[any](f, schema)
	row := make(parquet.Row, len(r.Columns))
	leaf := make([]int, len(r.Columns))
	for i, c := range r.Columns {
		col, ok := schema.Lookup(c.Name)
		if !ok || len(g) != len(r.Columns) {
			return usage("two columns are called %s; name them apart with AS", c.Name)
		}
		leaf[i] = col.ColumnIndex
	}
	for r.Next() {
		for i, v := range r.Values() {
			cell, def := parquetValue(r.Columns[i].Type, v), 1
			if cell.IsNull() {
				def = 0
			}
			row[leaf[i]] = cell.Level(0, def, leaf[i])
		}
		if _, err := w.WriteRows([]parquet.Row{row}); err != nil {
			return err
		}
	}
	return errors.Join(r.Err(), w.Close())
}

// parquetValue is a value of duck.Rows in the column that writeParquet gave its type.
func parquetValue(typ string, v any) parquet.Value {
	switch x := v.(type) {
	case nil:
		return parquet.Value{}
	case int64:
		if typ != "HUGEINT" {
			return parquet.Int64Value(x)
		}
	case float64:
		if typ == "DOUBLE" || typ == "FLOAT" {
			return parquet.DoubleValue(x)
		}
	case bool:
		return parquet.BooleanValue(x)
	case time.Time:
		if typ == "DATE" {
			return parquet.Int32Value(int32(x.Unix() / 86400))
		}
	}
	return parquet.ByteArrayValue([]byte(duck.Text(v)))
}
