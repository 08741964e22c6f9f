package read

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"regexp"
	"slices"
	"strings"

	"throughline/schemas"
)

// field is a name of the XML form: the columns that it stands for, at most one a module.
type field struct {
	upper string
	mask  uint64 // modules that have it, a bit each in the dataset's order
	cols  []int  // place among Module.Sent of each; -1 where it has none
	who   bool   // the child's number, birth or sex: many modules have it, and it says nothing of which is meant
	rowIn int    // module in which a row stands for a set flag; -1 for none
	child int    // number of the last child with it outside groups
}

// said is a field with what a child's record has in it.
type said struct {
	*field
	from, to int // place in xmlReader.values
}

// group is an element that holds fields: one row of a module.
type group struct {
	module   int
	line     int
	from, to int // place in xmlReader.fields
}

// element is one that is open.
type element struct {
	name   xml.Name
	line   int
	kind   int
	parent bool // whether another is in it
	from   int  // where its fields begin in xmlReader.open
}

// What an element is.
const (
	otherElement = iota
	rootElement
	childElement
	headerElement
)

type xmlReader struct {
	o      opening
	names  map[string]*field
	tables []*table
	cells  [][]string // of each module: what is said of the child outside groups
	twice  int        // fields that stand twice in one group
	alien  map[string]int
	order  []string // names of alien, in order of appearance

	seen  bool      // the root
	stack []element // that are open
	value []byte    // text within the last of them

	children int // read so far

	// of the child that is being read
	values []byte
	direct []said
	fields []said // of its groups
	groups []group
	line   int
	open   []said   // of the groups that are open
	filled []bool   // modules of which the child's own fields say something
	row    []string // of a group
	set    []bool
}

// xml reads the whole file at once: whether it is well formed shows only at its end, and no part of one that isn't is taken.
func (o opening) xml(text, encoding string) []*File {
	refuse := func(why string) []*File {
		f := o.refused(XML, why)
		f[0].Encoding = encoding
		return f
	}
	if o.d.XML == nil {
		return refuse("an XML file: " + o.d.ID + " has no XML form")
	}
	x := o.xmlReader()
	ok, err := x.simple(text)
	if !ok {
		x = o.xmlReader()
		err = x.general(text)
	}
	if err != nil {
		return refuse(err.Error())
	}
	var out []*File
	for i, m := range o.d.Modules {
		t := x.tables[i]
		if t.rows == 0 && m.Holds != schemas.Children && m.Holds != schemas.Episodes {
			continue
		}
		f := o.file(XML)
		f.Name, f.Encoding, f.Module, f.body, f.Rows, f.width = o.name+"/"+m.ID, encoding, m, t, t.rows, len(m.Sent())
		for at := range m.Sent() {
			f.source = append(f.source, at)
		}
		f.collected(o.y)
		out = append(out, f)
	}
	if len(out) == 0 {
		return refuse("the file has no child in it")
	}
	for i, n := range x.order {
		if i == mostAliens {
			out[0].problem("unknown_element", fmt.Sprintf("%d elements of other unknown names", len(x.order)-i))
			break
		}
		out[0].problem("unknown_element", fmt.Sprintf("%s, %d in the file", n, x.alien[n]))
	}
	if x.twice > 0 {
		out[0].problem("column_twice", fmt.Sprintf("%d elements that stand twice where one belongs; the first is read", x.twice))
	}
	if encoding == windowsText {
		out[0].problem("windows_1252", "")
	}
	return out
}

func (o opening) xmlReader() *xmlReader {
	x := &xmlReader{o: o, names: xmlNames(o.d), alien: map[string]int{}, filled: make([]bool, len(o.d.Modules))}
	for _, m := range o.d.Modules {
		x.tables = append(x.tables, &table{})
		x.cells = append(x.cells, make([]string, len(m.Sent())))
	}
	return x
}

// mostAliens is how many unknown names of elements are told.
const mostAliens = 20

func xmlNames(d *schemas.Dataset) map[string]*field {
	out := map[string]*field{}
	for i, m := range d.Modules {
		for at, c := range m.Sent() {
			up := strings.ToUpper(c.Name)
			f := out[up]
			if f == nil {
				f = &field{upper: up, rowIn: -1, cols: slices.Repeat([]int{-1}, len(d.Modules))}
				out[up] = f
			}
			f.mask |= 1 << (i % 64)
			f.cols[i] = at
			if c.RowIn != "" {
				f.rowIn = slices.IndexFunc(d.Modules, func(m *schemas.Module) bool { return m.ID == c.RowIn })
			}
			f.who = f.who || c.Role == schemas.Child || c.Role == schemas.DOB || c.Role == schemas.Sex
		}
	}
	for a, to := range aliases(d) {
		out[a] = out[to]
	}
	return out
}

