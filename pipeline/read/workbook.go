package read

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"throughline/schemas"
)

// ErrTooLarge is what a workbook gives that has, or unpacks to, more than is read.
var ErrTooLarge = errors.New("the workbook is too large")

var tooLarge = fmt.Sprintf("the workbook has more than %d MB when unpacked, %d cells, %d in a row, or %d texts: the most that is read; send its sheets as CSV",
	maxBook>>20, maxCells, maxColumns, maxElements)

// workbook opens every sheet that isn't empty, hidden ones too.
func (o opening) workbook(content []byte, z *zip.Reader) (out []*File) {
	damaged := func() []*File {
		return o.refused(Workbook, "the workbook is damaged: open it in a spreadsheet program and save it again, or send its sheets as CSV")
	}
	defer func() { // the library reads what is well formed; what somebody has forged may trip it
		if recover() != nil {
			out = damaged()
		}
	}()
	b, err := openWorkbook(content, z)
	if errors.Is(err, ErrTooLarge) {
		return o.refused(Workbook, tooLarge)
	}
	if err != nil {
		return damaged()
	}
	defer b.Close()
	props, err := b.GetWorkbookProps()
	if err != nil {
		return damaged()
	}
	s := &sheets{b: b, from1904: props.Date1904 != nil && *props.Date1904}
	for i, name := range b.GetSheetList() {
		in := o.inner(name, "sheet", i)
		f, err := s.read(in, name)
		if errors.Is(err, ErrTooLarge) {
			return o.refused(Workbook, tooLarge)
		}
		if err != nil {
			f = in.refused(Workbook, "the sheet can't be read: save the workbook again, or send it as CSV")[0]
		}
		if f != nil {
			out = append(out, f)
		}
	}
	if len(out) == 0 {
		return o.refused(Workbook, "every sheet of the workbook is empty")
	}
	return out
}

// OpenWorkbook opens a workbook that doesn't unpack to more than fits into the memory. Nothing of it is put into a temporary file.
func OpenWorkbook(content []byte) (*excelize.File, error) {
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, errDamaged
	}
	return openWorkbook(content, z)
}

