package check

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"throughline/pipeline/finding"
	"throughline/pipeline/read"
	"throughline/schemas"
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

// Open reads the header of one file; see read.Open.
func (c *Checker) Open(name string, content []byte, d *schemas.Dataset, y schemas.Year) *read.File {
	return read.Open(name, content, d, y, c.quote)
}

// Delivery is what one supplier sent at one time for one year.
type Delivery struct {
	Dataset  *schemas.Dataset
	Year     schemas.Year
	Files    []*read.File // in order of name
	Previous OpenEpisodes // of last year's return; nil when there is none
}

// OpenEpisodes are the episodes that a return left open on 31 March, by CHILD, with their DECOM.
type OpenEpisodes map[string][]time.Time

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
}

// Postcode is a postcode unit with the days on which it held; zero: not given.
type Postcode struct {
	Unit     string
	From, To time.Time
}

// Row is one row with its values, one for each column of its module.
type Row struct {
	Module   *schemas.Module
	File     int // 0 for the module's first file
	Line     int
	Row      int
	ID       string // normalised CHILD or record_id; empty when blank
	Person   *Person
	Values   []Value
	Problems []string // COLUMN:rule, or rule when about the row
}

// Result is what a check found, beside the rows.
type Result struct {
	People   []*Person // in order of first appearance
	Findings []finding.Finding
	Open     OpenEpisodes
}

// Check reads all files of a delivery and hands every row of a payload module to sink, module by module in the schema's order.
// Identity modules have no rows for sink: they are in the result's People.
func (c *Checker) Check(d *Delivery, sink func(*Row) error) (*Result, error) {
	res := &Result{Open: OpenEpisodes{}}
	for _, f := range d.Files {
		res.Findings = append(res.Findings, f.Problems...)
	}
	people, err := c.people(d, res)
	if err != nil {
		return nil, err
	}
	for _, m := range d.Dataset.Modules {
		if m.Identity {
			continue
		}
		run := &moduleRun{c: c, d: d, m: m, people: people, res: res, keys: map[string]bool{}}
		if err := run.rows(sink); err != nil {
			return nil, err
		}
	}
	return res, nil
}

