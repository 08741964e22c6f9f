package rules

import (
	"slices"
	"strings"
	"time"

	"throughline/pipeline/check"
	"throughline/pipeline/duck"
	"throughline/pipeline/read"
	"throughline/pipeline/reference"
	"throughline/schemas"
)

// Return is the rows of one return as rules see them: every row, whatever is wrong with it.
type Return struct {
	LA      string // ONS code of the authority; empty when it isn't known
	Flagged bool   // whether Header says who is an unaccompanied asylum-seeking child, as the XML form does
	words   *check.Checker
	year    schemas.Year
	tables  map[string]*table // by module; only those of which there was a file
}

// At is the place of a row: what a finding says of where it is.
type At struct {
	File string
	Line int // 1 for the first line of the file
	Row  int // 1 for the first data row
}

// table is the rows of one module, column by column.
type table struct {
	module *schemas.Module
	cols   []column
	at     []At
	child  int           // index of CHILD among the columns
	index  map[place]int // of rows, made when it is first asked for
}

// place is a row of a file.
type place struct {
	file string
	row  int
}

// find is the index of a row; of two files of one name, in the first.
func (t *table) find(p place) (int, bool) {
	if len(t.index) == 0 {
		t.index = make(map[place]int, len(t.at))
		for i, a := range t.at {
			if _, again := t.index[place{a.File, a.Row}]; !again {
				t.index[place{a.File, a.Row}] = i
			}
		}
	}
	i, ok := t.index[p]
	return i, ok
}

type column struct {
	of   *schemas.Column
	text []string // as predicates see it; the cell as sent for dates and numbers
	days []int32
	ints []int32
}

// NewReturn is a return without rows. The checker says how values are written.
func NewReturn(c *check.Checker, la string, y schemas.Year) *Return {
	return &Return{LA: la, words: c, year: y, tables: map[string]*table{}}
}

// Open notes that there is a file of a module, be it without rows.
func (r *Return) Open(m *schemas.Module) {
	if r.tables[m.ID] != nil {
		return
	}
	t := &table{module: m, cols: make([]column, len(m.Sent()))}
	for i, c := range m.Sent() {
		t.cols[i].of = c
		if c.Role == schemas.Child {
			t.child = i
		}
	}
	r.tables[m.ID] = t
}

// monthFirst is what predicates see in place of a date that isn't read, of which parts may be unknown.
const monthFirst = "month first"

// grow makes room for so many more rows.
func (t *table) grow(rows int) {
	t.at = slices.Grow(t.at, rows)
	for i := range t.cols {
		c := &t.cols[i]
		c.text = slices.Grow(c.text, rows)
		switch c.of.Type {
		case schemas.Date:
			c.days = slices.Grow(c.days, rows)
		case schemas.Int:
			c.ints = slices.Grow(c.ints, rows)
		}
	}
}

// Add takes one row: a cell for each column of Module.Sent, and which of them no date is read of, as read.Row has it.
func (r *Return) Add(m *schemas.Module, at At, cells []string, unread []bool) {
	r.Open(m)
	t := r.tables[m.ID]
	t.at, t.index = append(t.at, at), nil
	for i := range t.cols {
		c := &t.cols[i]
		cell, isDate := cells[i], unread == nil || !unread[i]
		switch c.of.Type {
		case schemas.Date:
			day := int32(duck.None)
			if d, ok := check.ParseDate(cell); ok && isDate {
				day = days(d)
			}
			c.days = append(c.days, day)
			c.text = append(c.text, cell)
		case schemas.Int:
			n := int32(duck.None)
			if v, ok := check.ParseWhole(cell); ok {
				n = int32(v)
			}
			c.ints = append(c.ints, n)
			c.text = append(c.text, cell)
		case schemas.PartialDate:
			if !isDate && cell != "" {
				cell = monthFirst
			}
			c.text = append(c.text, cell)
		default:
			c.text = append(c.text, r.words.Word(c.of, cell, r.year))
		}
	}
}

// OpenFiles notes of which modules there are files, and whether they have the flag that only XML has. A module of which XML has no rows counts
// as not sent, as one does of which there is no file: the same return has the same findings in every form.
func (r *Return) OpenFiles(files []*read.File) {
	for _, f := range files {
		if f.Module != nil {
			r.Open(f.Module)
			r.tables[f.Module.ID].grow(int(f.Rows))
		}
		if f.Module != nil && slices.ContainsFunc(f.Module.OnlyXML, func(c *schemas.Column) bool { return f.Has(c.Name) }) {
			r.Flagged = true
		}
	}
}

