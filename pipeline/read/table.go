package read

import (
	"encoding/binary"
	"strings"
)

// table holds the rows of a sheet, or of a module of an XML file, in one piece of memory: for each row its line and the number of its cells,
// and each cell with its length before it.
type table struct {
	text strings.Builder
	rows int64
}

func (t *table) add(line int, cells []string) {
	var b [binary.MaxVarintLen64]byte
	put := func(n int) { t.text.Write(b[:binary.PutUvarint(b[:], uint64(n))]) }
	put(line)
	put(len(cells))
	for _, c := range cells {
		put(len(c))
		t.text.WriteString(c)
	}
	t.rows++
}

func (t *table) each(fn func(*raw) error) error {
	r := &raw{}
	for next := 0; next < t.text.Len(); {
		r.at = next
		next = t.read(r)
		if err := fn(r); err != nil {
			return err
		}
	}
	return nil
}

func (t *table) row(r *raw) { t.read(r) }

// read gives the row at r.at, and where the next begins.
func (t *table) read(r *raw) (next int) {
	text := t.text.String()
	at := r.at
	get := func() (n int) {
		for shift := 0; ; shift += 7 {
			c := text[at]
			at++
			if n |= int(c&0x7f) << shift; c < 0x80 {
				return n
			}
		}
	}
	r.line, r.cells = get(), r.cells[:0]
	for n := get(); n > 0; n-- {
		size := get()
		r.cells = append(r.cells, text[at:at+size])
		at += size
	}
	return at
}
