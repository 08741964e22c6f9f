package ingest

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"time"

	"throughline/pipeline/check"
	"throughline/pipeline/finding"
	"throughline/pipeline/inbox"
	"throughline/pipeline/lake"
	"throughline/pipeline/read"
	"throughline/pipeline/reference"
	"throughline/pipeline/rules"
	"throughline/schemas"
)

// Tokeniser makes pseudonyms of what identifies a child, and keeps for the linker what this package gives it.
type Tokeniser interface {
	// Key is the child_key of a holder's own id within a dataset.
	Key(dataset, holder, id string) [16]byte
	// Pseudonym is a keyed id of something else.
	Pseudonym(kind string, parts ...string) [16]byte
	// Person tells who a child is in a load; Stay tells one episode, with its two postcodes.
	Person(l LoadRef, p *check.Person)
	Stay(l LoadRef, s Stay)
	// Save writes what was told to the link zone and returns its files by kind.
	Save(l *lake.Lake) (map[string][]lake.File, error)
}

// Rules applies a collection's rules.
type Rules interface {
	Check(ctx context.Context, in rules.Input) (*rules.Result, error)
}

// LoadRef names one load of a delivery.
type LoadRef struct {
	Dataset string
	LA      string
	Year    int
	Load    int
}

// Stay is one episode as the linker needs it.
type Stay struct {
	Person     *check.Person
	DECOM, DEC time.Time
	RNE, REC   string
	LS         string
	HomePost   string // postcode units
	PlPost     string
}

// Source is what an ingest reads.
type Source struct {
	Inbox     *inbox.Inbox
	Delivery  inbox.Delivery
	Previous  *inbox.Load          // last year's return of the same children, for the check of open episodes; nil when there is none
	Postcodes *reference.Postcodes // nil when there is no table
	Providers []reference.Provider // nil when there is no list
	Rules     Rules                // nil: no rules are applied
	Basis     string
}

// Run takes one delivery into the lake and returns what it wrote. The load's manifest is not written yet.
func Run(ctx context.Context, s *schemas.Schema, l *lake.Lake, src Source, tok Tokeniser, progress func(done, total int64)) (*lake.Load, error) {
	d := s.Dataset(src.Delivery.Dataset)
	g := &ingester{schema: s, lake: l, src: src, tok: tok, checker: check.New(s), dataset: d, tables: map[string]*lake.Table{},
		load: &lake.Load{Dataset: d.ID, Year: int(src.Delivery.Year), LA: src.Delivery.LA, Basis: src.Basis, Tables: map[string][]lake.File{}},
	}
	var err error
	if g.findings, err = lake.NewTable("finding", findingColumns); err != nil {
		return nil, err
	}
	var total int64
	for _, x := range src.Delivery.Loads {
		for _, f := range x.Files {
			total += f.Bytes
		}
	}
	var done int64
	for i, x := range src.Delivery.Loads {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := g.one(ctx, i, x); err != nil {
			return nil, err
		}
		for _, f := range x.Files {
			done += f.Bytes
		}
		progress(done, total)
	}
	return g.save()
}

type ingester struct {
	schema   *schemas.Schema
	lake     *lake.Lake
	src      Source
	tok      Tokeniser
	checker  *check.Checker
	dataset  *schemas.Dataset
	tables   map[string]*lake.Table
	findings *lake.Table
	load     *lake.Load
	counts   map[string]*lake.ModuleCount
	kinds    map[lake.FindingCount]int64
	cells    []lake.Cell
}

// findingColumns are those of the table of findings, one row a finding.
var findingColumns = []schemas.LakeColumn{
	{Name: "load", Type: "SMALLINT"}, {Name: "module", Type: "VARCHAR"}, {Name: "file", Type: "VARCHAR"}, {Name: "line", Type: "INTEGER"}, {Name: "row", Type: "INTEGER"},
	{Name: "column_name", Type: "VARCHAR"}, {Name: "rule", Type: "VARCHAR"}, {Name: "kind", Type: "VARCHAR"}, {Name: "severity", Type: "VARCHAR"}, {Name: "message", Type: "VARCHAR"},
}

