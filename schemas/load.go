package schemas

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"path"
	"regexp"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

//go:embed ssda903/*.yaml ssda903/rules/*.yaml extracts/*.yaml authorities.csv health_areas.csv indicators.yaml indicators/*.yaml
var builtin embed.FS

// Load reads the built-in files, and over them those of overlay (nil: none). A file of the overlay with the name of a built-in one
// takes its place; any other YAML file in extracts/ adds a dataset, and one in ssda903/codes/ or ssda903/rules/ adds code sets or rules, or
// puts its own in the place of those with the same id or code. All mistakes come back in one error, a line each.
func Load(overlay fs.FS) (*Schema, error) {
	l := &loader{files: map[string][]byte{}, overlay: map[string]bool{}}
	if err := l.collect(builtin, false); err != nil {
		return nil, err
	}
	if overlay != nil {
		if err := l.collect(overlay, true); err != nil {
			return nil, err
		}
	}
	s := l.load()
	if len(l.problems) > 0 {
		return nil, errors.Join(l.problems...)
	}
	return s, nil
}

type loader struct {
	files    map[string][]byte
	overlay  map[string]bool // names of files that are the overlay's
	problems []error
}

// folders are those in which YAML files are read.
var folders = []string{"extracts", "ssda903", "ssda903/codes", "ssda903/rules", "indicators"}

func (l *loader) collect(f fs.FS, overlay bool) error {
	return fs.WalkDir(f, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), ".") {
			return err
		}
		if !slices.Contains(folders, path.Dir(p)) && p != "authorities.csv" && p != "health_areas.csv" && p != "indicators.yaml" {
			return nil
		}
		if ext := path.Ext(p); ext != ".yaml" && ext != ".csv" {
			return fmt.Errorf("%s: only .yaml and .csv files belong in a schema folder", p)
		}
		b, err := fs.ReadFile(f, p)
		l.files[p], l.overlay[p] = b, overlay
		return err
	})
}

func (l *loader) load() *Schema {
	s := &Schema{datasets: map[string]*Dataset{}, codeSets: map[string]*CodeSet{}}
	names := make([]string, 0, len(l.files))
	for n := range l.files {
		names = append(names, n)
	}
	sort.Strings(names)
	h := sha256.New()
	var docs []*document
	for _, n := range names {
		fmt.Fprintf(h, "%s\x00%d\x00", n, len(l.files[n]))
		h.Write(l.files[n])
		switch {
		case path.Ext(n) == ".yaml":
			docs = append(docs, &document{name: n, text: l.files[n], file: newFile(n)})
		case n == "authorities.csv":
			l.authorities(s, n)
		case n == "health_areas.csv":
			l.healthAreas(s, n)
		default:
			l.problems = append(l.problems, fmt.Errorf("%s: not a file that a schema folder has", n))
		}
	}
	s.Hash = hex.EncodeToString(h.Sum(nil))

	var each sync.WaitGroup // reading YAML is most of the work
	for _, d := range docs {
		each.Go(func() {
			d.err = yaml.NewDecoder(bytes.NewReader(d.text), yaml.Strict(), yaml.DisallowUnknownField()).Decode(d.file)
		})
	}
	each.Wait()
	docs = slices.DeleteFunc(docs, func(d *document) bool {
		if d.err != nil && !errors.Is(d.err, io.EOF) { // a file of comments alone says nothing
			l.broken(d)
		}
		return d.err != nil
	})
	var domains map[string]string
	for _, d := range docs { // code sets first: columns refer to them
		switch f := d.file.(type) {
		case *codesFile:
			l.addCodes(s, d, f.CodeSets)
		case *Dataset:
			l.addCodes(s, d, f.CodeSets)
		case *domainsFile:
			domains = f.Domains
		case *indicatorsFile:
			l.addIndicators(s, d, f.Indicators)
		}
	}
	for _, d := range docs {
		if f, ok := d.file.(*Dataset); ok {
			l.addDataset(s, d, f)
		}
	}
	for _, d := range docs {
		if f, ok := d.file.(*ruleFile); ok && s.datasets["ssda903"] != nil {
			l.addRules(s, s.datasets["ssda903"], d, f)
		}
	}
	for _, in := range s.Indicators {
		if _, ok := domains[in.Domain]; !ok {
			l.problems = append(l.problems, fmt.Errorf("indicators: %s: domain %q isn't in the list of indicators.yaml", in.ID, in.Domain))
		}
	}
	if s.datasets["ssda903"] == nil && len(l.problems) == 0 {
		l.problems = append(l.problems, errors.New("ssda903/modules.yaml: no dataset ssda903"))
	}
	return s
}

