package spec

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"throughline/linkage"
	"throughline/schemas"
)

// Spec describes rows of any kind and how they are linked.
type Spec struct {
	Title     string     `yaml:"title" must:"yes" does:"what is linked, in a few words: the title of the report"`
	Does      string     `yaml:"does" does:"what the data are and what is done with them, in sentences"`
	Tokens    bool       `yaml:"tokens" does:"keep no value: each is replaced by a keyed token as it is read, so that values can agree or not, and nothing else"`
	Lineage   string     `yaml:"lineage" does:"authorities: the holders are local authorities by ONS code, and those that succeeded one another are of one lineage; default: no holder succeeds another"`
	Inputs    []Input    `yaml:"inputs" must:"yes" does:"files; records of the first define who there is, those of the others are attached to them by passes that attach and by the score; a constraint of kind beside keeps two of one delivery apart"`
	Subgroups []Subgroup `yaml:"subgroups" does:"of whom quality is told apart where the truth is known"`

	linkage.Rules `yaml:",inline"`

	name string
	text []byte
	tree *ast.File
}

// Input is one file.
type Input struct {
	Name      string   `yaml:"name" must:"yes" does:"what the input is called in reports and in --input NAME=PATH"`
	Path      string   `yaml:"path" must:"unless --input" does:"CSV or Parquet, from the spec's folder on; --input replaces it"`
	Delimiter string   `yaml:"delimiter" does:"what stands between the fields of a CSV; default: a comma, or a tab in a .tsv"`
	ID        string   `yaml:"id" must:"yes" does:"column that names each row; it need not be unique"`
	Entity    []string `yaml:"entity" does:"columns: rows that agree on all of them, small letters and outer blanks aside, are one record; default: the id as it stands"`
	Holder    string   `yaml:"holder" does:"column of who sent the row, for the terms holder and lineage and for constraints; default: the input as a whole"`
	Year      string   `yaml:"year" does:"column of the collection year in which the row was sent; default: years are not known"`
	Truth     string   `yaml:"truth" does:"column of whose record the row is, if that is known; it is used for the report alone, and may be missing from the file"`
	Columns   []Column `yaml:"columns" must:"yes" does:"what is compared"`
}

// Column is a column that is compared.
type Column struct {
	Column    string              `yaml:"column" must:"yes" does:"its name in the file"`
	As        string              `yaml:"as" must:"unless asylum" does:"kind: what it holds; see the table of kinds"`
	Field     string              `yaml:"field" does:"its name in rules. Parts are FIELD_PART; default: the column's"`
	Domain    string              `yaml:"domain" does:"fields of one domain can be compared with each other; default: the field alone"`
	Normalise []string            `yaml:"normalise" does:"normalisers, in order; default: the kind's"`
	Format    string              `yaml:"format" does:"for date: how it is written; see the table of formats; default: iso"`
	Missing   []string            `yaml:"missing" does:"values that mean that there is none, after normalising"`
	Values    []string            `yaml:"values" does:"the only usable values, after normalising; default: all"`
	Heaped    []string            `yaml:"heaped" does:"for date: days of a year (01-01) or of a month (15) that usually stand for a day that isn't known: parts that hold the day are left out"`
	Codes     string              `yaml:"codes" does:"for code: a code set of the schemas, such as ETHNIC: other values are missing, and groups are the set's"`
	Groups    map[string][]string `yaml:"groups" does:"for code: values by the group that they are in"`
	Asylum    string              `yaml:"asylum" does:"the value that says that the row is of an unaccompanied asylum-seeking child, whose date of birth may be set anew; with this alone the column needs no kind"`

	kind *Kind
}

// Subgroup splits records into groups.
type Subgroup struct {
	Name   string `yaml:"name" does:"name in reports; default: the column's"`
	Column string `yaml:"column" must:"yes" does:"column of the inputs; an input that lacks it is of no group"`
	Ages   []int  `yaml:"ages" does:"for a date of birth: the years of age at which bands begin; age is that of the record's first year"`
	Any    string `yaml:"any" does:"records of which any row has this value, and the others, in place of a group for each value, 30 at most"`
}

