package check

import (
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"throughline/pipeline/finding"
	"throughline/pipeline/read"
	"throughline/schemas"
	"throughline/schemas/identifier"
)

// Checker checks deliveries against a schema. It may be used by several goroutines.
type Checker struct {
	schema   *schemas.Schema
	quote    *finding.Quoter
	oldCodes map[string]bool // 3-digit authority codes
}

// New returns a Checker for a schema.
func New(s *schemas.Schema) *Checker {
	c := &Checker{schema: s, quote: finding.NewQuoter(s), oldCodes: map[string]bool{}}
	for _, a := range s.Authorities {
		c.oldCodes[a.OldCode] = true
	}
	return c
}

// Open reads what one file holds; see read.Open. name is shown as it is.
func (c *Checker) Open(name string, content []byte, d *schemas.Dataset, y schemas.Year, opts ...read.Option) []*read.File {
	return read.Open(name, content, d, y, c.quote, opts...)
}

// Delivery is what one supplier sent at one time for one year.
type Delivery struct {
	Dataset  *schemas.Dataset
	Year     schemas.Year
	Files    []*read.File // in order of name
	Previous OpenEpisodes // of last year's return; nil when there is none
}

// OpenEpisodes are the episodes that a return left open on 31 March, by CHILD.
type OpenEpisodes map[string][]OpenEpisode

// OpenEpisode is one of them, with its place in that return.
type OpenEpisode struct {
	DECOM time.Time
	File  string
	Line  int
}

// Person is what a delivery says of who a child is: Header and UASC of a return, the identity file of an extract.
type Person struct {
	ID        string // normalised CHILD or record_id
	UPN       string
	FormerUPN string
	NHS       string
	DOB       time.Time // zero when blank or impossible
	Sex       string    // canonical
	Ethnic    string
	UASC      bool
	Ref       string     // CHILD quoted by another holder
	RefLA     string     // and the authority it belongs to
	Unlisted  bool       // has rows but none in Header or the identity file; what is known is from those rows
	Others    []Person   // other things that the same delivery says of the child
	Postcodes []Postcode // of an identity file

	births []time.Time // every date that a file gives as the child's birth, plausible or not
}

// Postcode is a postcode unit with the days on which it held; zero: not given.
type Postcode struct {
	Unit     string
	From, To time.Time
}

// Row is one row with its values, one for each column of its module. It is used again for the next.
type Row struct {
	Module   *schemas.Module
	File     int    // 0 for the module's first file
	Name     string // of the file, as shown to people
	Line     int
	Row      int
	ID       string // normalised CHILD or record_id; empty when blank
	Person   *Person
	Cells    []string // as sent, one for each column of Module.Sent; they stay valid during the call that hands the row over
	Unread   []bool   // cells that no date is read of, whatever they look like; nil: none
	Values   []Value
	Problems []string // COLUMN:rule, or rule when about the row

	began time.Time // DECOM as sent, of a row with one
}

// Result is what a check found, beside the rows.
type Result struct {
	People   []*Person // those whom a module says who they are first, else in order of appearance
	Findings []finding.Finding
}

// Check reads all files of a delivery and hands every row of a payload module to sink, module by module in the schema's order.
// Identity modules have no rows for sink: they are in the result's People.
func (c *Checker) Check(d *Delivery, sink func(*Row) error) (*Result, error) {
	res := &Result{}
	for _, f := range d.Files {
		res.Findings = append(res.Findings, f.Problems...)
	}
	all := &everybody{byID: map[string]*Person{}, births: map[time.Time]bool{}}
	for _, f := range d.Files {
		all.listed = all.listed || f.Module != nil && (f.Module.Identity || f.Module.Holds == schemas.Children)
	}
	for _, first := range []bool{true, false} {
		for _, m := range d.Dataset.Modules {
			if first != (m.Identity || m.Holds == schemas.Children) {
				continue
			}
			for _, f := range d.Files {
				if f.Module != m {
					continue
				}
				take := all.mention
				if first {
					take = all.list
				}
				if err := f.Each(func(r *read.Row) error { take(c, d, m, f, r, res); return nil }); err != nil {
					return nil, err
				}
			}
		}
	}
	for _, m := range d.Dataset.Modules {
		if m.Identity {
			continue
		}
		run := &moduleRun{c: c, d: d, m: m, people: all, res: res, keys: map[string]bool{}, episodes: map[string][]began{}}
		if err := run.rows(sink); err != nil {
			return nil, err
		}
	}
	return res, nil
}