// The kinds of YAML files, beside datasets and rules.
type (
	codesFile struct {
		CodeSets []CodeSet `yaml:"code_sets"`
	}
	domainsFile struct {
		Version     int               `yaml:"version"`
		Conventions map[string]any    `yaml:"conventions"`
		Domains     map[string]string `yaml:"domains"`
	}
	indicatorsFile struct {
		Indicators []Indicator `yaml:"indicators"`
	}
)

// newFile is what a YAML file of this name holds.
func newFile(name string) any {
	switch dir := path.Dir(name); {
	case name == "ssda903/codes.yaml", dir == "ssda903/codes":
		return &codesFile{}
	case dir == "ssda903/rules":
		return &ruleFile{}
	case name == "indicators.yaml":
		return &domainsFile{}
	case dir == "indicators":
		return &indicatorsFile{}
	}
	return &Dataset{}
}

// document is a YAML file with what is needed to say where a mistake stands.
type document struct {
	name string
	text []byte
	file any
	err  error
	tree *ast.File // read when a mistake is to be found in it
}

// broken notes why a file can't be read.
func (l *loader) broken(d *document) {
	var ye yaml.Error
	if errors.As(d.err, &ye) && ye.GetToken() != nil {
		p := ye.GetToken().Position
		l.problems = append(l.problems, fmt.Errorf("%s:%d:%d: %s", d.name, p.Line, p.Column, ye.GetMessage()))
	} else {
		l.problems = append(l.problems, fmt.Errorf("%s: %w", d.name, d.err))
	}
}

// fail notes a mistake at a YAML path, or at the nearest part of it that is there.
func (l *loader) fail(d *document, at, format string, args ...any) {
	where := d.name
	if d.tree == nil {
		d.tree, _ = parser.ParseBytes(d.text, 0) // it has been read once
	}
	for p := at; p != "" && p != "$"; p = p[:max(strings.LastIndexAny(p, ".["), 0)] {
		yp, err := yaml.PathString(p)
		if err != nil {
			continue
		}
		if n, err := yp.FilterFile(d.tree); err == nil && n != nil {
			pos := n.GetToken().Position
			where = fmt.Sprintf("%s:%d:%d", d.name, pos.Line, pos.Column)
			break
		}
	}
	l.problems = append(l.problems, fmt.Errorf("%s: %s", where, fmt.Sprintf(format, args...)))
}

// addIndicators takes the entries of one file in.
func (l *loader) addIndicators(s *Schema, d *document, entries []Indicator) {
	for i, in := range entries {
		at := fmt.Sprintf("$.indicators[%d]", i)
		if in.ID == "" || slices.ContainsFunc(s.Indicators, func(o Indicator) bool { return o.ID == in.ID }) {
			l.fail(d, at+".id", "indicator %q stands twice or has no id", in.ID)
		}
		switch in.TimeIdentifier {
		case "":
			in.TimeIdentifier = "Reporting year"
		case "Academic year":
		default:
			l.fail(d, at+".time_identifier", "%q: want Academic year, or leave it out for the reporting year", in.TimeIdentifier)
		}
		if in.RateUnit != "" && in.RateUnit != "day" && in.RateUnit != "person-year" {
			l.fail(d, at+".rate_unit", "%q: want day or person-year", in.RateUnit)
		}
		for j, h := range in.Horizons {
			if _, err := HorizonDays(h); err != nil {
				l.fail(d, fmt.Sprintf("%s.horizons[%d]", at, j), "%v", err)
			}
		}
		for j, m := range in.Measures {
			if m.ID == "" || m.Title == "" || slices.ContainsFunc(in.Measures[:j], func(o Measure) bool { return o.ID == m.ID }) {
				l.fail(d, fmt.Sprintf("%s.measures[%d]", at, j), "measure %q has no id or title, or stands twice", m.ID)
			}
		}
		s.Indicators = append(s.Indicators, in)
	}
}