// lineageAuthorities is the one kind of lineage.
const lineageAuthorities = "authorities"

// Parse reads a spec and refuses what it does not know or could not follow, with its line. The name goes before what is wrong.
func Parse(name string, text []byte, schema *schemas.Schema) (*Spec, error) {
	s := &Spec{name: name, text: text}
	tree, err := parser.ParseBytes(text, 0)
	if err == nil {
		s.tree = tree
		err = yaml.NewDecoder(bytes.NewReader(text), yaml.Strict(), yaml.DisallowUnknownField()).Decode(s)
	}
	if err != nil {
		var y yaml.Error
		if errors.As(err, &y) && y.GetToken() != nil {
			return nil, fmt.Errorf("%s:%d: %s\nhint: docs/linkage-spec.md lists all that a spec may say", name, y.GetToken().Position.Line, y.GetMessage())
		}
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return s, s.check(schema)
}

// mistakes gathers what is wrong with a spec.
type mistakes struct {
	s    *Spec
	errs []error
}

// add notes a mistake at a YAML path, or at the nearest part of it that is there.
func (m *mistakes) add(at, format string, a ...any) {
	m.errs = append(m.errs, fmt.Errorf("%s:%d: %s", m.s.name, m.s.line(at), fmt.Sprintf(format, a...)))
}

// line is where a YAML path stands, or the nearest part of it; 1 when none does.
func (s *Spec) line(at string) int {
	for p := at; p != "" && p != "$"; p = p[:max(strings.LastIndexAny(p, ".["), 0)] {
		if path, err := yaml.PathString(p); err == nil {
			if n, err := path.FilterFile(s.tree); err == nil && n != nil {
				return n.GetToken().Position.Line
			}
		}
	}
	return 1
}

func (s *Spec) check(schema *schemas.Schema) error {
	m := &mistakes{s: s}
	if s.Title == "" {
		m.add("$.title", "title is empty")
	}
	if s.Lineage != "" && s.Lineage != lineageAuthorities {
		m.add("$.lineage", "lineage %q isn't %s, nor empty", s.Lineage, lineageAuthorities)
	}
	if len(s.Inputs) == 0 {
		m.add("$.inputs", "no inputs\nhint: name at least one file with its id and columns")
	}
	names := map[string]bool{}
	for i := range s.Inputs {
		in := &s.Inputs[i]
		at := fmt.Sprintf("$.inputs[%d]", i)
		if in.Name == "" || names[in.Name] {
			m.add(at+".name", "an input's name is empty or used twice")
		}
		names[in.Name] = true
		if in.ID == "" {
			m.add(at+".id", "input %s: no id\nhint: name the column that tells rows apart", in.Name)
		}
		if len(in.Delimiter) > 1 {
			m.add(at+".delimiter", "delimiter %q isn't one character", in.Delimiter)
		}
		if len(in.Columns) == 0 {
			m.add(at+".columns", "input %s: no columns", in.Name)
		}
		fields := map[string]bool{}
		for j := range in.Columns {
			c := &in.Columns[j]
			m.column(fmt.Sprintf("%s.columns[%d]", at, j), c, schema)
			if c.kind != nil && fields[c.Field] {
				m.add(fmt.Sprintf("%s.columns[%d]", at, j), "field %q stands twice in one input\nhint: give one of them another field and the same domain", c.Field)
			}
			fields[c.Field] = true
		}
	}
	if len(m.errs) == 0 {
		m.sameFields()
	}
	for i := range s.Subgroups {
		g := &s.Subgroups[i]
		at := fmt.Sprintf("$.subgroups[%d]", i)
		g.Name = cmp.Or(g.Name, g.Column)
		switch {
		case g.Column == "":
			m.add(at, "a subgroup needs a column")
		case len(g.Ages) > 0 && g.Any != "":
			m.add(at, "subgroup %s has both ages and any", g.Name)
		case len(g.Ages) > 0 && (!slices.IsSorted(g.Ages) || g.Ages[0] < 1):
			m.add(at+".ages", "ages must rise from 1 or more")
		}
	}
	if len(m.errs) == 0 {
		m.rules()
	}
	return errors.Join(m.errs...)
}

func (m *mistakes) column(at string, c *Column, schema *schemas.Schema) {
	c.Field = cmp.Or(c.Field, c.Column)
	c.Domain = cmp.Or(c.Domain, c.Field)
	if c.Column == "" {
		m.add(at, "a column needs a name")
	}
	if c.As == "" && c.Asylum != "" {
		return
	}
	if c.kind = kindOf(c.As); c.kind == nil {
		var all []string
		for _, k := range Kinds {
			all = append(all, k.ID)
		}
		m.add(at+".as", "column %s: no kind %q\nhint: kinds are %s", c.Column, c.As, strings.Join(all, ", "))
		return
	}
	for i, n := range c.Normalise {
		if normaliserOf(n) == nil {
			var all []string
			for _, x := range Normalisers {
				all = append(all, x.ID)
			}
			m.add(fmt.Sprintf("%s.normalise[%d]", at, i), "column %s: no normaliser %q\nhint: there are %s", c.Column, n, strings.Join(all, ", "))
		}
	}
	only := func(key string, given bool, kind string) {
		if given && c.As != kind {
			m.add(at+"."+key, "column %s: %s is for kind %s alone", c.Column, key, kind)
		}
	}
	only("format", c.Format != "", "date")
	only("heaped", len(c.Heaped) > 0, "date")
	only("codes", c.Codes != "", "code")
	only("groups", len(c.Groups) > 0, "code")
	if c.Format != "" && layoutOf(c.Format) == "" {
		m.add(at+".format", "column %s: no format %q", c.Column, c.Format)
	}
	for i, h := range c.Heaped {
		if !heapedDay.MatchString(h) {
			m.add(fmt.Sprintf("%s.heaped[%d]", at, i), "column %s: %q isn't a day such as 15 or 01-01", c.Column, h)
		}
	}
	if c.Codes != "" && len(c.Groups) > 0 {
		m.add(at+".groups", "column %s: codes has groups of its own", c.Column)
	}
	if c.Codes != "" && schema.CodeSet(c.Codes) == nil {
		m.add(at+".codes", "column %s: no code set %q\nhint: 'throughline codes' lists them", c.Column, c.Codes)
	}
}

var heapedDay = regexp.MustCompile(`^([0-9]{2}-)?[0-9]{2}$`)

// sameFields sees to it that a field means the same in every input.
func (m *mistakes) sameFields() {
	seen := map[string]*Column{}
	for i := range m.s.Inputs {
		for j := range m.s.Inputs[i].Columns {
			c := &m.s.Inputs[i].Columns[j]
			if c.kind == nil {
				continue
			}
			if was := seen[c.Field]; was != nil && (was.As != c.As || was.Domain != c.Domain) {
				m.add(fmt.Sprintf("$.inputs[%d].columns[%d]", i, j), "field %s is of kind %s and domain %s here, of %s and %s above", c.Field, c.As, c.Domain, was.As, was.Domain)
			}
			seen[c.Field] = c
		}
	}
}

// place finds what a mistake in the rules is about: the words with which linkage begins it.
var place = regexp.MustCompile(`^([a-z_]+)(\[[0-9]+\])?`)

func (m *mistakes) rules() {
	r := &m.s.Rules
	err := r.Validate(m.s.fields(true))
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		for _, e := range joined.Unwrap() {
			p := place.FindStringSubmatch(e.Error())
			at := "$"
			if p != nil {
				at = "$." + p[1] + p[2]
			}
			m.add(at, "%v", e)
		}
	}
	if !m.s.Tokens {
		return
	}
	for i, c := range r.Comparisons {
		for j, l := range c.Levels {
			if l.Similar != nil && l.Similar.Measure != "overlap" {
				m.add(fmt.Sprintf("$.comparisons[%d].levels[%d]", i, j), "comparison %s: %s needs values, and the spec says tokens: true\nhint: compare parts that agree, such as a soundex, or say tokens: false",
					c.ID, l.Similar.Measure)
			}
		}
	}
}

