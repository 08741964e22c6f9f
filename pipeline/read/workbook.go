package read

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"throughline/schemas"
)

var errCells = errors.New("more cells than are read")

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
	var size uint64
	for _, f := range z.File {
		if size += f.UncompressedSize64; f.UncompressedSize64 > maxMember || size > maxMember {
			return o.refused(Workbook, fmt.Sprintf("the workbook has more than %d MB when unpacked, the most that is read", maxMember>>20))
		}
	}
	for _, f := range z.File { // the library takes what comes before a fault for all there is
		if name := strings.ToLower(strings.ReplaceAll(f.Name, `\`, "/")); strings.HasPrefix(name, "xl/worksheets/") && strings.HasSuffix(name, ".xml") || name == "xl/sharedstrings.xml" {
			r, err := f.Open()
			if err != nil || !wellFormed(r) {
				return damaged()
			}
			r.Close()
		}
	}
	// With both limits alike nothing is ever put into a temporary file.
	b, err := excelize.OpenReader(bytes.NewReader(content), excelize.Options{RawCellValue: true, UnzipSizeLimit: maxMember, UnzipXMLSizeLimit: maxMember})
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
		if errors.Is(err, errCells) {
			return o.refused(Workbook, fmt.Sprintf("the workbook has more than %d cells or %d MB of text, the most that is read", maxCells, maxMember>>20))
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
		if s.cells > maxCells || s.bytes > maxMember {
			return nil, errCells
		}
		if blank(cells) {
			continue
		}
		if f.width == 0 {
			for len(cells) > 0 && clean(cells[len(cells)-1]) == "" {
				cells = cells[:len(cells)-1]
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