func (l *loader) addCodes(s *Schema, d *document, sets []CodeSet) {
	for i := range sets {
		cs := &sets[i]
		at := fmt.Sprintf("$.code_sets[%d]", i)
		if cs.ID == "" {
			l.fail(d, at, "a code set needs an id")
			continue
		}
		old := slices.IndexFunc(s.CodeSets, func(o *CodeSet) bool { return o.ID == cs.ID })
		if old >= 0 && l.overlay[s.CodeSets[old].file] && !l.overlay[d.name] {
			continue
		}
		if old >= 0 && (!l.overlay[d.name] || l.overlay[s.CodeSets[old].file]) {
			l.fail(d, at+".id", "code set %s stands in %s already", cs.ID, s.CodeSets[old].file)
			continue
		}
		cs.file = d.name
		cs.byCode = map[string]*Item{}
		for j, it := range cs.Codes {
			p := fmt.Sprintf("%s.codes[%d]", at, j)
			switch {
			case it.Code == "":
				l.fail(d, p, "a code of %s is empty", cs.ID)
			case cs.byCode[it.Code] != nil:
				l.fail(d, p+".code", "code %s stands twice in %s", it.Code, cs.ID)
			case it.Meaning == "":
				l.fail(d, p, "code %s of %s has no meaning", it.Code, cs.ID)
			case it.LastYear != 0 && it.FirstYear > it.LastYear:
				l.fail(d, p+".first_year", "code %s of %s ends before it begins", it.Code, cs.ID)
			}
			cs.byCode[it.Code] = it
		}
		for j, it := range cs.Codes {
			if it.SameAs != "" && cs.byCode[it.SameAs] == nil {
				l.fail(d, fmt.Sprintf("%s.codes[%d].same_as", at, j), "%s isn't a code of %s", it.SameAs, cs.ID)
			}
		}
		s.codeSets[cs.ID] = cs
		if old >= 0 {
			s.CodeSets[old] = cs
		} else {
			s.CodeSets = append(s.CodeSets, cs)
		}
	}
}

var (
	identifier = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)
	stem       = regexp.MustCompile(`^[a-z0-9]+$`)
	types      = []Type{ID, Date, PartialDate, Code, Int, Number, Flag, UPN, NHS, Postcode, URN, String}
	roles      = []Role{"", Child, Record, ChildRef, LARef, Event, Worker, DOB, Birth, UPNRole, FormerUPN, NHSRole, Sex, Ethnic, Home, Place, ValidFrom, ValidTo}
	// personal are a UPN, a temporary one, an NHS number, dates, a postcode and names: none may pass as text.
	personal = []string{"B801200005001", "B80120000500A", "9434765919", "04/03/2012", "2012-03-04", "SW1A 1AA", "Amy Smith", "Smith, Amy", "O'Neil"}
	mustRole = map[Type]bool{ID: true, UPN: true, NHS: true, Postcode: true}
)