// everybody is what a delivery as a whole says of who its children are. It is gathered before any row is judged, so that a row's place
// in the delivery makes no difference.
type everybody struct {
	byID   map[string]*Person
	births map[time.Time]bool // of all
	listed bool               // whether there is a file that says who the children are
}

// born notes a date that a row gives as a child's birth.
func (e *everybody) born(p *Person, d time.Time, y schemas.Year) {
	if d.IsZero() {
		return
	}
	e.births[d] = true
	if !slices.ContainsFunc(p.births, d.Equal) {
		p.births = append(p.births, d)
	}
	if p.DOB.IsZero() && plausibleDOB(d, y) {
		p.DOB = d
	}
}

// list reads a row of a module that says who a child is.
func (e *everybody) list(c *Checker, d *Delivery, m *schemas.Module, f *read.File, r *read.Row, res *Result) {
	var p Person
	var at Postcode
	var born time.Time
	type mark struct {
		rule, message, column, cell string
	}
	var marks []mark
	for i, col := range m.Columns {
		v, bad := c.cell(col, r, i, d.Year)
		if bad != nil {
			marks = append(marks, mark{bad.rule, bad.message, col.Name, r.Cells[i]})
		}
		switch col.Role {
		case schemas.Child, schemas.Record:
			p.ID = v.Text
		case schemas.DOB:
			born = v.Date
			if plausibleDOB(v.Date, d.Year) {
				p.DOB = v.Date
			} else if v.Set {
				marks = append(marks, mark{rule: "dob_impossible", column: col.Name})
			}
		case schemas.UPNRole:
			p.UPN = v.Text
		case schemas.FormerUPN:
			p.FormerUPN = v.Text
		case schemas.NHSRole:
			p.NHS = v.Text
		case schemas.ChildRef:
			p.Ref = v.Text
		case schemas.LARef:
			p.RefLA = v.Text
		case schemas.Home:
			at.Unit = v.Text
		case schemas.ValidFrom:
			at.From = v.Date
		case schemas.ValidTo:
			at.To = v.Date
		case schemas.Sex:
			p.Sex = v.Text
		case schemas.Ethnic:
			p.Ethnic = v.Text
		}
	}
	if m.Identity { // rows of other modules are judged when they come to the caller
		res.Findings = append(res.Findings, r.Problems...)
		for _, x := range marks {
			if p.ID != "" && NormaliseID(x.cell) == p.ID {
				x.message = ""
			}
			res.Findings = append(res.Findings, finding.Finding{Rule: x.rule, Message: x.message, Module: m.ID, File: f.Name, Line: r.Line, Row: r.Row, Column: x.column})
		}
	}
	if p.ID == "" {
		e.births[born] = e.births[born] || !born.IsZero()
		return
	}
	old := e.byID[p.ID]
	switch {
	case old == nil:
		old = &p
		e.byID[p.ID] = old
		res.People = append(res.People, old)
	case !sameWords(*old, p):
		old.Others = append(old.Others, p)
	}
	e.born(old, born, d.Year)
	if at.Unit != "" {
		old.Postcodes = append(old.Postcodes, at)
	}
}

// mention takes from a row of another module who it is about, when that child was born, and of which sex where no list says it.
func (e *everybody) mention(c *Checker, d *Delivery, m *schemas.Module, _ *read.File, r *read.Row, res *Result) {
	var id, sex string
	var born time.Time
	for i, col := range m.Columns {
		switch col.Role {
		case schemas.Child, schemas.Record:
			v, _ := c.cell(col, r, i, d.Year)
			id = v.Text
		case schemas.DOB:
			v, _ := c.cell(col, r, i, d.Year)
			born = v.Date
		case schemas.Sex:
			v, _ := c.cell(col, r, i, d.Year)
			sex = v.Text
		}
	}
	if id == "" {
		return
	}
	p := e.byID[id]
	if p == nil {
		p = &Person{ID: id, Unlisted: true}
		e.byID[id] = p
		res.People = append(res.People, p)
	}
	if p.Sex == "" {
		p.Sex = sex
	}
	e.born(p, born, d.Year)
	p.UASC = p.UASC || m.Holds == schemas.Asylum
}

