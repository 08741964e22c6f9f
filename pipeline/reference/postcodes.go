package reference

import (
	"archive/zip"
	"bufio"
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"throughline/schemas"
	"throughline/schemas/identifier"
)

// Postcodes says where postcode units lie. A nil one knows none.
type Postcodes struct {
	spots       map[unit]spot
	codes       []string // of authorities; a spot holds its place here
	newest      month
	authorities schemas.Authorities
	mu          sync.Mutex
	areas       map[string]map[string]bool // by authority, see area
}

// unit is a postcode without blanks, of at most seven letters and digits. All of the country are a few million: each takes little room.
type unit [7]byte

// unitOf is no unit that a table holds when s is no postcode.
func unitOf(s string) (u unit) {
	if len(s) <= len(u) {
		copy(u[:], s)
	}
	return u
}

type spot struct {
	easting, northing float32 // metres on the national grid; NaN where the table has none, as for the islands that aren't on it
	la                uint16
	from, to          month // when it came into use and was given up, where the table says so
}

// month counts from the year 0; 0 where there is none.
type month uint16

// replaces reports whether of two holders of one postcode, for those that were given up are used again, s is the newer one.
func (s spot) replaces(t spot) bool {
	if (s.to == 0) != (t.to == 0) {
		return s.to == 0
	}
	return cmp.Or(cmp.Compare(s.to, t.to), cmp.Compare(s.from, t.from)) >= 0
}

// milesApart is the distance at which a placement counts as far from home, in the published tables.
const milesApart = 20

// metresPerMile as the collection's own derivation of distance has it.
const metresPerMile = 1609.3

// Len is how many postcode units there are.
func (p *Postcodes) Len() int {
	if p == nil {
		return 0
	}
	return len(p.spots)
}

// Newest is the month of the last change that the table tells of, as 2024-02; empty when it tells of none.
func (p *Postcodes) Newest() string {
	if p == nil || p.newest == 0 {
		return ""
	}
	return fmt.Sprintf("%04d-%02d", (p.newest-1)/12, (p.newest-1)%12+1)
}

// zipTables are the files of the zip in which the directory is published, beside its guides and lists of names.
var zipTables = regexp.MustCompile(`(?i)(^|/)data/(ONSPD|NSPL)[^/]*\.csv$`)

// ReadPostcodes reads a table of postcodes, as CSV or in the zip of the directory; layouts.yaml has the names that its columns may have. name
// is for errors. With want, only the units for which it is true are kept.
func ReadPostcodes(name string, r io.Reader, all schemas.Authorities, want func(unit string) bool) (*Postcodes, error) {
	in := bufio.NewReaderSize(r, 1<<18)
	if begin, _ := in.Peek(4); string(begin) == "PK\x03\x04" {
		z, err := zipOf(r, in)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		var found []*zip.File
		for _, f := range z.File {
			if zipTables.MatchString(f.Name) {
				found = append(found, f)
			}
		}
		if len(found) != 1 {
			return nil, fmt.Errorf("%s: %d files Data/ONSPD_….csv or Data/NSPL_….csv in it\nhint: give the one table of the whole country as CSV", name, len(found))
		}
		f, err := found[0].Open()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		defer f.Close()
		name, in = name+"/"+found[0].Name, bufio.NewReaderSize(f, 1<<18)
	}
	return readPostcodes(name, &lines{in: in}, all, want)
}

// zipOf reads a zip where it lies when it can be read from any place, else from memory.
func zipOf(r io.Reader, begun *bufio.Reader) (*zip.Reader, error) {
	if at, ok := r.(interface {
		io.ReaderAt
		io.Seeker
	}); ok {
		size, err := at.Seek(0, io.SeekEnd)
		if err != nil {
			return nil, err
		}
		return zip.NewReader(at, size)
	}
	content, err := io.ReadAll(begun)
	if err != nil {
		return nil, err
	}
	return zip.NewReader(bytes.NewReader(content), int64(len(content)))
}

