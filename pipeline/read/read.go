package read

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"throughline/pipeline/finding"
	"throughline/schemas"
)

// File is one CSV file of a delivery.
type File struct {
	Name     string          // as shown to people, see finding.Quoter.Name; as given on the owner's own screen
	Module   *schemas.Module // nil when the header is no module's
	Encoding string          // UTF-8, UTF-16 or Windows-1252
	Problems []finding.Finding
	Rows     int64 // data rows, known from the start

	text   []byte
	source []int // place of each column of the module in the file; -1 when missing
	width  int   // cells of the header
	head   int   // line of the header
	open   map[int]bool
}

// Row is one data row. Its Cells stay valid until the next one is read.
type Row struct {
	Line  int      // of the file, 1 for the first
	Row   int      // 1 for the first data row
	Cells []string // trimmed, one for each column of Module; blank where the file has none
	// Problems of the row as a whole: ragged_row, open_quote.
	Problems []finding.Finding
}

// Open reads the header of a CSV file and decides which module of the dataset it is in a year. A file that can't be used has a nil
// Module and says why in Problems. quote shows unknown column names safely.
func Open(name string, content []byte, d *schemas.Dataset, y schemas.Year, quote *finding.Quoter) *File {
	f := &File{Name: name}
	fail := func(rule, message string) *File {
		f.Module = nil
		f.Problems = append(f.Problems, finding.Finding{Rule: rule, File: name, Message: message})
		return f
	}
	if form := otherForm(content); form != "" {
		return fail("unreadable_file", form)
	}
	text, enc, err := decode(content)
	f.Encoding = enc
	if err != nil {
		return fail("unreadable_file", err.Error())
	}
	f.text = f.closeQuotes(text)
	r := f.reader()
	var head []string
	for { // a workbook saved as CSV may begin with rows of blanks
		head, err = r.Read()
		if errors.Is(err, io.EOF) {
			return fail("unreadable_file", "the file is empty")
		}
		if err != nil {
			return fail("unreadable_file", "the header can't be read as CSV")
		}
		if strings.TrimSpace(strings.Join(head, "")) != "" {
			break
		}
	}
	f.head, _ = r.FieldPos(0)
	head = slices.Clone(head) // the reader uses the slice again
	names := map[string]int{}
	var again []string
	for i, h := range head {
		h = strings.ToUpper(clean(h))
		if _, twice := names[h]; twice {
			again = append(again, h)
		} else if h != "" {
			names[h] = i
		}
	}
	f.width = len(head)
	m, missing := match(d, y, names)
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil && !blank(row) {
			f.Rows++
		}
	}
	if m == nil {
		return fail("unknown_file", fmt.Sprintf("the header (%d columns) is no module's of %s", len(head), d.ID))
	}
	f.Module = m
	for _, c := range m.Columns {
		i, ok := names[strings.ToUpper(c.Name)]
		if !ok {
			i = -1
		}
		f.source = append(f.source, i)
		delete(names, strings.ToUpper(c.Name))
	}
	for _, c := range missing {
		f.Problems = append(f.Problems, finding.Finding{Rule: "missing_column", Module: m.ID, File: name, Line: f.head, Column: c})
	}
	for _, h := range again {
		f.Problems = append(f.Problems, finding.Finding{Rule: "column_twice", Module: m.ID, File: name, Line: f.head, Message: shownColumn(m, h, quote) + ": a second column of this name; the first is read"})
	}
	for i, h := range head {
		if j, extra := names[strings.ToUpper(clean(h))]; extra && i == j {
			f.Problems = append(f.Problems, finding.Finding{Rule: "extra_column", Module: m.ID, File: name, Line: f.head,
				Message: fmt.Sprintf("%s: not a column of %s", quote.Quote(clean(h)), m.ID)})
		}
	}
	if !schemas.HeldIn(m.FirstYear, m.LastYear, y) {
		f.Problems = append(f.Problems, finding.Finding{Rule: "not_collected", Module: m.ID, File: name,
			Message: fmt.Sprintf("%s isn't collected in %d", m.ID, y)})
	}
	return f
}

// shownColumn is a name in a header: as it is when the module has such a column, else as Quote shows it.
func shownColumn(m *schemas.Module, upper string, quote *finding.Quoter) string {
	for _, c := range m.Columns {
		if strings.ToUpper(c.Name) == upper {
			return c.Name
		}
	}
	return quote.Quote(upper)
}

// match finds the module whose columns are all there: of several the one with the most. With none, the module that lacks least, if no
// more than a quarter of its columns and none of its key, and if the file has a column that is this module's alone: CHILD, SEX and DOB
// are a list of children as well as a UASC file without DUC. The names that are missing come back with it.
func match(d *schemas.Dataset, y schemas.Year, names map[string]int) (best *schemas.Module, missing []string) {
	shared := map[string]int{}
	for _, m := range d.Modules {
		for _, c := range m.Columns {
			shared[c.Name]++
		}
	}
	for _, m := range d.Modules {
		var lacks []string
		held := 0
		usable, own := true, false
		for _, c := range m.Columns {
			if !schemas.HeldIn(c.FirstYear, c.LastYear, y) {
				continue
			}
			held++
			if _, ok := names[strings.ToUpper(c.Name)]; !ok {
				lacks = append(lacks, c.Name)
				usable = usable && c.Role != schemas.Child && c.Role != schemas.Record
			} else {
				own = own || shared[c.Name] == 1
			}
		}
		for _, k := range m.Key {
			_, ok := names[strings.ToUpper(k)]
			usable = usable && ok
		}
		if len(lacks) > 0 && (!usable || !own || len(lacks)*4 > held) {
			continue
		}
		if best == nil || len(lacks) < len(missing) || len(lacks) == len(missing) && len(m.Columns) > len(best.Columns) {
			best, missing = m, lacks
		}
	}
	return best, missing
}

