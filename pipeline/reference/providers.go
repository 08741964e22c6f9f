package reference

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"throughline/pipeline/read"
	"throughline/schemas/identifier"
)

// Provider is one registered setting with one of the placement codes and one of the provider codes that it may have.
type Provider struct {
	URN      string
	Place    string // placement code; empty when the list doesn't say
	Provider string // placement provider code; empty when the list doesn't say
	Postcode string // unit without blanks
	From     string // day of its registration, dd/mm/yyyy; empty when the list doesn't say
	To       string // day on which it closed, dd/mm/yyyy; empty while it is open
}

const dateForm = "02/01/2006"

// sheet is one table of a list: a sheet of a workbook, or a CSV file.
type sheet struct {
	name     string // as shown: empty for a CSV file
	rows     [][]string
	from1904 bool // whether day 0 is 1 January 1904

	head int            // place of the header among the rows
	at   map[string]int // where the columns stand; nil when no header was found
}

func (s *sheet) has(columns ...string) bool {
	return s.at != nil && slices.ContainsFunc(columns, func(c string) bool { return s.at[c] >= 0 })
}

func (s *sheet) cell(row []string, column string) string {
	i := s.at[column]
	if i < 0 || i >= len(row) { // blank cells at the end of a row aren't in a workbook
		return ""
	}
	return strings.TrimSpace(row[i])
}