// names are all that the rules say in words, the names of fields that they speak of among them.
func (s *Spec) names() map[string]bool {
	out := map[string]bool{}
	var walk func(v reflect.Value)
	walk = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.String:
			out[v.String()] = true
		case reflect.Struct:
			for i := range v.NumField() {
				walk(v.Field(i))
			}
		case reflect.Slice:
			for i := range v.Len() {
				walk(v.Index(i))
			}
		case reflect.Map:
			for _, k := range v.MapKeys() {
				walk(v.MapIndex(k))
			}
		case reflect.Pointer:
			if !v.IsNil() {
				walk(v.Elem())
			}
		}
	}
	walk(reflect.ValueOf(s.Rules))
	return out
}

// fields are what records have: all that columns could give, or only what the rules speak of.
func (s *Spec) fields(all bool) (out []linkage.Field) {
	wanted := s.names()
	seen := map[string]bool{}
	for i := range s.Inputs {
		for j := range s.Inputs[i].Columns {
			c := &s.Inputs[i].Columns[j]
			if c.kind == nil || seen[c.Field] {
				continue
			}
			seen[c.Field] = true
			var parts []linkage.Field
			for _, p := range c.kind.Parts {
				f := linkage.Field{Name: c.Field + "_" + p.ID, Domain: c.Domain + "_" + p.ID, From: c.Field, Part: p.ID}
				if p.Same {
					f.Domain = c.Domain
				}
				if all || wanted[f.Name] {
					parts = append(parts, f)
				}
			}
			if all || wanted[c.Field] || len(parts) > 0 {
				out = append(append(out, linkage.Field{Name: c.Field, Domain: c.Domain}), parts...)
			}
			if n := c.kind.Second; n != "" && (all || wanted[c.Field+"_"+n]) {
				out = append(out, linkage.Field{Name: c.Field + "_" + n, Domain: c.Domain + "_" + n})
			}
		}
	}
	return out
}