// Each calls fn for every data row, in order, until it returns an error.
func (f *File) Each(fn func(*Row) error) error {
	r := f.reader()
	row := &Row{Cells: make([]string, len(f.source))}
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
		line, _ := r.FieldPos(0)
		if line <= f.head || blank(cells) {
			continue
		}
		row.Line, row.Row, row.Problems = line, row.Row+1, row.Problems[:0]
		for i, at := range f.source {
			row.Cells[i] = ""
			if at >= 0 && at < len(cells) {
				row.Cells[i] = clean(cells[at])
			}
		}
		at := finding.Finding{Module: f.Module.ID, File: f.Name, Line: line, Row: row.Row}
		if n := len(cells); n < f.width || n > f.width && strings.TrimSpace(strings.Join(cells[f.width:], "")) != "" {
			at.Rule, at.Message = "ragged_row", fmt.Sprintf("the row has %d cells, the header %d", n, f.width)
			row.Problems = append(row.Problems, at)
		}
		if f.open[line] {
			at.Rule, at.Message = "open_quote", ""
			row.Problems = append(row.Problems, at)
		}
		if err := fn(row); err != nil {
			return err
		}
	}
}

func (f *File) reader() *csv.Reader {
	r := csv.NewReader(bytes.NewReader(f.text))
	r.FieldsPerRecord = -1
	r.LazyQuotes = true
	r.ReuseRecord = true
	return r
}

func blank(cells []string) bool {
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}

// clean trims a cell and empties the words that spreadsheet programs and databases write for nothing.
func clean(s string) string {
	s = strings.Trim(s, " \t\r\n\u00a0")
	switch s {
	case "NULL", "null", "nan", "NaN", "NAN", "None":
		return ""
	}
	return s
}

// otherForm says what a file is that isn't CSV, in the forms in which returns also travel.
func otherForm(b []byte) string {
	b = bytes.TrimLeft(bytes.TrimPrefix(b, []byte("\ufeff")), " \t\r\n")
	switch {
	case bytes.HasPrefix(b, []byte("<?xml")), bytes.HasPrefix(b, []byte("<EXPSSDA903")):
		return "an XML file: only CSV is read"
	case bytes.HasPrefix(b, []byte("PK\x03\x04")):
		return "a workbook or zip file: only CSV is read; save each sheet as CSV"
	}
	return ""
}

// decode reads text by its byte order mark, else as UTF-8, else as Windows-1252.
func decode(b []byte) (text []byte, encoding string, err error) {
	switch {
	case bytes.HasPrefix(b, []byte{0xef, 0xbb, 0xbf}):
		b, encoding = b[3:], "UTF-8"
	case bytes.HasPrefix(b, []byte{0xff, 0xfe}), bytes.HasPrefix(b, []byte{0xfe, 0xff}):
		b, err = unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Bytes(b)
		encoding = "UTF-16"
	case utf8.Valid(b):
		encoding = "UTF-8"
	default:
		b, err = charmap.Windows1252.NewDecoder().Bytes(b)
		encoding = "Windows-1252"
	}
	if err != nil {
		return nil, encoding, errors.New("the text isn't valid in its own encoding")
	}
	if n := bytes.IndexByte(b, 0); n >= 0 {
		return nil, encoding, errors.New("the file has NUL bytes: not text")
	}
	if bytes.IndexByte(b, '\n') < 0 { // line ends of old spreadsheet programs
		b = bytes.ReplaceAll(b, []byte{'\r'}, []byte{'\n'})
	}
	return b, encoding, nil
}

// closeQuotes takes the quotation marks out of lines that leave one open, so that such a line can't swallow those after it: no value
// of these collections holds a line break.
func (f *File) closeQuotes(text []byte) []byte {
	f.open = map[int]bool{}
	if bytes.IndexByte(text, '"') < 0 {
		return text
	}
	out := text
	copied := false
	for line, at := 1, 0; at < len(text); line++ {
		end := len(text)
		if n := bytes.IndexByte(text[at:], '\n'); n >= 0 {
			end = at + n
		}
		if !closed(bytes.TrimSuffix(text[at:end], []byte{'\r'})) {
			if !copied {
				out, copied = bytes.Clone(text), true
			}
			for i := at; i < end; i++ {
				if out[i] == '"' {
					out[i] = ' '
				}
			}
			f.open[line] = true
		}
		at = end + 1
	}
	return out
}

// closed reports whether a line ends outside quotation marks, for a reader that takes a mark inside a value as it stands: there an even
// number of marks is no sign of it.
func closed(line []byte) bool {
	for at := 0; at < len(line); {
		if line[at] != '"' {
			n := bytes.IndexByte(line[at:], ',')
			if n < 0 {
				return true
			}
			at += n + 1
			continue
		}
		for at++; ; {
			n := bytes.IndexByte(line[at:], '"')
			if n < 0 {
				return false
			}
			if at += n + 1; at == len(line) {
				return true
			}
			if line[at] == ',' {
				at++
				break
			}
			if line[at] == '"' {
				at++
			}
		}
	}
	return true
}