// sameWords reports whether two rows say the same of who a child is.
func sameWords(a, b Person) bool {
	return a.UPN == b.UPN && a.FormerUPN == b.FormerUPN && a.NHS == b.NHS && a.DOB.Equal(b.DOB) && a.Sex == b.Sex && a.Ethnic == b.Ethnic && a.Ref == b.Ref && a.RefLA == b.RefLA
}

// plausibleDOB refuses a birth after the year's end or more than 26 years before it: care leavers are reported to 25.
func plausibleDOB(d time.Time, y schemas.Year) bool {
	return !d.IsZero() && !d.After(y.Last()) && Age(d, y.Last()) <= 26
}

// moduleRun is the state of one payload module's rows.
type moduleRun struct {
	c        *Checker
	d        *Delivery
	m        *schemas.Module
	people   *everybody
	res      *Result
	keys     map[string]bool
	episodes map[string][]began // by child
}

// began is the start of an episode, and where it stands.
type began struct {
	day             time.Time
	file, line, row int
}

func (x *moduleRun) rows(sink func(*Row) error) error {
	isEpisodes := x.m.Holds == schemas.Episodes
	n := -1
	for _, f := range x.d.Files {
		if f.Module != x.m {
			continue
		}
		n++
		row, values, problems := &Row{}, make([]Value, len(x.m.Columns)), []string(nil) // used again for each row
		err := f.Each(func(in *read.Row) error {
			clear(values)
			*row = Row{Module: x.m, File: n, Name: f.Name, Line: in.Line, Row: in.Row, Cells: in.Cells, Unread: in.Unread, Values: values, Problems: problems[:0]}
			x.row(f, in, row)
			problems = row.Problems
			if isEpisodes && row.ID != "" && !row.began.IsZero() {
				x.episodes[row.ID] = append(x.episodes[row.ID], began{row.began, n, in.Line, in.Row})
			}
			return sink(row)
		})
		if err != nil {
			return err
		}
	}
	if !isEpisodes {
		return nil
	}
	names := make([]string, 0, n+1)
	for _, f := range x.d.Files {
		if f.Module == x.m {
			names = append(names, f.Name)
		}
	}
	x.lost(names)
	return nil
}

// note marks a row with a rule and adds the finding.
func (x *moduleRun) note(file string, r *Row, column, rule, message string) {
	mark := rule
	if column != "" {
		mark = column + ":" + rule
	}
	if slices.Contains(r.Problems, mark) {
		return
	}
	r.Problems = append(r.Problems, mark)
	x.res.Findings = append(x.res.Findings, finding.Finding{Rule: rule, Message: message, Module: x.m.ID, File: file, Line: r.Line, Row: r.Row, Column: column})
}

// cell reads a cell of a row.
func (c *Checker) cell(col *schemas.Column, r *read.Row, i int, y schemas.Year) (Value, *problem) {
	if r.Unread != nil && r.Unread[i] && r.Cells[i] != "" {
		return Value{}, &problem{"bad_date", c.quote.Quote(r.Cells[i]) + " in a column of dates written month first"}
	}
	return c.parse(col, r.Cells[i], y)
}

// row reads one row's values and checks what one row can tell.
func (x *moduleRun) row(f *read.File, in *read.Row, r *Row) {
	for _, p := range in.Problems {
		x.note(f.Name, r, "", p.Rule, p.Message)
	}
	for i, col := range x.m.Columns {
		v, bad := x.c.cell(col, in, i, x.d.Year)
		r.Values[i] = v
		if bad != nil {
			if x.people.byID[NormaliseID(in.Cells[i])] != nil { // a short number may pass for a code, and be shown
				bad.message = ""
			}
			x.note(f.Name, r, col.Name, bad.rule, bad.message)
		}
		if col.Role == schemas.Child || col.Role == schemas.Record {
			r.ID = v.Text
		}
	}
	if r.Person = x.people.byID[r.ID]; r.Person == nil {
		r.Person = &Person{}
	}
	if r.Person.Unlisted && x.people.listed {
		x.note(f.Name, r, "", "not_in_header", "")
	}
	x.identity(f, in, r)
	x.dates(f, r)
	if i := slices.IndexFunc(x.m.Columns, func(c *schemas.Column) bool { return c.Name == "DECOM" }); i >= 0 {
		r.began = r.Values[i].Date
	}
	if key := x.key(r); r.ID != "" && key != "" {
		if x.keys[key] {
			x.note(f.Name, r, "", "duplicate_key", fmt.Sprintf("a second row with the same %s", strings.Join(x.m.Key, " and ")))
		}
		x.keys[key] = true
	}
	if r.slipped() {
		for i, col := range x.m.Columns {
			if col.Role == "" && col.Type != schemas.Code && col.Type != schemas.Flag {
				r.Values[i] = Value{}
			}
		}
	}
}

