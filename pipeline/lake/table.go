package lake

import (
	"bytes"
	"fmt"
	"io"
	"sort"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"throughline/schemas"
)

// Cell is one value of a table. The zero Cell is NULL.
type Cell = parquet.Value

// Text is a VARCHAR; an empty string is NULL.
func Text(s string) Cell {
	if s == "" {
		return Cell{}
	}
	return parquet.ByteArrayValue([]byte(s))
}

// Int is a SMALLINT or INTEGER.
func Int(n int) Cell { return parquet.Int32Value(int32(n)) }

// Float is a DOUBLE.
func Float(f float64) Cell { return parquet.DoubleValue(f) }

// Date is a DATE; a zero time is NULL.
func Date(t time.Time) Cell {
	if t.IsZero() {
		return Cell{}
	}
	return parquet.Int32Value(int32(t.Unix() / 86400))
}

// UUID is a UUID; all zeros is NULL.
func UUID(k [16]byte) Cell {
	if k == [16]byte{} {
		return Cell{}
	}
	return parquet.FixedLenByteArrayValue(append([]byte(nil), k[:]...))
}

// codec is shared by all files: each codec keeps encoders, which are large.
var codec = &zstd.Codec{Level: zstd.SpeedFastest}

// pageBytes keeps the buffers of a file's columns small: most files of a return have a few hundred rows.
const pageBytes = 64 << 10

func node(typ string) (parquet.Node, error) {
	switch typ {
	case "UUID":
		return parquet.UUID(), nil
	case "VARCHAR":
		return parquet.Encoded(parquet.String(), &parquet.RLEDictionary), nil
	case "DATE":
		return parquet.Date(), nil
	case "SMALLINT":
		return parquet.Int(16), nil
	case "INTEGER":
		return parquet.Int(32), nil
	case "DOUBLE":
		return parquet.Leaf(parquet.DoubleType), nil
	}
	return nil, fmt.Errorf("type %q isn't one that the lake keeps", typ)
}

// Table collects rows of one module and becomes one Parquet file.
type Table struct {
	cols   []schemas.LakeColumn
	leaf   []int // place of each column in the file, which holds them by name
	schema *parquet.Schema
	buf    bytes.Buffer
	w      *parquet.GenericWriter[any]
	row    parquet.Row
	rows   int64
}

// NewTable begins a table with these columns.
func NewTable(name string, cols []schemas.LakeColumn) (*Table, error) {
	g := parquet.Group{}
	names := make([]string, len(cols))
	for i, c := range cols {
		n, err := node(c.Type)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", c.Name, err)
		}
		g[c.Name] = parquet.Compressed(parquet.Optional(n), codec)
		names[i] = c.Name
	}
	if len(g) != len(cols) {
		return nil, fmt.Errorf("%s: a column stands twice", name)
	}
	t := &Table{cols: cols, leaf: make([]int, len(cols)), schema: parquet.NewSchema(name, g), row: make(parquet.Row, len(cols))}
	sorted := append([]string(nil), names...)
	sort.Strings(sorted)
	for i, n := range names {
		t.leaf[i] = sort.SearchStrings(sorted, n)
	}
	t.w = parquet.NewGenericWriter[any](&t.buf, t.schema, parquet.CreatedBy("throughline", "1", "0"), parquet.DataPageStatistics(true), parquet.PageBufferSize(pageBytes))
	return t, nil
}

// Append adds a row: a Cell for each column, in the order of NewTable.
func (t *Table) Append(cells []Cell) error {
	for i, c := range cells {
		def := 1
		if c.IsNull() {
			def = 0
		}
		t.row[t.leaf[i]] = c.Level(0, def, t.leaf[i])
	}
	t.rows++
	_, err := t.w.WriteRows([]parquet.Row{t.row})
	return err
}

// Rows is the number of rows so far.
func (t *Table) Rows() int64 { return t.rows }

// Save ends the table and writes it under a folder of the lake.
func (t *Table) Save(l *Lake, dir string) (File, error) {
	if err := t.w.Close(); err != nil {
		return File{}, err
	}
	return l.put(dir, ".parquet", t.buf.Bytes(), t.rows)
}

// Sealer encrypts and decrypts files of the link zone. The same content and name give the same bytes.
type Sealer interface {
	EncryptDeterministically(plaintext, associatedData []byte) ([]byte, error)
	DecryptDeterministically(ciphertext, associatedData []byte) ([]byte, error)
}

const sealedDir = "link/"

// Seal writes rows of a struct type as an encrypted Parquet file in the link zone, under link/name.
func Seal[T any](l *Lake, s Sealer, name string, rows []T) (File, error) {
	var buf bytes.Buffer
	w := parquet.NewGenericWriter[T](&buf, parquet.Compression(codec), parquet.CreatedBy("throughline", "1", "0"))
	if _, err := w.Write(rows); err != nil {
		return File{}, err
	}
	if err := w.Close(); err != nil {
		return File{}, err
	}
	sealed, err := s.EncryptDeterministically(buf.Bytes(), []byte(name))
	if err != nil {
		return File{}, err
	}
	return l.put(sealedDir+name, ".parquet.sealed", sealed, int64(len(rows)))
}

// Unseal reads a file that Seal wrote.
func Unseal[T any](l *Lake, s Sealer, name string, f File) ([]T, error) {
	sealed, err := l.Read(f)
	if err != nil {
		return nil, err
	}
	plain, err := s.DecryptDeterministically(sealed, []byte(name))
	if err != nil {
		return nil, fmt.Errorf("%s: can't be opened with this project's key", f.Path)
	}
	r := parquet.NewGenericReader[T](bytes.NewReader(plain))
	defer r.Close()
	rows := make([]T, r.NumRows())
	for n := 0; n < len(rows); {
		k, err := r.Read(rows[n:])
		n += k
		if err != nil && (err != io.EOF || n < len(rows)) {
			return nil, fmt.Errorf("%s: %w", f.Path, err)
		}
	}
	return rows, nil
}
