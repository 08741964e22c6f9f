package columns

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"
)

// longestRow is how many bytes a row may have; more is a quote that is never closed, or no CSV.
const longestRow = 16 << 20

// csvRows reads CSV as RFC 4180 has it: lines end in LF or CRLF, a field may stand in quotes, a quote in it is doubled.
type csvRows struct {
	in        io.Reader
	delimiter byte
	buf       []byte
	lo, hi    int // what of buf is read and not yet used
	read      int64
	line      int // of the row last read
	lines     int // lines used up
	ended     bool
	fields    int   // of the first line
	place     []int // by field: where it goes in cells, or -1
	long      []byte
	all       [][]byte // of a row with quotes
}

func openCSV(in io.Reader, delimiter byte) (*csvRows, []string, error) {
	c := &csvRows{in: in, delimiter: delimiter, buf: make([]byte, 1<<20)}
	line, err := c.nextLine()
	if errors.Is(err, io.EOF) {
		return nil, nil, errors.New("is empty\nhint: the first line must name the columns")
	}
	if err != nil {
		return nil, nil, err
	}
	if bytes.HasPrefix(line, []byte{0xff, 0xfe}) || bytes.HasPrefix(line, []byte{0xfe, 0xff}) {
		return nil, nil, errors.New("is UTF-16\nhint: save it as UTF-8")
	}
	if err := c.split(bytes.TrimPrefix(line, []byte("\ufeff"))); err != nil {
		return nil, nil, fmt.Errorf("line 1: %w", err)
	}
	var names []string
	for _, f := range c.all {
		names = append(names, string(f))
	}
	c.fields = len(names)
	return c, names, nil
}

func (c *csvRows) want(at []int) {
	c.place = make([]int, c.fields)
	for i := range c.place {
		c.place[i] = -1
	}
	for i, f := range at {
		c.place[f] = i
	}
}

func (c *csvRows) where() string { return strconv.Itoa(c.line) }
func (c *csvRows) done() int64   { return c.read - int64(c.hi-c.lo) }

// nextLine is the next line without its end, in buf until the next call.
func (c *csvRows) nextLine() ([]byte, error) {
	from := c.lo
	for {
		if at := bytes.IndexByte(c.buf[from:c.hi], '\n'); at >= 0 {
			line := c.buf[c.lo : from+at]
			c.lo = from + at + 1
			c.lines++
			return bytes.TrimSuffix(line, []byte{'\r'}), nil
		}
		if c.ended {
			if c.lo == c.hi {
				return nil, io.EOF
			}
			line := c.buf[c.lo:c.hi]
			c.lo = c.hi
			c.lines++
			return bytes.TrimSuffix(line, []byte{'\r'}), nil
		}
		copy(c.buf, c.buf[c.lo:c.hi])
		c.hi -= c.lo
		c.lo = 0
		from = c.hi
		if c.hi == len(c.buf) {
			if len(c.buf) >= longestRow {
				return nil, fmt.Errorf("a line of more than %d MB", longestRow>>20)
			}
			c.buf = append(c.buf, make([]byte, len(c.buf))...)
		}
		n, err := c.in.Read(c.buf[c.hi:])
		c.hi += n
		c.read += int64(n)
		if errors.Is(err, io.EOF) {
			c.ended = true
		} else if err != nil {
			return nil, err
		}
	}
}

func (c *csvRows) next(cells [][]byte) (bool, error) {
	for {
		c.line = c.lines + 1
		line, err := c.nextLine()
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if len(line) == 0 && c.fields > 1 {
			continue
		}
		if !utf8.Valid(line) {
			return false, errors.New("isn't UTF-8\nhint: save the file as UTF-8")
		}
		if bytes.IndexByte(line, '"') >= 0 {
			return true, c.quoted(line, cells)
		}
		field := 0
		for {
			at := bytes.IndexByte(line, c.delimiter)
			if field == c.fields {
				return false, c.count(field + 1 + bytes.Count(line, []byte{c.delimiter}))
			}
			value := line
			if at >= 0 {
				value = line[:at]
			}
			if p := c.place[field]; p >= 0 {
				cells[p] = value
			}
			field++
			if at < 0 {
				break
			}
			line = line[at+1:]
		}
		if field != c.fields {
			return false, c.count(field)
		}
		return true, nil
	}
}

func (c *csvRows) count(n int) error {
	return fmt.Errorf("%d fields, the first line has %d\nhint: a field that holds the delimiter must stand in quotes", n, c.fields)
}

func (c *csvRows) quoted(line []byte, cells [][]byte) error {
	if err := c.split(line); err != nil {
		return err
	}
	if len(c.all) != c.fields {
		return c.count(len(c.all))
	}
	for i, p := range c.place {
		if p >= 0 {
			cells[p] = c.all[i]
		}
	}
	return nil
}

// split fills all with the fields of a row that may have quotes, and reads on where one of them holds the end of a line.
func (c *csvRows) split(line []byte) error {
	c.long = append(c.long[:0], line...)
	for open(c.long) {
		more, err := c.nextLine()
		if errors.Is(err, io.EOF) || len(c.long) > longestRow {
			return errors.New("a quote is never closed")
		}
		if err != nil {
			return err
		}
		c.long = append(append(c.long, '\n'), more...)
	}
	c.all = c.all[:0]
	rest := c.long
	for {
		if len(rest) == 0 || rest[0] != '"' {
			at := bytes.IndexByte(rest, c.delimiter)
			if at < 0 {
				c.all = append(c.all, rest)
				return nil
			}
			c.all, rest = append(c.all, rest[:at]), rest[at+1:]
			continue
		}
		n, i := 0, 1 // the field is written over its own quotes
		for ; i < len(rest); i++ {
			if rest[i] == '"' {
				if i++; i == len(rest) || rest[i] != '"' {
					break
				}
			}
			rest[n] = rest[i]
			n++
		}
		c.all = append(c.all, rest[:n])
		if i >= len(rest) {
			return nil
		}
		if rest[i] != c.delimiter {
			return errors.New("something stands after a closing quote\nhint: a quote in a field must be doubled")
		}
		rest = rest[i+1:]
	}
}

// open reports whether a quote is still to be closed.
func open(row []byte) bool { return bytes.Count(row, []byte{'"'})%2 == 1 }