// Hash is the hash of the spec's text, in hex.
func (s *Spec) Hash() string {
	sum := sha256.Sum256(s.text)
	return hex.EncodeToString(sum[:])
}

// Successions are what the schemas say of holders that succeeded one another; nil unless the spec asks for them.
func (s *Spec) Successions(schema *schemas.Schema) []linkage.Succession {
	if s.Lineage != lineageAuthorities {
		return nil
	}
	return Authorities(schema)
}

// Authorities are the successions of local authorities.
func Authorities(schema *schemas.Schema) (out []linkage.Succession) {
	for _, a := range schema.Authorities {
		if len(a.Successors) > 0 && !a.To.IsZero() {
			out = append(out, linkage.Succession{Old: a.Code, New: a.Successors, Year: a.To.Year() + 1})
		}
	}
	return out
}

// groups are the groups of a code column's values, and whether other values are usable.
func (c *Column) groupsOf(schema *schemas.Schema) (of map[string]string, others bool) {
	of = map[string]string{}
	if c.Codes != "" {
		for _, x := range schema.CodeSet(c.Codes).Codes {
			of[x.Code] = x.Group
		}
		return of, false
	}
	for _, g := range slices.Sorted(maps.Keys(c.Groups)) {
		for _, v := range c.Groups[g] {
			of[v] = g
		}
	}
	return of, true
}