func readPostcodes(name string, in *lines, all schemas.Authorities, want func(unit string) bool) (*Postcodes, error) {
	row, err := in.next(nil)
	if err != nil {
		return nil, fmt.Errorf("%s:1: %w", name, err)
	}
	row[0] = bytes.TrimPrefix(row[0], []byte("\ufeff"))
	head := make([]string, len(row))
	for i, c := range row {
		head[i] = string(c)
	}
	at := columns(layouts.Postcodes, head)
	last := 0 // nothing to the right of it is looked at
	for c, i := range at {
		last = max(last, i)
		if i < 0 && slices.Contains([]string{"postcode", "la", "easting", "northing"}, c) {
			return nil, fmt.Errorf("%s:1: no column %s\nhint: a table of postcodes has a postcode, the code of its authority, and easting and northing in metres, under the names %s",
				name, layouts.Postcodes[c][0], strings.Join(slices.Concat(layouts.Postcodes["postcode"], layouts.Postcodes["la"], layouts.Postcodes["easting"], layouts.Postcodes["northing"]), ", "))
		}
	}
	out := &Postcodes{spots: map[unit]spot{}, codes: []string{""}, authorities: all, areas: map[string]map[string]bool{}}
	codes := map[string]uint16{"": 0}
	in.most = last + 1
	for cells := make([][]byte, 0, last+1); ; {
		cells, err = in.next(cells[:0])
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, in.line, err)
		}
		if len(cells) == 1 && len(cells[0]) == 0 { // a blank line
			continue
		}
		if len(cells) <= last {
			return nil, fmt.Errorf("%s:%d: a row of %d cells, and column %s is the %dth", name, in.line, len(cells), head[last], last+1)
		}
		cell := func(c string) []byte {
			if at[c] < 0 {
				return nil
			}
			return cells[at[c]]
		}
		text, ok := bare(cell("postcode"))
		if ok && want != nil && !want(text) {
			continue
		}
		s := spot{from: monthOf(cell("from")), to: monthOf(cell("to"))}
		out.newest = max(out.newest, s.from, s.to)
		e, err1 := metres(cell("easting"))
		n, err2 := metres(cell("northing"))
		if !ok || err1 != nil || err2 != nil {
			return nil, fmt.Errorf("%s:%d: not a postcode with easting and northing in metres", name, in.line)
		}
		s.easting, s.northing = e, n
		la := cell("la")
		if c := cell("county"); len(c) > 0 && !bytes.HasSuffix(c, []byte("99999999")) {
			la = c
		}
		if s.la, ok = codes[string(la)]; !ok {
			if len(out.codes) > math.MaxUint16 {
				return nil, fmt.Errorf("%s:%d: more than %d codes of authorities: column %s has something else", name, in.line, math.MaxUint16, head[at["la"]])
			}
			s.la = uint16(len(out.codes))
			out.codes = append(out.codes, string(la))
			codes[string(la)] = s.la
		}
		u := unitOf(text)
		if before, twice := out.spots[u]; !twice || s.replaces(before) {
			out.spots[u] = s
		}
	}
}

// bare is a postcode as it is known by. Most are written in the usual way; only others are taken apart.
func bare(b []byte) (string, bool) {
	var u [8]byte
	n := 0
	for _, c := range b {
		switch {
		case c == ' ':
			continue
		case n == 7 || (c < 'A' || c > 'Z') && (c < '0' || c > '9'):
			p, ok := identifier.ParsePostcode(string(b))
			return p.Unit, ok
		}
		u[n] = c
		n++
	}
	if n >= 5 && isLetter(u[0]) && !isLetter(u[n-3]) && isLetter(u[n-2]) && isLetter(u[n-1]) && outward(u[1:n-3]) {
		return string(u[:n]), true
	}
	p, ok := identifier.ParsePostcode(string(b))
	return p.Unit, ok
}

func isLetter(c byte) bool { return c >= 'A' && c <= 'Z' }

// outward reports whether what follows the first letter of a postcode is of the usual shape: 1, 12, 1A, B1, B12, B1C.
func outward(s []byte) bool {
	if len(s) > 0 && isLetter(s[0]) && s[0] != 'O' && s[0] != 'I' {
		s = s[1:]
	}
	return len(s) == 1 && !isLetter(s[0]) || len(s) == 2 && !isLetter(s[0]) && s[1] != 'O' && s[1] != 'I'
}

// lines cuts a CSV file into lines and these into cells. It is a few times as fast as encoding/csv, since cells that nobody looks at are never
// looked for: the whole directory has some fifty columns and millions of rows.
type lines struct {
	in   *bufio.Reader
	line int    // of the last row, counted from 1
	more int    // lines of the last row beyond its first
	most int    // cells of a row that are given; 0: all
	long []byte // a row that doesn't lie in the buffer whole
}

// next gives the cells of a row, which hold until the next call.
func (l *lines) next(cells [][]byte) ([][]byte, error) {
	row, err := l.in.ReadSlice('\n')
	l.line += 1 + l.more
	l.more = 0
	l.long = l.long[:0]
	for {
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) && !errors.Is(err, io.EOF) {
			return nil, err
		}
		if len(row) == 0 && len(l.long) == 0 {
			return nil, io.EOF
		}
		if len(l.long) > 0 || errors.Is(err, bufio.ErrBufferFull) {
			l.long = append(l.long, row...)
			row = l.long
		}
		if len(row) > maxRow {
			return nil, errors.New("a row without an end")
		}
		open := bytes.Count(row, []byte(`"`))%2 == 1 // within quotes a line may end and the row go on
		if !open && !errors.Is(err, bufio.ErrBufferFull) || errors.Is(err, io.EOF) {
			break
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			l.more++
		}
		if len(l.long) == 0 {
			l.long = append(l.long, row...)
		}
		row, err = l.in.ReadSlice('\n')
	}
	row = bytes.TrimRight(row, "\r\n")
	for l.most == 0 || len(cells) < l.most {
		if len(row) > 0 && row[0] == '"' {
			end := bytes.IndexByte(row[1:], '"') + 1
			if end == 0 || end+1 < len(row) && row[end+1] != ',' { // quotes within, or ones that don't close: as encoding/csv has it
				return l.exactly(cells, row)
			}
			cells = append(cells, row[1:end])
			if end+1 == len(row) {
				break
			}
			row = row[end+2:]
			continue
		}
		end := bytes.IndexByte(row, ',')
		if end < 0 {
			cells = append(cells, row)
			break
		}
		cells = append(cells, row[:end])
		row = row[end+1:]
	}
	return cells, nil
}