func (l *loader) addDataset(s *Schema, d *document, ds *Dataset) {
	if !identifier.MatchString(ds.ID) || strings.ToLower(ds.ID) != ds.ID {
		l.fail(d, "$.dataset", "dataset %q: the id is lower case letters, digits and underscores", ds.ID)
	}
	if s.datasets[ds.ID] != nil {
		l.fail(d, "$.dataset", "dataset %s stands in another file already", ds.ID)
		return
	}
	if ds.Supplier != "authority" && ds.Supplier != "england" {
		l.fail(d, "$.supplier", "supplier %q: either authority or england", ds.Supplier)
	}
	if !slices.Contains([]string{"reporting_year", "academic_year", "financial_year"}, ds.Clock) {
		l.fail(d, "$.clock", "clock %q: one of reporting_year, academic_year, financial_year", ds.Clock)
	}
	if x := ds.XML; x != nil && (x.Root == "" || x.Child == "" || x.Header == "") {
		l.fail(d, "$.xml", "xml needs root, child and header")
	}
	ds.Authorities = s.Authorities
	seen, stems := map[string]bool{}, map[string]bool{}
	for i, m := range ds.Modules {
		at := fmt.Sprintf("$.modules[%d]", i)
		if !identifier.MatchString(m.ID) {
			l.fail(d, at, "module %q: the id is letters, digits and underscores", m.ID)
		}
		if seen[strings.ToLower(m.ID)] {
			l.fail(d, at+".id", "module %s stands twice", m.ID)
		}
		seen[strings.ToLower(m.ID)] = true
		if m.Grain == "" {
			l.fail(d, at, "module %s has no grain", m.ID)
		}
		if m.WithRole(Child) == nil && m.WithRole(Record) == nil {
			l.fail(d, at, "module %s needs a column with role child or record", m.ID)
		}
		names := map[string]bool{}
		for j, c := range m.Columns {
			l.column(s, d, m, c, fmt.Sprintf("%s.columns[%d]", at, j))
			if names[strings.ToUpper(c.Name)] {
				l.fail(d, fmt.Sprintf("%s.columns[%d].name", at, j), "column %s stands twice in %s", c.Name, m.ID)
			}
			names[strings.ToUpper(c.Name)] = true
			if c.RowIn != "" {
				l.fail(d, fmt.Sprintf("%s.columns[%d].row_in", at, j), "column %s: row_in is of columns in only_xml", c.Name)
			}
		}
		for j, c := range m.OnlyXML {
			p := fmt.Sprintf("%s.only_xml[%d]", at, j)
			l.column(s, d, m, c, p)
			if ds.XML == nil {
				l.fail(d, p, "column %s: the dataset has no XML form; give it xml, or the column its place in columns", c.Name)
			}
			if c.RowIn != "" && ds.Module(c.RowIn) == nil {
				l.fail(d, p+".row_in", "column %s: row_in %s is no module of %s", c.Name, c.RowIn, ds.ID)
			}
			if names[strings.ToUpper(c.Name)] {
				l.fail(d, p+".name", "column %s stands twice in %s", c.Name, m.ID)
			}
			names[strings.ToUpper(c.Name)] = true
		}
		for j, n := range m.Names {
			p := fmt.Sprintf("%s.names[%d]", at, j)
			if !stem.MatchString(n) {
				l.fail(d, p, "name %q: lower case letters and digits, without the blanks and underscores that a file's name may have", n)
			}
			if stems[n] {
				l.fail(d, p, "name %s stands twice", n)
			}
			stems[n] = true
		}
		for j, k := range m.Key {
			if m.Column(k) == nil {
				l.fail(d, fmt.Sprintf("%s.key[%d]", at, j), "key column %s isn't a column of %s", k, m.ID)
			}
		}
		if m.Holds != "" && !slices.Contains([]Holding{Children, Asylum, Episodes}, m.Holds) {
			l.fail(d, at+".holds", "module %s: holds %q: one of %s, %s, %s", m.ID, m.Holds, Children, Asylum, Episodes)
		}
		for _, k := range episodeColumns {
			if m.Holds == Episodes && m.Column(k) == nil {
				l.fail(d, at+".holds", "module %s: episodes need a column %s", m.ID, k)
			}
		}
		for j, x := range m.Derived {
			if !slices.Contains([]string{"UUID", "VARCHAR", "DATE", "SMALLINT", "INTEGER", "DOUBLE"}, x.Type) {
				l.fail(d, fmt.Sprintf("%s.derived[%d].type", at, j), "type %q isn't one that the lake keeps", x.Type)
			}
		}
	}
	s.datasets[ds.ID] = ds
	s.Datasets = append(s.Datasets, ds)
}

