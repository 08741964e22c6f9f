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
	text := t.text.String()
	get := func() (n int) {
		for shift := 0; ; shift += 7 {
			c := text[0]
			text = text[1:]
			if n |= int(c&0x7f) << shift; c < 0x80 {
				return n
			}
		}
	}
	r := &raw{}
	for text != "" {
		r.line, r.cells = get(), r.cells[:0]
		for n := get(); n > 0; n-- {
			size := get()
			r.cells = append(r.cells, text[:size])
			text = text[size:]
		}
		if err := fn(r); err != nil {
			return err
		}
	}
	return nil
}