// maxRow is more than any row has.
const maxRow = 1 << 20

func (l *lines) exactly(cells [][]byte, rest []byte) ([][]byte, error) {
	row, err := csv.NewReader(bytes.NewReader(rest)).Read()
	if err != nil {
		return nil, errors.New("quotes that don't match")
	}
	for _, c := range row {
		cells = append(cells, []byte(c))
	}
	return cells, nil
}

// ParsePostcodes is ReadPostcodes of a text in memory.
func ParsePostcodes(name string, content []byte, all schemas.Authorities) (*Postcodes, error) {
	return ReadPostcodes(name, bytes.NewReader(content), all, nil)
}

func metres(b []byte) (float32, error) {
	if len(b) == 0 {
		return float32(math.NaN()), nil
	}
	f, err := strconv.ParseFloat(string(b), 32)
	return float32(f), err
}

// monthOf reads a month as the directory writes it, 198001.
func monthOf(b []byte) month {
	if len(b) != 6 {
		return 0
	}
	n, err := strconv.ParseUint(string(b), 10, 32)
	if err != nil || n%100 < 1 || n%100 > 12 || n/100 > 5000 {
		return 0
	}
	return month(n/100*12 + n%100)
}

// Derived is what a table of postcodes tells of an episode.
type Derived struct {
	Code       string  // ONS code of the authority in which PL_POST lies, as the table has it; empty when it isn't in the table
	LA         string  // PL_LA: the submitting authority's code when it lies in its area, SCO, WAL, NIR or NUK outside England, else Code
	Location   string  // PL_LOCATION: IN, OUT or empty
	Miles      float64 // PL_DISTANCE, one decimal; NaN when either postcode isn't in the table
	HomeKnown  bool    // HOME_POST is in the table
	PlaceKnown bool    // PL_POST is
}

// Derive looks up the two postcodes of an episode that la submitted.
func (p *Postcodes) Derive(la, home, place string) Derived {
	d := Derived{Miles: math.NaN()}
	if p == nil {
		return d
	}
	a, ok1 := p.spots[unitOf(home)]
	b, ok2 := p.spots[unitOf(place)]
	d.HomeKnown, d.PlaceKnown = ok1, ok2
	if ok1 && ok2 {
		d.Miles = math.Round(math.Hypot(float64(a.easting-b.easting), float64(a.northing-b.northing))/metresPerMile*10) / 10
	}
	if !ok2 || b.la == 0 {
		return d
	}
	code := p.codes[b.la]
	d.Code, d.LA, d.Location = code, code, "OUT"
	if p.area(la)[code] {
		d.LA, d.Location = la, "IN"
	} else if c := layouts.Countries[code[:1]]; c != "" {
		d.LA = c
	}
	return d
}

// Band is the distance band of the published tables; empty when the distance isn't known.
func (d Derived) Band() string {
	switch {
	case math.IsNaN(d.Miles):
		return ""
	case d.Miles > milesApart:
		return "over_20_miles"
	}
	return "within_20_miles"
}

// Area is the codes of the table that lie in an authority.
func (p *Postcodes) Area(la string) []string {
	if p == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(p.area(la)))
}

func (p *Postcodes) area(la string) map[string]bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.areas[la] == nil {
		p.areas[la] = area(p.authorities, la)
	}
	return p.areas[la]
}

// area is which codes of a table of postcodes lie in an authority: its own; those that took its place, since the table may be of a later day than
// the return; and those whose place it took alone, since the table may be of an earlier day.
func area(all schemas.Authorities, la string) map[string]bool {
	in := map[string]bool{}
	var later, earlier func(string)
	later = func(code string) {
		if in[code] {
			return
		}
		in[code] = true
		a, _ := all.Find(code)
		for _, to := range a.Successors {
			later(to)
		}
	}
	seen := map[string]bool{}
	earlier = func(code string) {
		if seen[code] {
			return
		}
		seen[code], in[code] = true, true
		for _, a := range all {
			if len(a.Successors) == 1 && a.Successors[0] == code {
				earlier(a.Code)
			}
		}
	}
	later(la)
	earlier(la)
	return in
}