func (l *loader) column(s *Schema, d *document, m *Module, c *Column, at string) {
	if !identifier.MatchString(c.Name) {
		l.fail(d, at, "column %q: the name is letters, digits and underscores", c.Name)
	}
	if !slices.Contains(types, c.Type) {
		l.fail(d, at+".type", "column %s: type %q: one of %v", c.Name, c.Type, types)
	}
	if !slices.Contains(roles, c.Role) {
		l.fail(d, at+".role", "column %s: role %q: one of %v", c.Name, c.Role, roles[1:])
	}
	if mustRole[c.Type] && c.Role == "" {
		l.fail(d, at, "column %s: a column of type %s identifies somebody and needs a role", c.Name, c.Type)
	}
	if c.Type == Code && c.Codes == "" {
		l.fail(d, at, "column %s: a code needs codes, the id of its code set", c.Name)
	}
	if c.Codes != "" && s.codeSets[c.Codes] == nil {
		l.fail(d, at+".codes", "column %s: no code set %s", c.Name, c.Codes)
	}
	if (c.Type == Int || c.Type == Number) && c.Min >= c.Max {
		l.fail(d, at, "column %s: a number needs min below max", c.Name)
	}
	if c.Type == Int && (c.Min < math.MinInt32 || c.Max > math.MaxInt32) {
		l.fail(d, at, "column %s: a whole number lies from %d to %d", c.Name, math.MinInt32, math.MaxInt32)
	}
	if end := m.Column(c.Ends); c.Ends != "" && (c.Type != Date || end == nil || end.Type != Date) {
		l.fail(d, at+".ends", "column %s: ends %s: both are dates of the module", c.Name, c.Ends)
	}
	if c.RowIn != "" && c.Type != Flag {
		l.fail(d, at+".row_in", "column %s: row_in is of flags", c.Name)
	}
	if c.SameDay && c.Ends == "" {
		l.fail(d, at+".same_day", "column %s: same_day goes with ends", c.Name)
	}
	if (c.AfterYear || c.MayBeDOB) && c.Type != Date {
		l.fail(d, at, "column %s: after_year and may_be_dob are of dates", c.Name)
	}
	if c.Type == String {
		if c.Pattern == "" {
			l.fail(d, at, "column %s: a string needs a pattern, so that free text never passes", c.Name)
		} else if re, err := regexp.Compile(`^(?:` + c.Pattern + `)$`); err != nil {
			l.fail(d, at+".pattern", "column %s: %v", c.Name, err)
		} else if c.Role == "" {
			for _, x := range personal {
				if re.MatchString(x) {
					l.fail(d, at+".pattern", "column %s: the pattern lets %s through, and so what identifies a child; say more closely what the column has", c.Name, x)
					break
				}
			}
		}
	}
	if !slices.Contains([]string{"always", "sometimes", "never"}, c.Required) {
		l.fail(d, at+".required", "column %s: required %q: one of always, sometimes, never", c.Name, c.Required)
	}
}

func (l *loader) authorities(s *Schema, name string) {
	r := csv.NewReader(bytes.NewReader(l.files[name]))
	head, err := r.Read()
	want := []string{"old_la_code", "ons_code", "la_name", "region_code", "region_name", "la_type", "valid_from", "valid_to", "successor_ons_codes", "succession_note"}
	if err != nil || !slices.Equal(head, want) {
		l.problems = append(l.problems, fmt.Errorf("%s:1: the columns are %s", name, strings.Join(want, ",")))
		return
	}
	for {
		row, err := r.Read()
		if row == nil {
			break
		}
		line, _ := r.FieldPos(0)
		if err != nil {
			l.problems = append(l.problems, fmt.Errorf("%s: %w", name, err))
			return
		}
		a := Authority{OldCode: row[0], Code: row[1], Name: row[2], RegionCode: row[3], Region: row[4], Type: row[5],
			Successors: strings.Fields(row[8]), Note: row[9]}
		for i, t := range []*time.Time{&a.From, &a.To} {
			if v := row[6+i]; v != "" {
				if *t, err = time.Parse(time.DateOnly, v); err != nil {
					l.problems = append(l.problems, fmt.Errorf("%s:%d: column %s: %q isn't a date like 2009-01-31", name, line, want[6+i], v))
				}
			}
		}
		s.Authorities = append(s.Authorities, a)
	}
	for _, a := range s.Authorities {
		for _, c := range a.Successors {
			if _, ok := s.Authorities.Find(c); !ok {
				l.problems = append(l.problems, fmt.Errorf("%s: %s (%s): successor %s isn't in the list", name, a.Code, a.Name, c))
			}
		}
	}
}