// open reads the headers of a load's files. Of a stack of returns only the delivery's own is taken.
func (g *ingester) open(y schemas.Year, x inbox.Load) ([]*read.File, error) {
	of := read.Return{LA: g.src.Delivery.LA, Year: y}
	var out []*read.File
	for _, f := range x.Files {
		content, err := g.src.Inbox.Read(f)
		if err != nil {
			return nil, err
		}
		for _, f := range g.checker.Open(f.Name(), content, g.dataset, y) {
			if y != g.src.Delivery.Year { // last year's, maybe of an authority whose place this one took
				out = append(out, f.Before(of)...)
				continue
			}
			mine := f.Of(of)
			none, lost := f.Lost()
			if lost > 0 {
				mine.Problems = append(slices.Clone(mine.Problems), none)
			}
			if others := f.Rows - mine.Rows - lost; others > 0 {
				mine.Problems = append(slices.Clone(mine.Problems), finding.Finding{Rule: "other_return", Module: f.Module.ID, File: f.Name,
					Message: fmt.Sprintf("%d rows of other authorities or years", others)})
			}
			out = append(out, mine)
		}
	}
	return out, nil
}

func (g *ingester) one(ctx context.Context, n int, x inbox.Load) error {
	files, err := g.open(g.src.Delivery.Year, x)
	if err != nil {
		return err
	}
	if g.counts == nil {
		g.counts, g.kinds = map[string]*lake.ModuleCount{}, map[lake.FindingCount]int64{}
	}
	for _, f := range x.Files {
		dir := ""
		if x.Received != "" {
			dir = x.Received + "/"
		}
		g.load.Inputs = append(g.load.Inputs, lake.Input{Path: dir + f.Name(), SHA256: f.SHA256, Bytes: f.Bytes})
	}
	for _, f := range files {
		name := ""
		if f.Module != nil {
			name = f.Module.ID
		}
		c := g.counts[name]
		if c == nil {
			c = &lake.ModuleCount{Module: name}
			g.counts[name] = c
		}
		c.Files++
		c.Rows += f.Rows
		if f.Module == nil {
			c.Quarantined += f.Rows
		}
	}
	ref := LoadRef{Dataset: g.dataset.ID, LA: g.src.Delivery.LA, Year: int(g.src.Delivery.Year), Load: n}
	d := &check.Delivery{Dataset: g.dataset, Year: g.src.Delivery.Year, Files: files}
	in := rules.Input{Year: d.Year, Postcodes: g.src.Postcodes, Providers: g.src.Providers}
	ret := rules.NewReturn(g.checker, ref.LA, d.Year)
	apply := g.src.Rules != nil && len(g.dataset.Rules) > 0
	if g.src.Previous != nil {
		before, err := g.open(d.Year-1, *g.src.Previous)
		if err != nil {
			return err
		}
		if apply {
			last := rules.NewReturn(g.checker, ref.LA, d.Year-1)
			if err := last.AddFiles(before); err != nil {
				return err
			}
			in.Last = []*rules.Return{last}
		}
		if d.Previous, err = g.checker.OpenOf(&check.Delivery{Dataset: g.dataset, Year: g.src.Delivery.Year - 1, Files: before}); err != nil {
			return err
		}
	}
	if apply {
		ret.OpenFiles(files)
	}
	res, err := g.checker.Check(d, func(r *check.Row) error {
		if apply {
			ret.Add(r.Module, rules.At{File: r.Name, Line: r.Line, Row: r.Row}, r.Cells, r.Unread)
		}
		return g.row(ref, r)
	})
	if err != nil {
		return err
	}
	found := res.Findings
	if apply {
		in.Returns = []*rules.Return{ret}
		broken, err := g.src.Rules.Check(ctx, in)
		if err != nil {
			return err
		}
		found = rules.Merge(found, broken.Findings(in, 0))
		g.load.Skipped = nil // what holds is the last load
		for _, a := range broken.Rules {
			if a.Skipped != "" {
				g.load.Skipped = append(g.load.Skipped, lake.SkippedRule{Rule: a.Rule.Code, Why: a.Skipped})
			}
		}
		sort.Slice(g.load.Skipped, func(i, j int) bool { return g.load.Skipped[i].Rule < g.load.Skipped[j].Rule })
	}
	sort.Slice(res.People, func(i, j int) bool { return res.People[i].ID < res.People[j].ID })
	for _, p := range res.People {
		g.tok.Person(ref, p)
	}
	for _, f := range found {
		g.kinds[lake.FindingCount{Module: f.Module, Rule: f.Rule, Kind: f.Of().Kind, Title: f.Of().Title, Severity: f.Severity(), Column: f.Column}]++
		if err := g.findings.Append([]lake.Cell{lake.Int(n), lake.Text(f.Module), lake.Text(f.File), lake.Int(f.Line), lake.Int(f.Row), lake.Text(f.Column),
			lake.Text(f.Rule), lake.Text(f.Of().Kind), lake.Text(f.Severity()), lake.Text(f.Message)}); err != nil {
			return err
		}
	}
	return nil
}