var (
	errDamaged = errors.New("the XML isn't well formed or not whole: nothing of it is read; send it again")
	errDTD     = errors.New("the XML has a document type or entities of its own, which aren't read: take them out")
	errDeep    = errors.New("the XML has elements within elements deeper than any return")
	errFields  = fmt.Errorf("the XML has a child with more than %d fields", maxFields)
)

// general reads any XML.
func (x *xmlReader) general(text string) error {
	d := xml.NewDecoder(strings.NewReader(text))
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // it is UTF-8 by now
	for {
		tok, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return x.finish()
		}
		if err != nil {
			return errDamaged
		}
		switch t := tok.(type) {
		case xml.Directive:
			return errDTD
		case xml.StartElement:
			line, _ := d.InputPos()
			err = x.start(t.Name, line)
		case xml.CharData:
			err = x.text(string(t))
		case xml.EndElement:
			err = x.close(t.Name)
		}
		if err != nil {
			return err
		}
	}
}

var declaration = regexp.MustCompile(`^\s*<\?xml version=["']1\.0["']( encoding=["'][A-Za-z0-9._-]+["'])?( standalone=["'](yes|no)["'])?\s*\?>`)

// plainByte tells the bytes of text that stand for themselves wherever they are.
var plainByte = func() (t [256]bool) {
	for c := ' '; c < 0x7f; c++ {
		t[c] = c != '&' && c != ']'
	}
	t['\t'], t['\n'] = true, true
	return t
}()

// simple reads XML that has nothing but elements without attributes and plain text, as returns have, many times faster. ok is false when it
// has anything else: then what has been read so far counts for nothing.
func (x *xmlReader) simple(text string) (ok bool, err error) {
	head := declaration.FindString(text)
	line := 1 + strings.Count(head, "\n")
	for text = text[len(head):]; text != ""; {
		end := strings.IndexByte(text, '<')
		if end < 0 {
			end = len(text)
		}
		for i := range end {
			c := text[i]
			if !plainByte[c] && (c != '\r' || strings.TrimSpace(text[:end]) != "") {
				return false, nil
			}
			if c == '\n' {
				line++
			}
		}
		if end > 0 {
			if err := x.text(text[:end]); err != nil {
				return true, err
			}
		}
		if end == len(text) {
			break
		}
		text = text[end+1:]
		if end = strings.IndexByte(text, '>'); end < 1 {
			return false, nil
		}
		tag := text[:end]
		text = text[end+1:]
		closes := tag[0] == '/'
		if closes {
			tag = tag[1:]
		}
		alone := !closes && strings.HasSuffix(tag, "/")
		if alone {
			tag = tag[:len(tag)-1]
		}
		tag = strings.TrimRight(tag, " ")
		if !plainName(tag) {
			return false, nil
		}
		name := xml.Name{Local: tag}
		if !closes {
			err = x.start(name, line)
		}
		if err == nil && (closes || alone) {
			err = x.close(name)
		}
		if err != nil {
			return true, err
		}
	}
	return true, x.finish()
}

func plainName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !(c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c == '_' || i > 0 && c >= '0' && c <= '9') {
			return false
		}
	}
	return s != ""
}

// start opens an element.
func (x *xmlReader) start(name xml.Name, line int) error {
	form := x.o.d.XML
	e := element{name: name, line: line, from: len(x.open)}
	switch n := len(x.stack); {
	case n == 0 && (x.seen || name.Local != form.Root):
		return fmt.Errorf("an XML file whose root isn't %s: not a return", form.Root)
	case n == 0:
		e.kind, x.seen = rootElement, true
	case n == maxDepth:
		return errDeep
	case len(x.open)+len(x.direct)+len(x.fields) > maxFields:
		return errFields
	case x.stack[n-1].kind == rootElement && name.Local == form.Child:
		e.kind = childElement
		x.values, x.direct, x.fields, x.groups, x.line = x.values[:0], x.direct[:0], x.fields[:0], x.groups[:0], line
	case x.stack[n-1].kind == childElement && name.Local == form.Header:
		e.kind = headerElement
		x.line = line
	}
	if n := len(x.stack); n > 0 {
		x.stack[n-1].parent = true
		x.stray()
	}
	x.stack = append(x.stack, e)
	x.value = x.value[:0]
	return nil
}

// text takes text within an element, or blanks outside the root.
func (x *xmlReader) text(s string) error {
	if len(x.stack) > 0 {
		x.value = append(x.value, s...)
	} else if strings.TrimSpace(s) != "" {
		return errDamaged
	}
	return nil
}