// Slips are the rules on reading that say of a row that its cells may stand in other columns than their own.
var Slips = []string{"ragged_row", "open_quote"}

// slipped reports whether any cell of the row may be one of another column, or of nobody knows whom: a date may be anybody's birth, and a
// text or number what identifies them. Codes can't be, since they are known words.
func (r *Row) slipped() bool {
	return r.ID == "" || slices.ContainsFunc(r.Problems, func(p string) bool { return slices.Contains(Slips, p) })
}

// key is what the row's key columns hold; empty when one of them has no value that could be read.
func (x *moduleRun) key(r *Row) string {
	var b []byte
	for _, k := range x.m.Key {
		i := slices.IndexFunc(x.m.Columns, func(c *schemas.Column) bool { return c.Name == k })
		v := r.Values[i]
		if !v.Set {
			return ""
		}
		b = append(strconv.AppendInt(b, int64(len(v.Text)), 10), ':') // so that where a text ends is never in doubt
		b = append(b, v.Text...)
		b = strconv.AppendInt(b, v.Date.Unix(), 10)
		b = strconv.AppendFloat(append(b, '|'), v.Num, 'g', -1, 64)
		for _, p := range v.Parts {
			b = strconv.AppendInt(append(b, '|'), int64(p), 10)
		}
		b = append(b, '|')
	}
	return string(b)
}

// identity checks a row against the Header, and takes identifiers out of columns that are not for them. A row that doesn't say who it is
// about, or somebody who isn't in the Header, may have slipped: then what would identify any child of the delivery is taken out.
func (x *moduleRun) identity(f *read.File, in *read.Row, r *Row) {
	slipped := r.ID == "" || r.Person.Unlisted && x.people.listed
	own := func(d time.Time) bool { return slices.ContainsFunc(r.Person.births, d.Equal) }
	isBirth := func(d time.Time) bool { return own(d) || slipped && x.people.births[d] }
	for i, col := range x.m.Columns {
		v := &r.Values[i]
		if !v.Set {
			continue
		}
		switch {
		case col.Role == schemas.DOB:
			switch {
			case !plausibleDOB(v.Date, x.d.Year):
				x.note(f.Name, r, col.Name, "dob_impossible", "")
				*v = Value{}
			case !r.Person.DOB.IsZero() && !v.Date.Equal(r.Person.DOB) && x.m.Holds != schemas.Children:
				x.note(f.Name, r, col.Name, "dob_differs", "")
			}
		case col.Role == schemas.Sex && x.m.Holds != schemas.Children && r.Person.Sex != "" && v.Text != r.Person.Sex:
			x.note(f.Name, r, col.Name, "sex_differs", "")
		case col.Role != "" || col.MayBeDOB:
		case col.Type == schemas.Date && isBirth(v.Date) || col.Type == schemas.PartialDate && birthParts(r.Person, v.Parts, isBirth):
			why := ""
			if col.Type == schemas.Date && !own(v.Date) || col.Type == schemas.PartialDate && !birthParts(r.Person, v.Parts, own) {
				why = "the date of birth of another child of the return, in a row that is of nobody in Header: it may be chance" // hidden all the same
			}
			x.note(f.Name, r, col.Name, "dob_in_other_column", why)
			*v = Value{}
		case x.names(r, col, in.Cells[i], slipped):
			x.note(f.Name, r, col.Name, "id_in_other_column", "")
			*v = Value{}
		}
	}
}

// birthParts reports whether a date of which parts may be missing is a birth, or its day and month.
func birthParts(p *Person, parts [3]int, isBirth func(time.Time) bool) bool {
	if parts[0] == 0 || parts[1] == 0 {
		return false
	}
	if parts[2] != 0 {
		return isBirth(time.Date(parts[2], time.Month(parts[1]), parts[0], 0, 0, 0, 0, time.UTC))
	}
	return slices.ContainsFunc(p.births, func(b time.Time) bool { return b.Day() == parts[0] && int(b.Month()) == parts[1] })
}