// row writes one row, in the columns of Module.LakeColumns.
func (g *ingester) row(ref LoadRef, r *check.Row) error {
	t := g.tables[r.Module.ID]
	if t == nil {
		var err error
		if t, err = lake.NewTable(r.Module.ID, r.Module.LakeColumns()); err != nil {
			return err
		}
		g.tables[r.Module.ID] = t
	}
	key := g.tok.Key(ref.Dataset, ref.LA, r.ID)
	if r.ID == "" {
		key = [16]byte{}
	}
	c := append(g.cells[:0], lake.UUID(key), lake.Text(ref.LA), lake.Int(ref.Year), lake.Int(ref.Load), lake.Int(r.Row), lake.Int(r.File))
	for i, col := range r.Module.Columns {
		c = g.cell(c, ref, col, r.Values[i])
	}
	if len(r.Module.Derived) > 0 {
		c = g.derive(c, ref, r)
	}
	problems := ""
	for i, p := range r.Problems {
		if i > 0 {
			problems += " "
		}
		problems += p
	}
	c = append(c, lake.Text(problems))
	g.cells = c
	g.counts[r.Module.ID].Kept++
	return t.Append(c)
}

func (g *ingester) cell(c []lake.Cell, ref LoadRef, col *schemas.Column, v check.Value) []lake.Cell {
	num := func(n int) lake.Cell {
		if !v.Set {
			return lake.Cell{}
		}
		return lake.Int(n)
	}
	switch col.Role {
	case schemas.Child, schemas.Record, schemas.ChildRef, schemas.LARef, schemas.FormerUPN, schemas.NHSRole, schemas.Home, schemas.Place, schemas.ValidFrom, schemas.ValidTo:
		return c
	case schemas.Event, schemas.Worker:
		if !v.Set {
			return append(c, lake.Cell{})
		}
		return append(c, lake.UUID(g.tok.Pseudonym(string(col.Role), ref.Dataset, ref.LA, col.Name, v.Text)))
	case schemas.DOB, schemas.Birth:
		return append(c, num(v.Date.Year()), num(int(v.Date.Month())))
	case schemas.UPNRole:
		return append(c, lake.Text(upnStatus(v)))
	}
	switch col.Type {
	case schemas.Date:
		return append(c, lake.Date(v.Date))
	case schemas.PartialDate:
		for _, n := range []int{v.Parts[2], v.Parts[1], v.Parts[0]} {
			if n == 0 {
				c = append(c, lake.Cell{})
			} else {
				c = append(c, lake.Int(n))
			}
		}
		return c
	case schemas.Flag, schemas.Int:
		return append(c, num(int(v.Num)))
	case schemas.Number:
		if !v.Set {
			return append(c, lake.Cell{})
		}
		return append(c, lake.Float(v.Num))
	}
	return append(c, lake.Text(v.Text))
}