// close closes the element that was opened last.
func (x *xmlReader) close(name xml.Name) error {
	n := len(x.stack) - 1
	if n < 0 || x.stack[n].name != name {
		return errDamaged
	}
	e := x.stack[n]
	x.stack = x.stack[:n]
	switch {
	case e.kind == otherElement && !e.parent:
		x.leaf(e)
		x.value = x.value[:0]
		return nil
	case e.kind == childElement:
		x.end()
	case e.kind == otherElement:
		x.group(e)
	}
	x.stray()
	x.value = x.value[:0]
	return nil
}

func (x *xmlReader) finish() error {
	if len(x.stack) > 0 || !x.seen {
		return errDamaged
	}
	return nil
}

// stray notes text that stands between elements.
func (x *xmlReader) stray() {
	if len(bytes.TrimSpace(x.value)) > 0 {
		x.unknown("")
	}
}

func (x *xmlReader) unknown(name string) {
	shown := "text between elements"
	if name != "" {
		shown = strings.Replace(x.o.quote.Quote(name), "a value", "an element", 1)
	}
	if x.alien[shown]++; x.alien[shown] == 1 {
		x.order = append(x.order, shown)
	}
}

// leaf takes an element that holds text alone.
func (x *xmlReader) leaf(e element) {
	f := x.names[strings.ToUpper(e.name.Local)]
	if len(x.stack) < 2 || f == nil { // not within a child
		x.unknown(e.name.Local)
		return
	}
	from := len(x.values)
	x.values = append(x.values, x.value...)
	s := said{f, from, len(x.values)}
	if k := x.stack[len(x.stack)-1].kind; k == childElement || k == headerElement {
		x.direct = append(x.direct, s)
	} else {
		x.open = append(x.open, s)
	}
}

// group takes an element that holds others: the module is the one that has its fields, whatever it is called.
func (x *xmlReader) group(e element) {
	in := x.open[e.from:]
	x.open = x.open[:e.from]
	mask := ^uint64(0)
	own := false
	for _, s := range in {
		mask &= s.mask
		own = own || !s.who
	}
	switch {
	case len(in) == 0: // its parts have been noted, or it holds groups
		return
	case !own || mask == 0:
		x.unknown(e.name.Local)
		return
	}
	m := bits.TrailingZeros64(mask)
	if x.o.d.Modules[m].Holds == schemas.Children {
		x.direct = append(x.direct, in...)
		return
	}
	g := group{module: m, line: e.line, from: len(x.fields)}
	x.fields = append(x.fields, in...)
	g.to = len(x.fields)
	x.groups = append(x.groups, g)
}

// single reports whether a module has one row a child.
func single(m *schemas.Module) bool { return len(m.Key) == 1 }

// end makes the rows of a child.
func (x *xmlReader) end() {
	values := string(x.values)
	text := func(s said) string { return clean(values[s.from:s.to]) }
	clear(x.filled)
	for i := range x.cells {
		clear(x.cells[i])
	}
	x.children++
	for _, s := range x.direct {
		if s.child == x.children {
			x.twice++
			continue
		}
		s.child = x.children
		v, used := text(s), s.who
		for m, at := range s.cols {
			if at < 0 || !s.who && !single(x.o.d.Modules[m]) {
				continue
			}
			used = true
			x.cells[m][at] = v
			x.filled[m] = x.filled[m] || !s.who && v != ""
		}
		if s.rowIn >= 0 && yes(v) {
			x.filled[s.rowIn] = true
		}
		if !used {
			x.unknown(s.upper)
		}
	}
	for i, m := range x.o.d.Modules {
		if m.Holds == schemas.Children || x.filled[i] && single(m) {
			x.tables[i].add(x.line, x.cells[i])
		}
	}
	for _, g := range x.groups {
		x.row = append(x.row[:0], x.cells[g.module]...)
		x.set = append(x.set[:0], make([]bool, len(x.row))...)
		some := false
		for _, s := range x.fields[g.from:g.to] {
			at := s.cols[g.module]
			if x.set[at] {
				x.twice++
				continue
			}
			x.set[at] = true
			if v := text(s); v != "" {
				x.row[at] = v
				some = some || !s.who
			}
		}
		if some || !single(x.o.d.Modules[g.module]) {
			x.tables[g.module].add(g.line, x.row)
		}
	}
}

// yes reports whether a flag is set.
func yes(v string) bool {
	return slices.Contains([]string{"1", "1.0", "TRUE", "YES", "Y"}, strings.ToUpper(v))
}