// shortestID is the length from which a value that equals a child's number is taken for it: a shorter one can't be told from a code or
// an amount.
const shortestID = 5

// names reports whether a cell of a column that is kept holds what identifies a child. Codes can't, since they are known words, and
// only few numbers are long enough. A number of another child is left: seven digits are a school or a children's home too.
func (x *moduleRun) names(r *Row, col *schemas.Column, cell string, slipped bool) bool {
	id := NormaliseID(cell)
	if len(id) < shortestID {
		return false
	}
	own := id == r.ID || slipped && x.people.byID[id] != nil
	if col.Type != schemas.String && col.Type != schemas.URN {
		return own && (col.Type == schemas.Int || col.Type == schemas.Number)
	}
	p := r.Person
	if own || id == p.Ref || id == p.UPN || id == p.FormerUPN || id == p.NHS {
		return true
	}
	if col.Type == schemas.URN {
		return false
	}
	_, kind := identifier.UPN(id)
	_, nhs := identifier.NHSNumber(id)
	_, post := identifier.ParsePostcode(id)
	return kind == identifier.UPNValid || kind == identifier.UPNTemporary || nhs || post
}

// dates checks the dates of one row against each other and the year.
func (x *moduleRun) dates(f *read.File, r *Row) {
	at := func(name string) Value {
		return r.Values[slices.IndexFunc(x.m.Columns, func(c *schemas.Column) bool { return c.Name == name })] // the schema's loader has looked
	}
	for i, col := range x.m.Columns {
		v := r.Values[i]
		if col.Type == schemas.Date && v.Set && x.d.Dataset.Clock == "reporting_year" && col.Role != schemas.DOB && v.Date.After(x.d.Year.Last()) && !col.AfterYear {
			x.note(f.Name, r, col.Name, "after_year_end", "")
		}
		if col.Ends != "" && v.Set {
			if e := at(col.Ends); e.Set && (e.Date.Before(v.Date) || e.Date.Equal(v.Date) && !col.SameDay) {
				x.note(f.Name, r, col.Ends, "ends_before_start", fmt.Sprintf("%s isn't after %s", col.Ends, col.Name))
			}
		}
	}
}

// lost holds the episodes against those that last year's return left open.
func (x *moduleRun) lost(files []string) {
	if len(files) == 0 { // none was sent, or none that could be used: the file's own finding says so
		return
	}
	lost := make([]string, 0)
	for c := range x.d.Previous {
		lost = append(lost, c)
	}
	sort.Strings(lost)
	for _, c := range lost {
		for _, d := range x.d.Previous[c] {
			if slices.ContainsFunc(x.episodes[c], func(e began) bool { return e.day.Equal(d.DECOM) }) {
				continue
			}
			f := finding.Finding{Rule: "not_closed", Module: x.m.ID, File: files[0]}
			what := "a child with an episode open last year has none in this return"
			if eps := x.episodes[c]; len(eps) > 0 {
				f.Line, f.Row, f.File = eps[0].line, eps[0].row, files[eps[0].file]
				what = "an episode of this child that was open last year isn't in this return"
			}
			f.Message = fmt.Sprintf("%s (last year's %s:%d)", what, d.File, d.Line)
			x.res.Findings = append(x.res.Findings, f)
		}
	}
}

// OpenOf reads the Episodes of a return and gives those left open, for the check of the next one.
func (c *Checker) OpenOf(d *Delivery) (OpenEpisodes, error) {
	open := OpenEpisodes{}
	for _, f := range d.Files {
		if f.Module == nil || f.Module.Holds != schemas.Episodes {
			continue
		}
		at := func(name string) int {
			return slices.IndexFunc(f.Module.Columns, func(c *schemas.Column) bool { return c.Name == name })
		}
		child, decom, dec := slices.Index(f.Module.Columns, f.Module.WithRole(schemas.Child)), at("DECOM"), at("DEC")
		err := f.Each(func(r *read.Row) error {
			id := NormaliseID(r.Cells[child])
			from, ok := ParseDate(r.Cells[decom])
			if id != "" && ok && (r.Unread == nil || !r.Unread[decom]) && r.Cells[dec] == "" {
				open[id] = append(open[id], OpenEpisode{DECOM: from, File: f.Name, Line: r.Line})
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return open, nil
}