func openWorkbook(content []byte, z *zip.Reader) (*excelize.File, error) {
	var size uint64
	for _, f := range z.File {
		if size += f.UncompressedSize64; f.UncompressedSize64 > maxBook || size > maxBook {
			return nil, ErrTooLarge
		}
	}
	var p parts
	for _, f := range z.File { // the library takes what comes before a fault for all there is
		name := strings.ToLower(strings.ReplaceAll(f.Name, `\`, "/"))
		whole, err := p.read(f)
		if err != nil {
			return nil, err
		}
		if !whole && (strings.HasPrefix(name, "xl/worksheets/") && strings.HasSuffix(name, ".xml") || name == "xl/sharedstrings.xml") {
			return nil, errDamaged
		}
	}
	// With both limits alike nothing is ever put into a temporary file.
	return excelize.OpenReader(bytes.NewReader(content), excelize.Options{RawCellValue: true, UnzipSizeLimit: maxBook, UnzipXMLSizeLimit: maxBook})
}

// parts goes through the parts of a workbook before the library makes a structure of every element in them.
type parts struct {
	cells    int // rows, cells and what stands in these
	elements int // all others
}

// read reports whether a part is XML that ends as it should, with every element closed. It goes through every part, whatever its name: which is a
// sheet only the workbook says. An error: the part has more than is read, or isn't of the size that the zip says.
func (p *parts) read(f *zip.File) (whole bool, err error) {
	r, err := f.Open()
	if err != nil {
		return false, errDamaged
	}
	defer r.Close()
	m := &measured{in: io.LimitReader(r, int64(f.UncompressedSize64)+1)}
	whole, err = p.xml(m)
	if err != nil {
		return false, err
	}
	m.free = true
	if _, err := io.Copy(io.Discard, m); err != nil || uint64(m.got) != f.UncompressedSize64 {
		return false, errDamaged
	}
	return whole, nil
}

func (p *parts) xml(m *measured) (whole bool, err error) {
	d := xml.NewDecoder(bufio.NewReader(m))
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	var open []xml.Name
	for cells := 0; ; m.seen = d.InputOffset() {
		tok, err := d.RawToken()
		switch {
		case errors.Is(err, io.EOF):
			return len(open) == 0, nil
		case errors.Is(err, ErrTooLarge) && (m.seen > 0 || m.marked): // a picture isn't XML from its first byte
			return false, ErrTooLarge
		case err != nil:
			return false, nil
		}
		switch t := tok.(type) {
		case xml.StartElement:
			p.cells++
			switch t.Name.Local {
			case "row":
				cells = 0
			case "c":
				cells++
			case "v", "f", "is", "t":
			default:
				p.cells--
				p.elements++
			}
			if open = append(open, t.Name); len(open) > maxNested || cells > maxColumns || p.cells > 2*maxCells || p.elements > maxElements {
				return false, ErrTooLarge
			}
		case xml.EndElement:
			n := len(open) - 1
			if n < 0 || open[n] != t.Name {
				return false, nil
			}
			open = open[:n]
		}
	}
}

// measured ends with an error when one tag, with its attributes, or one text between tags is longer than is read.
type measured struct {
	in        io.Reader
	got, seen int64 // bytes given, and those that whoever reads is done with
	marked    bool  // whether it begins as XML does
	free      bool  // nothing is kept of what is read now
}

func (m *measured) Read(b []byte) (int, error) {
	if !m.free && m.got-m.seen > maxToken {
		return 0, ErrTooLarge
	}
	n, err := m.in.Read(b)
	if m.got == 0 && n > 0 {
		m.marked = b[0] == '<'
	}
	m.got += int64(n)
	return n, err
}

// sheets reads the sheets of one workbook.
type sheets struct {
	b        *excelize.File
	from1904 bool // whether day 0 is 1 January 1904
	cells    int
	bytes    int
}

// read is one sheet; nil when it is empty or no table at all.
func (s *sheets) read(o opening, name string) (*File, error) {
	rows, err := s.b.Rows(name)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	f := o.file(Workbook)
	t := &table{}
	var dates, numbers []bool // of each cell of the header
	for line := 1; rows.Next(); line++ {
		cells, err := rows.Columns()
		if err != nil {
			return nil, err
		}
		s.cells += len(cells) + 1
		for _, c := range cells {
			s.bytes += len(c)
		}
		if s.cells > maxCells || s.bytes > maxBook {
			return nil, ErrTooLarge
		}
		if blank(cells) {
			continue
		}
		if f.width == 0 {
			for len(cells) > 0 && clean(cells[len(cells)-1]) == "" {
				cells = cells[:len(cells)-1]
			}
			if len(cells) == 0 { // None in each cell is blank too
				continue
			}
			o.header(f, cells, line)
			dates, numbers = make([]bool, f.width), make([]bool, f.width)
			for i, at := range f.source {
				if at >= 0 {
					t := f.Module.Sent()[i].Type
					dates[at], numbers[at] = t == schemas.Date || t == schemas.PartialDate, true
				}
			}
			if at := f.yearColumn(); at >= 0 {
				numbers[at] = true
			}
			continue
		}
		if f.Module == nil {
			t.rows++
			continue
		}
		for len(cells) < f.width { // blank cells at the end of a row aren't in the sheet
			cells = append(cells, "")
		}
		for i := range f.width {
			switch c := strings.TrimSpace(cells[i]); {
			case dates[i]:
				cells[i] = s.date(c)
			case numbers[i]:
				cells[i] = number(c)
			}
		}
		t.add(line, cells)
	}
	if err := rows.Error(); err != nil {
		return nil, err
	}
	if f.width == 0 {
		return nil, nil
	}
	f.body, f.Rows = t, t.rows
	if f.stack != nil {
		f.countReturns()
	}
	return f, nil
}

// The days that a number in a date column may be, 1 January 1970 to 31 December 2099: nobody in a return was born before the first, and a
// year typed as a number is none of them.
const firstDay, lastDay = 25569, 73050

// days1904 are the days from the first of the one system of counting to the first of the other.
const days1904 = 1462

var isoTime = regexp.MustCompile(`^([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9:]{8})(\.0+)?Z?$`)

// date writes the number of a day as dd/mm/yyyy, with its time if it has one. Other values come back as they are.
func (s *sheets) date(c string) string {
	if m := isoTime.FindStringSubmatch(c); m != nil { // a workbook may have dates as words too
		return m[1] + " " + m[2]
	}
	n, err := strconv.ParseFloat(c, 64)
	if err != nil {
		return c
	}
	if s.from1904 {
		n += days1904
	}
	if !(n >= firstDay && n < lastDay+1) {
		return number(c)
	}
	t := time.Date(1899, 12, 30, 0, 0, int(math.Round(n*86400)), 0, time.UTC)
	if t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0 {
		return t.Format("02/01/2006")
	}
	return t.Format("02/01/2006 15:04:05")
}

var (
	pointZero = regexp.MustCompile(`^-?[0-9]+\.0+$`)
	exponent  = regexp.MustCompile(`^-?[0-9](\.[0-9]+)?[eE]\+[0-9]{1,2}$`) // with its sign: 12E4 may be a child's number
)

// number writes a whole number without the decimals or the exponent that a spreadsheet program gave it. Other values come back as they are.
func number(c string) string {
	if pointZero.MatchString(c) {
		return c[:strings.IndexByte(c, '.')]
	}
	if exponent.MatchString(c) {
		if n, err := strconv.ParseFloat(c, 64); err == nil && n == math.Trunc(n) && math.Abs(n) < 1<<53 {
			return strconv.FormatFloat(n, 'f', 0, 64)
		}
	}
	return c
}