// ParseProviders reads a list of settings, a workbook or CSV, in any of the layouts that layouts.yaml describes. Titles may stand before the
// header. Settings come in the list's order.
func ParseProviders(name string, content []byte) ([]Provider, error) {
	sheets, err := sheetsOf(content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var known, called []*sheet
	addresses := map[string]string{}
	for _, s := range sheets {
		s.findHeader()
		holds := s.has("place", "type") && !named(s.name, layouts.Sheets.Addresses) || s.at != nil && s.supported()
		byName := named(s.name, layouts.Sheets.Settings) || s.supported()
		switch {
		case byName && !holds:
			return nil, fmt.Errorf("%s: sheet %q: %w", name, s.name, unknownLayout(sheets))
		case byName:
			called = append(called, s)
		case holds:
			known = append(known, s)
		case s.at != nil:
			s.addresses(addresses)
		}
	}
	if len(called) == 0 {
		called = known
	}
	out, seen := []Provider{}, map[Provider]bool{}
	for _, s := range called {
		if err := s.settings(addresses, func(p Provider) {
			if !seen[p] {
				seen[p] = true
				out = append(out, p)
			}
		}); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s: %w", name, unknownLayout(sheets))
	}
	return out, nil
}

func (s *sheet) supported() bool { return named(s.name, layouts.Sheets.Supported) }

// unknownLayout says what was looked for, and what is there.
func unknownLayout(sheets []*sheet) error {
	var names []string
	for _, s := range sheets {
		if s.name != "" {
			names = append(names, strconv.Quote(s.name))
		}
	}
	there := ""
	if len(names) > 0 {
		there = fmt.Sprintf("; its sheets are %s", strings.Join(names, ", "))
	}
	some := func(column string) string { return strings.Join(layouts.Providers[column], ", ") }
	return fmt.Errorf("no header with a URN, and a placement code or type of setting, in the first %d rows, or no setting below it%s\nhint: a workbook has sheets %s with %s beside them, or any with the columns; the URN goes by %s, the code by %s, the type by %s",
		titles, there, strings.Join(slices.Concat(layouts.Sheets.Settings, layouts.Sheets.Supported), ", "), strings.Join(layouts.Sheets.Addresses, ", "),
		some("urn"), some("place"), some("type"))
}

// titles is in how many rows the header is looked for.
const titles = 30

// findHeader looks for the first row that names a URN and something else.
func (s *sheet) findHeader() {
	for i, row := range s.rows[:min(titles, len(s.rows))] {
		at := columns(layouts.Providers, row)
		if at["urn"] < 0 {
			continue
		}
		for c, j := range at {
			if c != "urn" && j >= 0 {
				s.head, s.at = i, at
				return
			}
		}
	}
}

var urnShape = regexp.MustCompile(`^[A-Z]{0,2}[0-9]{5,8}$`)

// urn is a row's URN; empty for notes and blank rows.
func (s *sheet) urn(row []string) string {
	u := strings.ToUpper(strings.Join(strings.Fields(s.cell(row, "urn")), ""))
	if i := strings.IndexByte(u, '.'); i > 0 && strings.Trim(u[i+1:], "0") == "" {
		u = u[:i]
	}
	if !urnShape.MatchString(u) {
		return ""
	}
	return u
}

func (s *sheet) addresses(by map[string]string) {
	for _, row := range s.rows[s.head+1:] {
		if p, ok := identifier.ParsePostcode(s.cell(row, "postcode")); ok && by[s.urn(row)] == "" {
			by[s.urn(row)] = p.Unit
		}
	}
}

var (
	placeShape    = regexp.MustCompile(`\b[A-Z][0-9]{1,2}\b`)
	providerShape = regexp.MustCompile(`\bPR[0-9]\b`)
)

// settings gives every setting, once for each pair of its codes.
func (s *sheet) settings(addresses map[string]string, give func(Provider)) (err error) {
	for i, row := range s.rows[s.head+1:] {
		p := Provider{URN: s.urn(row)}
		if p.URN == "" {
			continue
		}
		for _, d := range []struct {
			column string
			into   *string
		}{{"from", &p.From}, {"to", &p.To}} {
			if *d.into, err = s.date(s.cell(row, d.column)); err != nil {
				in := ""
				if s.name != "" {
					in = fmt.Sprintf("sheet %q, ", s.name)
				}
				return fmt.Errorf("%srow %d, column %q: %w", in, s.head+i+2, strings.TrimSpace(s.rows[s.head][s.at[d.column]]), err)
			}
		}
		if post, ok := identifier.ParsePostcode(s.cell(row, "postcode")); ok {
			p.Postcode = post.Unit
		} else {
			p.Postcode = addresses[p.URN]
		}
		kind := layouts.Types[plain(s.cell(row, "type"))]
		places := placeShape.FindAllString(strings.ToUpper(s.cell(row, "place")), -1)
		if len(places) == 0 {
			places = kind
		}
		if s.supported() || slices.Contains(kind, layouts.SupportedPlace) {
			places = append(slices.Clip(places), layouts.SupportedPlace)
		}
		providers := providerShape.FindAllString(strings.ToUpper(s.cell(row, "provider")), -1)
		if len(providers) == 0 {
			providers = layouts.Sectors[plain(s.cell(row, "sector"))]
		}
		for _, p.Place = range orNone(places) {
			for _, p.Provider = range orNone(providers) {
				give(p)
			}
		}
	}
	return nil
}

func orNone(codes []string) []string {
	if len(codes) == 0 {
		return []string{""}
	}
	return codes
}

// dateShapes find a date in a text, in a form and the one it is read by.
var dateShapes = []struct {
	shape *regexp.Regexp
	forms []string
}{
	{regexp.MustCompile(`\b[0-9]{4}-[0-9]{2}-[0-9]{2}`), []string{"2006-01-02"}},
	{regexp.MustCompile(`\b[0-9]{1,2}[/.-][0-9]{1,2}[/.-](?:[0-9]{4}|[0-9]{2})\b`), []string{"2/1/2006", "2/1/06"}},
	{regexp.MustCompile(`\b[0-9]{1,2}/[A-Za-z]+/(?:[0-9]{4}|[0-9]{2})\b`), []string{"2/January/2006", "2/Jan/2006", "2/January/06", "2/Jan/06"}},
}

var (
	ordinal = regexp.MustCompile(`([0-9])(?:st|nd|rd|th)\b`)
	between = regexp.MustCompile(`([0-9A-Za-z])(?:[ .,-]+)([0-9A-Za-z])`)
)

// The days that a number in a column of dates may be: 1 January 1930 to 31 December 2099.
const firstDay, lastDay = 10959, 73050

// days1904 are the days from the first of the one system of counting to the first of the other.
const days1904 = 1462

// date is a date in any form, as dd/mm/yyyy; empty when the cell says that there is none.
func (s *sheet) date(cell string) (string, error) {
	if plain(cell) == "" || named(cell, layouts.NoDate) {
		return "", nil
	}
	if n, err := strconv.ParseFloat(cell, 64); err == nil {
		if s.from1904 {
			n += days1904
		}
		if n >= firstDay && n < lastDay+1 {
			return time.Date(1899, 12, 30+int(math.Floor(n)), 0, 0, 0, 0, time.UTC).Format(dateForm), nil
		}
		return "", errors.New("a number that is no day")
	}
	for _, d := range dateShapes {
		text := cell
		if d.forms[0] != "2006-01-02" {
			text = between.ReplaceAllString(between.ReplaceAllString(ordinal.ReplaceAllString(cell, "$1"), "$1/$2"), "$1/$2")
			text = strings.Replace(text, "/Sept/", "/Sep/", 1) // as spreadsheet programs of this country write it
		}
		for _, form := range d.forms {
			if t, err := time.Parse(form, d.shape.FindString(text)); err == nil {
				return t.Format(dateForm), nil
			}
		}
	}
	return "", errors.New("not a date")
}

// sheetsOf gives the tables of a workbook or of a CSV file.
func sheetsOf(content []byte) (out []*sheet, err error) {
	if !bytes.HasPrefix(content, []byte("PK\x03\x04")) {
		if bytes.HasPrefix(content, []byte("\xd0\xcf\x11\xe0")) {
			return nil, errors.New("a workbook of the old form (.xls), or one with a password\nhint: save it as .xlsx without a password")
		}
		r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(content, []byte("\ufeff"))))
		r.FieldsPerRecord, r.LazyQuotes = -1, true
		s := &sheet{}
		if s.rows, err = r.ReadAll(); err != nil {
			return nil, err
		}
		return []*sheet{s}, nil
	}
	broken := errors.New("the workbook can't be read\nhint: open it in a spreadsheet program and save it again as .xlsx, or as CSV")
	defer func() { // the library reads what is well formed; what is not may trip it
		if recover() != nil {
			out, err = nil, broken
		}
	}()
	b, err := read.OpenWorkbook(content)
	if errors.Is(err, read.ErrTooLarge) {
		return nil, errTooLarge
	}
	if err != nil {
		return nil, broken
	}
	defer b.Close()
	props, err := b.GetWorkbookProps()
	if err != nil {
		return nil, broken
	}
	cells := 0
	for _, name := range b.GetSheetList() {
		s := &sheet{name: name, from1904: props.Date1904 != nil && *props.Date1904}
		rows, err := b.Rows(name)
		if err != nil {
			return nil, broken
		}
		defer rows.Close()
		last := 0 // of the rows that have a cell
		for rows.Next() {
			row, err := rows.Columns()
			if err != nil {
				return nil, broken
			}
			if cells += len(row) + 1; cells > maxCells {
				return nil, errTooLarge
			}
			if s.rows = append(s.rows, row); len(row) > 0 {
				last = len(s.rows)
			}
		}
		if rows.Error() != nil {
			return nil, broken
		}
		s.rows = s.rows[:last]
		out = append(out, s)
	}
	return out, nil
}

// maxCells is how many cells a workbook may have, with a row for one more, blank ones between others too; the lists have some hundred thousand.
const maxCells = 1 << 22

var errTooLarge = errors.New("the workbook has or unpacks to more than any list of settings\nhint: take out the sheets and rows that hold none, or save the sheet of the settings as CSV")

// Newest is the last day that a list of settings tells of, a registration or a closure: it can't be older than that.
func Newest(list []Provider) (newest time.Time) {
	for _, p := range list {
		for _, d := range []string{p.From, p.To} {
			if t, err := time.Parse(dateForm, d); err == nil && t.After(newest) {
				newest = t
			}
		}
	}
	return newest
}