// people reads the modules that say who each child is.
func (c *Checker) people(d *Delivery, res *Result) (map[string]*Person, error) {
	out := map[string]*Person{}
	for _, m := range d.Dataset.Modules {
		if !m.Identity && m.ID != "Header" && m.ID != "UASC" {
			continue
		}
		for _, f := range d.Files {
			if f.Module != m {
				continue
			}
			err := f.Each(func(r *read.Row) error {
				var p Person
				var at Postcode
				if m.Identity {
					res.Findings = append(res.Findings, r.Problems...)
				}
				for i, col := range m.Columns {
					v, bad := c.parse(col, r.Cells[i], d.Year)
					if bad != nil && m.Identity {
						res.Findings = append(res.Findings, finding.Finding{Rule: bad.rule, Message: bad.message, Module: m.ID, File: f.Name, Line: r.Line, Row: r.Row, Column: col.Name})
					}
					switch {
					case col.Role == schemas.Child || col.Role == schemas.Record:
						p.ID = v.Text
					case col.Role == schemas.DOB:
						if plausibleDOB(v.Date, d.Year) {
							p.DOB = v.Date
						}
					case col.Role == schemas.UPNRole:
						p.UPN = v.Text
					case col.Role == schemas.FormerUPN:
						p.FormerUPN = v.Text
					case col.Role == schemas.NHSRole:
						p.NHS = v.Text
					case col.Role == schemas.ChildRef:
						p.Ref = v.Text
					case col.Role == schemas.LARef:
						p.RefLA = v.Text
					case col.Role == schemas.Home:
						at.Unit = v.Text
					case col.Role == schemas.ValidFrom:
						at.From = v.Date
					case col.Role == schemas.ValidTo:
						at.To = v.Date
					case col.Role == schemas.Sex || col.Name == "SEX":
						p.Sex = v.Text
					case col.Name == "ETHNIC":
						p.Ethnic = v.Text
					}
				}
				if p.ID == "" {
					return nil
				}
				old := out[p.ID]
				switch {
				case m.ID == "UASC":
					if old != nil {
						old.UASC = true
					}
					return nil
				case old == nil:
					old = &p
					out[p.ID] = old
					res.People = append(res.People, old)
				case !sameWords(*old, p):
					old.Others = append(old.Others, p)
				}
				if at.Unit != "" {
					old.Postcodes = append(old.Postcodes, at)
				}
				return nil
			})
			if err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// sameWords reports whether two rows say the same of who a child is.
func sameWords(a, b Person) bool {
	return a.UPN == b.UPN && a.FormerUPN == b.FormerUPN && a.NHS == b.NHS && a.DOB.Equal(b.DOB) && a.Sex == b.Sex && a.Ethnic == b.Ethnic && a.Ref == b.Ref
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
	people   map[string]*Person
	res      *Result
	keys     map[string]bool
	episodes []*Row
}

func (x *moduleRun) rows(sink func(*Row) error) error {
	isEpisodes := x.m.ID == "Episodes"
	n := -1
	for _, f := range x.d.Files {
		if f.Module != x.m {
			continue
		}
		n++
		err := f.Each(func(in *read.Row) error {
			row := &Row{Module: x.m, File: n, Line: in.Line, Row: in.Row, Values: make([]Value, len(x.m.Columns))}
			x.row(f, in, row)
			if isEpisodes {
				x.episodes = append(x.episodes, row)
				return nil
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
	x.chains(names)
	for _, r := range x.episodes {
		if err := sink(r); err != nil {
			return err
		}
	}
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

// row reads one row's values and checks what one row can tell.
func (x *moduleRun) row(f *read.File, in *read.Row, r *Row) {
	for _, p := range in.Problems {
		x.note(f.Name, r, "", p.Rule, p.Message)
	}
	for i, col := range x.m.Columns {
		v, bad := x.c.parse(col, in.Cells[i], x.d.Year)
		r.Values[i] = v
		if bad != nil {
			x.note(f.Name, r, col.Name, bad.rule, bad.message)
		}
		if col.Role == schemas.Child || col.Role == schemas.Record {
			r.ID = v.Text
		}
	}
	r.Person = x.people[r.ID]
	if r.Person == nil && r.ID != "" {
		r.Person = &Person{ID: r.ID, Unlisted: true}
		x.people[r.ID] = r.Person
		x.res.People = append(x.res.People, r.Person)
	}
	if r.Person == nil {
		r.Person = &Person{}
	}
	if r.Person.Unlisted {
		if hasHeader(x.d) {
			x.note(f.Name, r, "", "not_in_header", "")
		}
		if i := x.index(schemas.DOB); i >= 0 && r.Person.DOB.IsZero() && plausibleDOB(r.Values[i].Date, x.d.Year) {
			r.Person.DOB = r.Values[i].Date
		}
	}
	x.identity(f, r)
	x.dates(f, r)
	var key strings.Builder
	for _, k := range x.m.Key {
		for i, col := range x.m.Columns {
			if col.Name == k {
				v := r.Values[i]
				fmt.Fprintf(&key, "%s|%d|%g|", v.Text, v.Date.Unix(), v.Num)
			}
		}
	}
	if r.ID != "" && key.Len() > 0 {
		if x.keys[key.String()] {
			x.note(f.Name, r, "", "duplicate_key", fmt.Sprintf("a second row with the same %s", strings.Join(x.m.Key, " and ")))
		}
		x.keys[key.String()] = true
	}
}

func hasHeader(d *Delivery) bool {
	for _, f := range d.Files {
		if f.Module != nil && (f.Module.Identity || f.Module.ID == "Header") {
			return true
		}
	}
	return false
}

func (x *moduleRun) index(role schemas.Role) int {
	return slices.IndexFunc(x.m.Columns, func(c *schemas.Column) bool { return c.Role == role })
}

// identity checks a row against the Header, and takes identifiers out of columns that are not for them.
func (x *moduleRun) identity(f *read.File, r *Row) {
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
			case !r.Person.DOB.IsZero() && !v.Date.Equal(r.Person.DOB) && x.m.ID != "Header":
				x.note(f.Name, r, col.Name, "dob_differs", "")
			}
		case col.Name == "SEX" && x.m.ID != "Header" && r.Person.Sex != "" && v.Text != r.Person.Sex:
			x.note(f.Name, r, col.Name, "sex_differs", "")
		case col.Type == schemas.Date && col.Role == "" && !col.MayBeDOB && !r.Person.DOB.IsZero() && v.Date.Equal(r.Person.DOB):
			x.note(f.Name, r, col.Name, "dob_in_other_column", "")
			*v = Value{}
		case (col.Type == schemas.String || col.Type == schemas.URN) && col.Role == "" && v.Text != "" && (v.Text == r.ID || v.Text == r.Person.UPN || x.people[v.Text] != nil):
			x.note(f.Name, r, col.Name, "id_in_other_column", "")
			*v = Value{}
		}
	}
}

// starts are the pairs of columns that begin and end something.
var starts = map[string]string{"DECOM": "DEC", "MIS_START": "MIS_END", "SW_DECOM": "SW_DEC", "DATE_PLACED": "DATE_PLACED_CEASED", "DOLO_START": "DOLO_END",
	"ReferralRequestReceivedDate": "ServDischDate", "CINreferralDate": "CINclosureDate", "CPPstartDate": "CPPendDate"}

// sameDay may begin and end on one day.
var sameDay = map[string]bool{"MIS_START": true, "SW_DECOM": true, "ReferralRequestReceivedDate": true, "CINreferralDate": true, "CPPstartDate": true, "DATE_PLACED": true, "DOLO_START": true}

// dates checks the dates of one row against each other and the year.
func (x *moduleRun) dates(f *read.File, r *Row) {
	at := func(name string) (Value, bool) {
		for i, c := range x.m.Columns {
			if c.Name == name {
				return r.Values[i], true
			}
		}
		return Value{}, false
	}
	for i, col := range x.m.Columns {
		v := r.Values[i]
		if col.Type == schemas.Date && v.Set && x.d.Dataset.Clock == "reporting_year" && col.Role != schemas.DOB && v.Date.After(x.d.Year.Last()) && col.Name != "DUC" {
			x.note(f.Name, r, col.Name, "after_year_end", "")
		}
		if end, ok := starts[col.Name]; ok && v.Set {
			if e, ok := at(end); ok && e.Set && (e.Date.Before(v.Date) || e.Date.Equal(v.Date) && !sameDay[col.Name]) {
				x.note(f.Name, r, end, "ends_before_start", fmt.Sprintf("%s isn't after %s", end, col.Name))
			}
		}
	}
	if x.m.ID != "Episodes" {
		return
	}
	decom, _ := at("DECOM")
	dec, _ := at("DEC")
	rec, _ := at("REC")
	if decom.Set && !r.Person.DOB.IsZero() && decom.Date.Before(r.Person.DOB) {
		x.note(f.Name, r, "DECOM", "starts_before_birth", "")
	}
	if dec.Set && !rec.Set {
		x.note(f.Name, r, "REC", "end_without_reason", "")
	}
	if rec.Set && !dec.Set {
		x.note(f.Name, r, "REC", "reason_without_end", "")
	}
}

// episode is a row of Episodes as its neighbours see it.
type episode struct {
	row        *Row
	decom, dec time.Time
	rne, rec   string
	respite    bool
}

// chains checks each child's episodes against each other and against last year's return.
func (x *moduleRun) chains(files []string) {
	col := map[string]int{}
	for i, c := range x.m.Columns {
		col[c.Name] = i
	}
	byChild := map[string][]episode{}
	for _, r := range x.episodes {
		v := func(name string) Value { return r.Values[col[name]] }
		if r.ID == "" || !v("DECOM").Set {
			continue
		}
		ls := v("LS").Text
		byChild[r.ID] = append(byChild[r.ID], episode{row: r, decom: v("DECOM").Date, dec: v("DEC").Date, rne: v("RNE").Text, rec: v("REC").Text, respite: ls == "V3" || ls == "V4"})
		if !v("DEC").Set {
			x.res.Open[r.ID] = append(x.res.Open[r.ID], v("DECOM").Date)
		}
	}
	children := make([]string, 0, len(byChild))
	for c := range byChild {
		children = append(children, c)
	}
	sort.Strings(children) // findings in a fixed order
	for _, c := range children {
		eps := byChild[c]
		sort.SliceStable(eps, func(i, j int) bool { return eps[i].decom.Before(eps[j].decom) })
		for i := 1; i < len(eps); i++ {
			a, b := eps[i-1], eps[i]
			if a.respite || b.respite || a.decom.Equal(b.decom) {
				continue
			}
			note := func(e episode, column, rule string) { x.note(files[e.row.File], e.row, column, rule, "") }
			switch {
			case a.dec.IsZero() || a.dec.After(b.decom):
				note(b, "DECOM", "overlap")
			case a.rec == "X1" && a.dec.Before(b.decom):
				note(a, "DEC", "gap_after_x1")
			case a.rec != "X1" && a.rec != "" && b.rne != "S":
				note(b, "RNE", "start_without_s")
			}
		}
	}
	if x.d.Previous == nil {
		return
	}
	lost := make([]string, 0)
	for c := range x.d.Previous {
		lost = append(lost, c)
	}
	sort.Strings(lost)
	for _, c := range lost {
		for _, d := range x.d.Previous[c] {
			if !slices.ContainsFunc(byChild[c], func(e episode) bool { return e.decom.Equal(d) }) {
				f := finding.Finding{Rule: "not_closed", Module: x.m.ID}
				if len(files) > 0 {
					f.File = files[0]
				}
				if eps := byChild[c]; len(eps) > 0 {
					f.Line, f.Row, f.File = eps[0].row.Line, eps[0].row.Row, files[eps[0].row.File]
					f.Message = "an episode of this child that was open last year isn't in this return"
				} else {
					f.Message = "a child with an episode open last year has none in this return"
				}
				x.res.Findings = append(x.res.Findings, f)
			}
		}
	}
}

// OpenOf reads the Episodes of a return and gives those left open, for the check of the next one.
func (c *Checker) OpenOf(d *Delivery) (OpenEpisodes, error) {
	res, err := c.Check(d, func(*Row) error { return nil })
	if err != nil {
		return nil, err
	}
	return res.Open, nil
}