func (g *ingester) save() (*lake.Load, error) {
	for _, m := range g.dataset.Modules {
		if t := g.tables[m.ID]; t != nil {
			f, err := t.Save(g.lake, lake.TableDir(g.dataset.ID, m.ID, g.load.Year, g.load.LA))
			if err != nil {
				return nil, err
			}
			g.load.Tables[m.ID] = []lake.File{f}
		}
	}
	var err error
	if g.load.Finding, err = g.findings.Save(g.lake, lake.TableDir(g.dataset.ID, "finding", g.load.Year, g.load.LA)); err != nil {
		return nil, err
	}
	if g.load.Sealed, err = g.tok.Save(g.lake); err != nil {
		return nil, err
	}
	for _, c := range g.counts {
		g.load.Counts = append(g.load.Counts, *c)
	}
	sort.Slice(g.load.Counts, func(i, j int) bool { return g.load.Counts[i].Module < g.load.Counts[j].Module })
	for k, n := range g.kinds {
		k.N = n
		g.load.FindingCounts = append(g.load.FindingCounts, k)
	}
	sort.Slice(g.load.FindingCounts, func(i, j int) bool {
		a, b := g.load.FindingCounts[i], g.load.FindingCounts[j]
		return a.Module+"\x00"+a.Rule+"\x00"+a.Column < b.Module+"\x00"+b.Rule+"\x00"+b.Column
	})
	return g.load, nil
}

// derive adds the columns of a module's derived list, in its order, and tells the linker of the episode.
func (g *ingester) derive(c []lake.Cell, ref LoadRef, r *check.Row) []lake.Cell {
	val := func(name string) check.Value {
		for i, col := range r.Module.Columns {
			if col.Name == name {
				return r.Values[i]
			}
		}
		return check.Value{}
	}
	decom, dec, home, place := val("DECOM"), val("DEC"), val("HOME_POST"), val("PL_POST")
	age := func(at check.Value) lake.Cell {
		if !at.Set || r.Person.DOB.IsZero() || at.Date.Before(r.Person.DOB) {
			return lake.Cell{}
		}
		return lake.Int(check.Age(r.Person.DOB, at.Date))
	}
	spot := g.src.Postcodes.Derive(ref.LA, home.Text, place.Text)
	for _, d := range r.Module.Derived {
		switch d.Name {
		case "AGE_AT_DECOM":
			c = append(c, age(decom))
		case "AGE_AT_DEC":
			c = append(c, age(dec))
		case "AGE_AT_YEAR_END":
			c = append(c, age(check.Value{Date: schemas.Year(ref.Year).Last(), Set: true}))
		case "PL_POST_KEY":
			if place.Text == "" {
				c = append(c, lake.Cell{})
			} else {
				c = append(c, lake.UUID(g.tok.Pseudonym("place", ref.Dataset, ref.LA, r.ID, place.Text)))
			}
		case "HOME_POST_STATUS":
			c = append(c, lake.Text(postStatus(r, "HOME_POST", home)))
		case "PL_POST_STATUS":
			c = append(c, lake.Text(postStatus(r, "PL_POST", place)))
		case "PL_LA":
			c = append(c, lake.Text(spot.Code))
		case "PL_LOCATION":
			c = append(c, lake.Text(spot.Location))
		case "PL_DISTANCE_BAND":
			c = append(c, lake.Text(spot.Band()))
		default:
			c = append(c, lake.Cell{})
		}
	}
	if r.Module.ID == "Episodes" && r.ID != "" {
		g.tok.Stay(ref, Stay{Person: r.Person, DECOM: decom.Date, DEC: dec.Date, RNE: val("RNE").Text, REC: val("REC").Text, LS: val("LS").Text,
			HomePost: home.Text, PlPost: place.Text})
	}
	return c
}

func postStatus(r *check.Row, column string, v check.Value) string {
	if v.Text != "" {
		return "valid"
	}
	for _, p := range r.Problems {
		if p == column+":bad_postcode" {
			return "invalid"
		}
	}
	return ""
}

// String names a load as people read it: ssda903/2024/E08000025, with the number of a resubmission.
func (l LoadRef) String() string {
	s := fmt.Sprintf("%s/%d/%s", l.Dataset, l.Year, l.LA)
	if l.Load > 0 {
		s += "/" + strconv.Itoa(l.Load)
	}
	return s
}