// AddFiles takes all rows of files, those of identity modules left out: nothing keeps them.
func (r *Return) AddFiles(files []*read.File) error {
	files = slices.DeleteFunc(slices.Clone(files), func(f *read.File) bool { return f.Module != nil && f.Module.Identity })
	r.OpenFiles(files)
	for _, f := range files {
		if f.Module == nil {
			continue
		}
		err := f.Each(func(row *read.Row) error {
			r.Add(f.Module, At{File: f.Name, Line: row.Line, Row: row.Row}, row.Cells, row.Unread)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func days(d time.Time) int32 { return int32(d.Unix() / 86400) }

// Cell is a value with the name of its column.
type Cell struct{ Column, Value string }

// Key is what names a row: CHILD, and the other key columns of its module. None when there is no such row.
func (r *Return) Key(m *schemas.Module, file string, row int) []Cell {
	t := r.tables[m.ID]
	if t == nil {
		return nil
	}
	i, ok := t.find(place{file, row})
	if !ok {
		return nil
	}
	key := []Cell{{t.cols[t.child].of.Name, t.cols[t.child].text[i]}}
	for _, c := range t.cols {
		if c.of.Role == schemas.Child || !slices.Contains(m.Key, c.of.Name) {
			continue
		}
		v := c.text[i]
		if c.days != nil && c.days[i] != duck.None {
			v = time.Unix(int64(c.days[i])*86400, 0).UTC().Format(time.DateOnly)
		}
		key = append(key, Cell{c.of.Name, v})
	}
	return key
}

// has reports whether there is a file of the module.
func (r *Return) has(module string) bool { return r != nil && r.tables[module] != nil }

// vectors lays the rows of a module of several returns end to end. The names and order of columns are the same for no return at all.
func vectors(m *schemas.Module, returns []*Return, places *reference.Postcodes) []duck.Vector {
	n := 0
	for _, r := range returns {
		if r.has(m.ID) {
			n += len(r.tables[m.ID].at)
		}
	}
	la, ids := make([]string, 0, n), make([]int32, 0, n)
	cols := make([]column, len(m.Sent()))
	for i := range cols {
		cols[i] = column{text: []string{}, days: []int32{}, ints: []int32{}} // not nil: an empty column has a type too
	}
	flag := make([]bool, 0, n)
	for _, r := range returns {
		if !r.has(m.ID) {
			continue
		}
		t := r.tables[m.ID]
		for range t.at {
			name := r.LA
			if name == "" {
				name = unknownLA
			}
			la, ids, flag = append(la, name), append(ids, int32(len(ids))), append(flag, r.Flagged)
		}
		if n > 0 && len(t.at) == n { // all rows are this return's: they stand as they are
			copy(cols, t.cols)
			continue
		}
		for i := range cols {
			cols[i].text = append(cols[i].text, t.cols[i].text...)
			cols[i].days = append(cols[i].days, t.cols[i].days...)
			cols[i].ints = append(cols[i].ints, t.cols[i].ints...)
		}
	}
	out := []duck.Vector{{Name: "la", Text: la}, {Name: "row_id", Ints: ids}}
	for i, c := range m.Sent() {
		switch c.Type {
		case schemas.Date:
			out = append(out, duck.Vector{Name: c.Name, Days: cols[i].days}, duck.Vector{Name: c.Name + "_text", Text: cols[i].text})
		case schemas.Int:
			out = append(out, duck.Vector{Name: c.Name, Ints: cols[i].ints}, duck.Vector{Name: c.Name + "_text", Text: cols[i].text})
		case schemas.PartialDate:
			out = append(out, duck.Vector{Name: c.Name, Text: cols[i].text})
			out = append(out, partial(c.Name, cols[i].text)...)
		default:
			out = append(out, duck.Vector{Name: c.Name, Text: cols[i].text})
		}
	}
	switch m.Holds {
	case schemas.Children, schemas.Asylum:
		out = append(out, duck.Vector{Name: "has_flag", Bools: flag})
	case schemas.Episodes:
		out = append(out, placed(m, cols, la, places)...)
	}
	return out
}

// unknownLA stands for the authority of a return of which nobody has said whose it is.
const unknownLA = "?"

// partial is the parts of dates of which parts may be unknown.
func partial(name string, text []string) []duck.Vector {
	parts := [3][]int32{{}, {}, {}} // not nil: an empty column has a type too
	ok := make([]bool, len(text))
	for i, s := range text {
		p, good := check.ParsePartial(strings.ToLower(s))
		ok[i] = good
		for j := range parts {
			v := int32(duck.None)
			if good && p[j] != 0 {
				v = int32(p[j])
			}
			parts[j] = append(parts[j], v)
		}
	}
	return []duck.Vector{{Name: name + "_day", Ints: parts[0]}, {Name: name + "_month", Ints: parts[1]}, {Name: name + "_year", Ints: parts[2]}, {Name: name + "_ok", Bools: ok}}
}

// placed is what a table of postcodes says of episodes.
func placed(m *schemas.Module, cols []column, la []string, places *reference.Postcodes) []duck.Vector {
	index := func(name string) int {
		return slices.IndexFunc(m.Columns, func(c *schemas.Column) bool { return c.Name == name })
	}
	home, place := cols[index("HOME_POST")].text, cols[index("PL_POST")].text
	n := len(la)
	where, location := make([]string, n), make([]string, n)
	miles := make([]float64, n)
	homeKnown, placeKnown := make([]bool, n), make([]bool, n)
	for i := range la {
		d := places.Derive(la[i], home[i], place[i])
		where[i], location[i], miles[i] = d.LA, d.Location, d.Miles
		homeKnown[i], placeKnown[i] = d.HomeKnown, d.PlaceKnown
	}
	return []duck.Vector{{Name: "PL_LA", Text: where}, {Name: "PL_LOCATION", Text: location}, {Name: "PL_DISTANCE", Floats: miles},
		{Name: "home_known", Bools: homeKnown}, {Name: "place_known", Bools: placeKnown}}
}

// Rows is how many rows there are of a module.
func (r *Return) Rows(module string) int {
	if !r.has(module) {
		return 0
	}
	return len(r.tables[module].at)
}
