package read

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"throughline/pipeline/finding"
	"throughline/schemas"
)

// What a file may at most be, so that a small one that unpacks to a large one can't fill the memory. A return of all England, a million
// rows, is some 150 MB of CSV and 400 MB of XML.
const (
	maxFile     = 1 << 30 // bytes of a file as sent
	maxMember   = 1 << 29 // bytes of one member of a zip, unpacked
	maxUnpacked = 1 << 30 // bytes of all members of a zip
	maxMembers  = 1000    // of a zip
	maxBook     = 1 << 27 // bytes of a workbook, unpacked, and of the text in its cells
	maxCells    = 1 << 23 // of a workbook, blank ones between others counted too
	maxElements = 1 << 20 // of a workbook other than rows and cells: the texts that its cells share
	maxToken    = 1 << 21 // bytes of one tag or text in a workbook
	maxNested   = 64      // elements within each other in a workbook; charts have some twenty
	maxDepth    = 16      // elements of a return's XML within each other
	maxFields   = 1 << 20 // fields of one child in XML
	maxColumns  = 1 << 14 // cells of a line of CSV, where the last has all that follows, and of a row of a workbook
)

// Form is how a file was sent.
type Form string

// The forms that are read.
const (
	CSV      Form = "csv"
	XML      Form = "xml"
	Workbook Form = "workbook"
	Stacked  Form = "stacked csv" // rows of several returns, each with its authority and year
	Zip      Form = "zip"         // of one that is refused; else see File.Zipped
)

// Option changes how Open shows what it reads.
type Option int

// AsGiven shows the names of sheets and members as they are: only on the screen of whoever sent the file. Without it they stand as
// finding.Quoter.Name shows them.
const AsGiven Option = 1

// File is one module's table: a CSV file, a sheet, a member of a zip, or what an XML file holds of the module.
type File struct {
	Name     string // as shown to people: the file's, with that of the sheet or member after a slash
	Form     Form
	Zipped   bool            // whether it came in a zip
	Module   *schemas.Module // nil when it is no module's, or can't be read
	Encoding string          // UTF-8, UTF-16 or Windows-1252; empty for a workbook
	Problems []finding.Finding
	Rows     int64 // data rows, known from the start

	dataset *schemas.Dataset
	body    body
	source  []int // place of each column of Module.Sent among the cells of body; -1 when missing
	width   int   // cells of the header
	head    int   // line of the header
	stack   *stack
	wrong   []bool // of each column of Module.Sent: its dates are written month first
}

// Row is one data row. Its Cells stay valid until the next one is read.
type Row struct {
	Line  int      // of the file; of a workbook, the row of the sheet
	Row   int      // 1 for the first data row of the file as sent
	Cells []string // trimmed, one for each column of Module.Sent; blank where the file has none
	// Unread marks cells of columns whose dates are written month first: they look like dates, and none may be read as one. nil: no column is.
	Unread []bool
	// Problems of the row as a whole: ragged_row, open_quote, unfinished_line, no_return.
	Problems []finding.Finding
}

// body is the data rows of a file as they stand in it. Blank rows are passed over.
type body interface {
	each(fn func(r *raw) error) error
	row(r *raw) // reads the row at r.at again, which is on r.line
}

// raw is one row as it stands in the file. It is used again for the next.
type raw struct {
	at         int // where it begins in the body
	line       int
	cells      []string
	open       bool // a quotation mark is left open
	unfinished bool // the line has no end
}

// opening is what is known of a file before it is opened.
type opening struct {
	name   string   // as shown
	labels []string // what the file itself, its sheet or member is called, the nearest first
	d      *schemas.Dataset
	y      schemas.Year
	quote  *finding.Quoter
	shown  bool // names within may be shown as they are
	zipped bool
}

// Open reads what a file holds: one File for CSV, one a module for XML, one a sheet for a workbook, and those of its members for a zip. What
// can't be used has a nil Module and says why in Problems. Year 0: not known yet, then columns that some years have not may be missing.
// name is shown as it is; quote shows other names and values safely.
func Open(name string, content []byte, d *schemas.Dataset, y schemas.Year, quote *finding.Quoter, opts ...Option) []*File {
	o := opening{name: name, labels: []string{path.Base(name)}, d: d, y: y, quote: quote, shown: slices.Contains(opts, AsGiven)}
	if len(content) > maxFile {
		return o.refused(CSV, fmt.Sprintf("the file has %d MB, and %d is the most that is read", len(content)>>20, maxFile>>20))
	}
	files := o.open(content)
	for _, f := range files {
		f.monthFirst()
	}
	return files
}

