package columns

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// batch is how many values of a column are taken at a time.
const batch = 1024

// parquetRows reads Parquet: flat columns of text, numbers, booleans, dates and times.
type parquetRows struct {
	file    *parquet.File
	size    int64
	leaves  []leaf // by column of the file
	wanted  []*parquetColumn
	group   int // the next row group
	at, end int // rows of the batch
	row     int64
	total   int64
}

// leaf is a column that can be read, or why not.
type leaf struct {
	index int
	text  func(buf []byte, v parquet.Value) []byte
	why   string
}

type parquetColumn struct {
	leaf
	pages  parquet.Pages
	page   parquet.Page
	values parquet.ValueReader
	buf    [batch]parquet.Value
	data   []byte
	ends   [batch + 1]int
}

func openParquet(in io.ReaderAt, size int64) (*parquetRows, []string, error) {
	f, err := parquet.OpenFile(in, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, nil, fmt.Errorf("%w\nhint: is it a Parquet file?", err)
	}
	r := &parquetRows{file: f, size: size, total: f.NumRows()}
	var names []string
	for _, c := range f.Root().Columns() {
		names = append(names, c.Name())
		r.leaves = append(r.leaves, leafOf(c))
	}
	return r, names, nil
}

func leafOf(c *parquet.Column) leaf {
	if !c.Leaf() || c.Repeated() {
		return leaf{why: "holds lists or groups"}
	}
	out := leaf{index: c.Index()}
	t := c.Type()
	k := t.Kind()
	var logical format.LogicalTypeValue
	if l := t.LogicalType(); l != nil {
		logical = l.Value
	}
	switch l := logical.(type) {
	case *format.DecimalType:
		scale := int(l.Scale)
		switch k {
		case parquet.Int32:
			out.text = func(buf []byte, v parquet.Value) []byte { return decimal(buf, int64(v.Int32()), scale) }
		case parquet.Int64:
			out.text = func(buf []byte, v parquet.Value) []byte { return decimal(buf, v.Int64(), scale) }
		default:
			return leaf{why: "holds decimals of more than 18 digits"}
		}
		return out
	case *format.DateType:
		out.text = func(buf []byte, v parquet.Value) []byte {
			return time.Unix(int64(v.Int32())*86400, 0).UTC().AppendFormat(buf, time.DateOnly)
		}
		return out
	case *format.TimestampType:
		unit := int64(l.Unit.Value.Duration())
		per := int64(time.Second) / unit
		out.text = func(buf []byte, v parquet.Value) []byte {
			n := v.Int64()
			return time.Unix(n/per, n%per*unit).UTC().AppendFormat(buf, "2006-01-02 15:04:05.999999999")
		}
		return out
	case *format.IntType:
		if !l.IsSigned {
			out.text = func(buf []byte, v parquet.Value) []byte { return strconv.AppendUint(buf, v.Uint64(), 10) }
			if k == parquet.Int32 {
				out.text = func(buf []byte, v parquet.Value) []byte { return strconv.AppendUint(buf, uint64(v.Uint32()), 10) }
			}
			return out
		}
	case nil, *format.StringType, *format.EnumType, *format.JsonType:
	default:
		return leaf{why: "holds " + strings.ToLower(logical.String())}
	}
	switch k {
	case parquet.ByteArray:
		out.text = func(buf []byte, v parquet.Value) []byte { return append(buf, v.ByteArray()...) }
	case parquet.Int32:
		out.text = func(buf []byte, v parquet.Value) []byte { return strconv.AppendInt(buf, int64(v.Int32()), 10) }
	case parquet.Int64:
		out.text = func(buf []byte, v parquet.Value) []byte { return strconv.AppendInt(buf, v.Int64(), 10) }
	case parquet.Boolean:
		out.text = func(buf []byte, v parquet.Value) []byte { return strconv.AppendBool(buf, v.Boolean()) }
	case parquet.Float:
		out.text = func(buf []byte, v parquet.Value) []byte { return number(buf, float64(v.Float()), 32) }
	case parquet.Double:
		out.text = func(buf []byte, v parquet.Value) []byte { return number(buf, v.Double(), 64) }
	default:
		return leaf{why: "holds " + strings.ToLower(t.String())}
	}
	return out
}

// number writes a whole number without a point: identifiers and years that a tool kept as floating point mean that.
func number(buf []byte, v float64, bits int) []byte {
	return strconv.AppendFloat(buf, v, 'f', -1, bits)
}

func decimal(buf []byte, v int64, scale int) []byte {
	if v < 0 {
		buf, v = append(buf, '-'), -v
	}
	s := strconv.FormatInt(v, 10)
	if scale == 0 {
		return append(buf, s...)
	}
	for len(s) <= scale {
		s = "0" + s
	}
	return append(append(append(buf, s[:len(s)-scale]...), '.'), s[len(s)-scale:]...)
}

func (r *parquetRows) want(at []int) error {
	for _, i := range at {
		if why := r.leaves[i].why; why != "" {
			return fmt.Errorf("column %q %s, which can't be read as text\nhint: write it as text", r.file.Root().Columns()[i].Name(), why)
		}
		r.wanted = append(r.wanted, &parquetColumn{leaf: r.leaves[i]})
	}
	return nil
}

func (r *parquetRows) where() string { return "row " + strconv.FormatInt(r.row, 10) }

func (r *parquetRows) done() int64 {
	if r.total == 0 {
		return r.size
	}
	return int64(float64(r.size) * float64(r.row) / float64(r.total))
}

func (r *parquetRows) next(cells [][]byte) (bool, error) {
	for r.at == r.end {
		ok, err := r.fill()
		if err != nil || !ok {
			return false, err
		}
	}
	for i, c := range r.wanted {
		cells[i] = c.data[c.ends[r.at]:c.ends[r.at+1]]
	}
	r.at++
	r.row++
	return true, nil
}

// fill takes the next batch of every column.
func (r *parquetRows) fill() (bool, error) {
	r.at, r.end = 0, 0
	for i, c := range r.wanted {
		n, err := c.fill()
		if err != nil {
			return false, err
		}
		if i == 0 {
			r.end = n
		} else if n != r.end {
			return false, errors.New("columns differ in length: the file is broken")
		}
	}
	if r.end > 0 {
		return true, nil
	}
	groups := r.file.RowGroups()
	if r.group == len(groups) {
		return false, nil
	}
	chunks := groups[r.group].ColumnChunks()
	r.group++
	for _, c := range r.wanted {
		c.pages = chunks[c.index].Pages()
	}
	return r.fill()
}

// fill takes values up to a batch; none at the end of a row group.
func (c *parquetColumn) fill() (n int, err error) {
	c.data = c.data[:0]
	for c.pages != nil && n < batch {
		if c.values == nil {
			c.page, err = c.pages.ReadPage()
			if errors.Is(err, io.EOF) {
				err = c.pages.Close()
				c.pages = nil
				return n, err
			}
			if err != nil {
				return n, err
			}
			c.values = c.page.Values()
		}
		k, err := c.values.ReadValues(c.buf[:batch-n])
		for _, v := range c.buf[:k] {
			c.ends[n] = len(c.data)
			if !v.IsNull() {
				c.data = c.text(c.data, v)
			}
			n++
		}
		c.ends[n] = len(c.data)
		if errors.Is(err, io.EOF) || err == nil && k == 0 {
			parquet.Release(c.page)
			c.page, c.values = nil, nil
		} else if err != nil {
			return n, err
		}
	}
	return n, nil
}