func (o opening) open(content []byte) []*File {
	switch {
	case bytes.HasPrefix(content, []byte("PK\x03\x04")), bytes.HasPrefix(content, []byte("PK\x05\x06")):
		return o.archive(content)
	case bytes.HasPrefix(content, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")):
		why := "a workbook of the old form (.xls): open it in a spreadsheet program and save it as .xlsx"
		if bytes.Contains(content, utf16Name("EncryptedPackage")) {
			why = "the workbook is protected by a password: take the password off and save it again"
		}
		return o.refused(Workbook, why)
	}
	text, encoding, err := decode(content)
	if err != nil {
		f := o.refused(CSV, err.Error())
		f[0].Encoding = encoding
		return f
	}
	if s := strings.TrimLeft(text, " \t\r\n"); strings.HasPrefix(s, "<") {
		start := strings.ToLower(s[:min(len(s), 1000)])
		for _, page := range []string{"<html", "<!doctype html", "<table", "urn:schemas-microsoft-com:office:spreadsheet"} { // what some systems export as .xls
			if strings.Contains(start, page) {
				return o.refused(Workbook, "a web page or an old form of workbook: open it in a spreadsheet program and save it as .xlsx or CSV")
			}
		}
		return o.xml(text, encoding)
	}
	return []*File{o.csv(text, encoding)}
}

// utf16Name is a name as the directory of an old office file spells it.
func utf16Name(s string) []byte {
	var b []byte
	for i := range len(s) {
		b = append(b, s[i], 0)
	}
	return b
}

func (o opening) file(form Form) *File {
	return &File{Name: o.name, Form: form, Zipped: o.zipped, dataset: o.d}
}

// refused is a file of which nothing is taken.
func (o opening) refused(form Form, why string) []*File {
	f := o.file(form)
	f.problem("unreadable_file", why)
	return []*File{f}
}

// inner is what is known of a sheet or member. what and place make the name that it has where its own can't be shown.
func (o opening) inner(name, what string, place int) opening {
	in := o
	parts := strings.Split(name, "/")
	for i, p := range parts {
		switch {
		case o.shown:
			parts[i] = strings.Trim(strconv.QuoteToGraphic(p), `"`) // less signs that would move the cursor
		case o.quote.Name(p, place) == p:
		case i < len(parts)-1:
			parts[i] = "folder-" + strconv.Itoa(place+1)
		default:
			parts[i] = what + "-" + strconv.Itoa(place+1)
		}
	}
	in.name = o.name + "/" + strings.Join(parts, "/")
	in.labels = append([]string{path.Base(name)}, o.labels...)
	return in
}

func (f *File) problem(rule, message string) {
	id := ""
	if f.Module != nil {
		id = f.Module.ID
	}
	f.Problems = append(f.Problems, finding.Finding{Rule: rule, Module: id, File: f.Name, Message: message})
}

// Has reports whether the file has a column of its module at all. One that it hasn't is blank in every row.
func (f *File) Has(column string) bool {
	if f.Module == nil {
		return false
	}
	i := slices.IndexFunc(f.Module.Sent(), func(c *schemas.Column) bool { return c.Name == column })
	return i >= 0 && f.source[i] >= 0
}

// Each calls fn for every data row, in order, until it returns an error.
func (f *File) Each(fn func(*Row) error) error {
	row := &Row{Cells: make([]string, len(f.source))}
	if f.stack != nil && f.stack.only != nil {
		r := &raw{}
		for _, s := range f.stack.rows[*f.stack.only] {
			r.at, r.line = int(s.at), int(s.line)
			f.body.row(r)
			f.fill(row, r, int(s.row))
			if err := fn(row); err != nil {
				return err
			}
		}
		return nil
	}
	n := 0
	return f.body.each(func(r *raw) error {
		n++
		f.fill(row, r, n)
		return fn(row)
	})
}

// fill makes of a row as it stands one in the columns of the module.
func (f *File) fill(row *Row, r *raw, n int) {
	row.Line, row.Row, row.Problems, row.Unread = r.line, n, row.Problems[:0], f.wrong
	for i, at := range f.source {
		row.Cells[i] = ""
		if at >= 0 && at < len(r.cells) {
			row.Cells[i] = clean(r.cells[at])
		}
	}
	if n := len(r.cells); n != f.width && (n < f.width || !blank(r.cells[f.width:])) {
		f.mark(row, "ragged_row", fmt.Sprintf("the row has %d cells, the header %d", n, f.width))
	}
	if r.open {
		f.mark(row, "open_quote", "")
	}
	if r.unfinished {
		f.mark(row, "unfinished_line", "")
	}
	if f.stack != nil {
		f.stack.fill(f, r, row)
	}
}

func (f *File) mark(r *Row, rule, message string) {
	r.Problems = append(r.Problems, finding.Finding{Rule: rule, Message: message, Module: f.Module.ID, File: f.Name, Line: r.Line, Row: r.Row})
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
	if s == "" {
		return s
	}
	if a, z := s[0], s[len(s)-1]; a <= ' ' || a >= 0x80 || z <= ' ' || z >= 0x80 {
		s = strings.Trim(s, " \t\r\n\u00a0")
	}
	switch s {
	case "NULL", "null", "nan", "NaN", "NAN", "None":
		return ""
	}
	return s
}
