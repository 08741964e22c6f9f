package models

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
)

//go:embed sql/*.sql sql/shape/*.sql sql/shape/part/*.sql sql/references.yaml
var files embed.FS

// Model is one SQL file: a table of the research database and what is known about it.
type Model struct {
	Name    string   // of file and table
	Grain   string   // what one row is
	Inputs  []string // tables it reads: a model's name, or schema.table of what Prepare lays out
	Shape   string   // of an indicator: the file in sql/shape that turns its facts into figures; empty for all else
	Columns []Column // in the table's order
	Checks  []string // unique(a, b), or a condition that no row may fail
	Refers  []string // tables whose whole key it holds, and that have a row for it
	Source  string   // where the definition is from
	SQL     string   // the query, without the header; of an indicator with its shape around it
	Text    string   // the whole file, and its shape's
}

// Column is a column of a model.
type Column struct {
	Name        string
	Type        string // in DuckDB's words
	Description string
}

// List is every model, each after those it reads.
func List() ([]*Model, error) { return list() }

var list = sync.OnceValues(func() ([]*Model, error) { return load(files) })

// Key are the columns that tell rows apart: those of the first unique check. A table that has none has no key.
func (m *Model) Key() []string {
	for _, c := range m.Checks {
		if cols, ok := strings.CutPrefix(c, "unique("); ok {
			return split(strings.TrimSuffix(cols, ")"), ",")
		}
	}
	return nil
}

// Show is the file of one model, header and query.
func Show(name string) (string, error) {
	all, err := List()
	if err != nil {
		return "", err
	}
	for _, m := range all {
		if m.Name == name {
			return m.Text, nil
		}
	}
	return "", fmt.Errorf("no model %q", name)
}

func load(fsys fs.FS) ([]*Model, error) {
	names, err := fs.Glob(fsys, "sql/*.sql")
	if err != nil {
		return nil, err
	}
	shapes, err := loadShapes(fsys)
	if err != nil {
		return nil, err
	}
	byName := map[string]*Model{}
	for _, n := range names {
		b, err := fs.ReadFile(fsys, n)
		if err != nil {
			return nil, err
		}
		m, err := parse(n, string(b))
		if err != nil {
			return nil, err
		}
		if m.Shape != "" {
			s := shapes[m.Shape]
			if s == nil {
				return nil, fmt.Errorf("%s:1: no shape %q in sql/shape", n, m.Shape)
			}
			if err := m.take(s); err != nil {
				return nil, fmt.Errorf("%s:1: %w", n, err)
			}
		}
		byName[m.Name] = m
	}
	var ordered []*Model
	const seen, done = 1, 2
	state := map[string]int{}
	var visit func(m *Model) error
	visit = func(m *Model) error {
		switch state[m.Name] {
		case done:
			return nil
		case seen:
			return fmt.Errorf("sql/%s.sql: it reads itself by way of its inputs", m.Name)
		}
		state[m.Name] = seen
		inputs := slices.Clone(m.Inputs)
		for _, in := range m.Inputs {
			if name, ok := strings.CutPrefix(in, "computed."); ok && computed[name].make == nil {
				return fmt.Errorf("sql/%s.sql: nothing computes %q", m.Name, name)
			} else if ok {
				inputs = append(inputs, computed[name].reads...)
			}
		}
		for _, in := range inputs {
			if strings.Contains(in, ".") {
				continue
			}
			from := byName[in]
			if from == nil {
				return fmt.Errorf("sql/%s.sql: no model %q to read", m.Name, in)
			}
			if err := visit(from); err != nil {
				return err
			}
		}
		state[m.Name] = done
		ordered = append(ordered, m)
		return nil
	}
	for _, n := range names {
		if err := visit(byName[strings.TrimSuffix(path.Base(n), ".sql")]); err != nil {
			return nil, err
		}
	}
	return ordered, refer(fsys, byName)
}

// refer gives every model its references.
func refer(fsys fs.FS, byName map[string]*Model) error {
	const name = "sql/references.yaml"
	b, err := fs.ReadFile(fsys, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // nothing refers to anything
	} else if err != nil {
		return err
	}
	var holders map[string][]string // by the table that they refer to
	if err := yaml.UnmarshalWithOptions(b, &holders, yaml.Strict()); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for _, target := range slices.Sorted(maps.Keys(holders)) {
		if byName[target] == nil || byName[target].Key() == nil {
			return fmt.Errorf("%s: %s is no model with a key: a unique check", name, target)
		}
		for _, h := range holders[target] {
			m := byName[h]
			if m == nil {
				return fmt.Errorf("%s: %s: no model %q", name, target, h)
			}
			for _, k := range byName[target].Key() {
				if !slices.ContainsFunc(m.Columns, func(c Column) bool { return c.Name == k }) {
					return fmt.Errorf("%s: %s has no column %s, which is of the key of %s", name, h, k, target)
				}
			}
			if slices.Contains(m.Refers, target) {
				return fmt.Errorf("%s: %s refers to %s twice", name, h, target)
			}
			m.Refers = append(m.Refers, target)
		}
	}
	return nil
}

func loadShapes(fsys fs.FS) (map[string]*Model, error) {
	names, err := fs.Glob(fsys, "sql/shape/*.sql")
	if err != nil {
		return nil, err
	}
	shapes := map[string]*Model{}
	for _, n := range names {
		b, err := fs.ReadFile(fsys, n)
		if err != nil {
			return nil, err
		}
		s, err := parse(n, string(b))
		if err != nil {
			return nil, err
		}
		whole, err := withParts(fsys, s.SQL)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", n, err)
		}
		s.Text = strings.Replace(s.Text, s.SQL, whole, 1)
		s.SQL = whole
		shapes[s.Name] = s
	}
	return shapes, nil
}

var partLine = regexp.MustCompile(`(?m)^@(\w+),$`)

// withParts puts the common table expressions of sql/shape/part/NAME.sql in the place of each line @NAME: what several shapes begin with.
func withParts(fsys fs.FS, sql string) (string, error) {
	var errs []error
	whole := partLine.ReplaceAllStringFunc(sql, func(line string) string {
		b, err := fs.ReadFile(fsys, "sql/shape/part/"+strings.Trim(line, "@,")+".sql")
		errs = append(errs, err)
		return strings.TrimRight(string(b), "\n") + ","
	})
	return whole, errors.Join(errs...)
}

// take lays a shape around an indicator's facts: the model becomes the shape's table, with the indicator's own words where it has any.
// A fact may leave out columns that its shape can do without.
func (m *Model) take(s *Model) error {
	id, _, _ := strings.Cut(strings.TrimPrefix(m.Name, "ind_"), "_") // ind_rec10_km is of REC10 too
	id = strings.ToUpper(id)
	columns := slices.Clone(s.Columns)
	for _, c := range m.Columns {
		at := slices.IndexFunc(columns, func(o Column) bool { return o.Name == c.Name })
		if at < 0 || columns[at].Type != c.Type {
			return fmt.Errorf("column %s %s isn't one that shape %s gives", c.Name, c.Type, s.Name)
		}
		columns[at] = c
	}
	m.Columns = columns
	m.Checks = append(slices.Clone(s.Checks), m.Checks...)
	for _, in := range s.Inputs {
		if !slices.Contains(m.Inputs, in) {
			m.Inputs = append(m.Inputs, in)
		}
	}
	m.Grain = s.Grain + "; " + m.Grain
	m.Text = strings.TrimRight(m.Text, "\n") + "\n\n" + s.Text
	m.SQL = "with\nfact as materialized (\nselect * from (\n" + m.SQL + "\n)\nunion all by name select " + factColumns + " where false\n),\n" +
		strings.ReplaceAll(strings.TrimPrefix(s.SQL, "with\n"), "$indicator", "'"+id+"'")
	return nil
}

// factColumns are those that a fact may leave out, as NULL.
const factColumns = "null::varchar as measure, null::varchar as person_id, null::bigint as coverage_numerator, null::bigint as coverage_denominator, " +
	"null::varchar as event, null::integer as entered, null::struct(breakdown varchar, category varchar)[] as more"

// headings are the parts of a header, in the order in which they stand; only indicators have a shape.
var headings = []string{"model", "grain", "inputs", "shape", "columns", "checks", "source"}

var (
	heading    = regexp.MustCompile(`^-- ([a-z]+): *(.*)$`)
	columnLine = regexp.MustCompile(`^--   (\w+) +(\S+) +(\S.*)$`)
)

// parse reads a model's file. A mistake comes back with file and line.
func parse(name, text string) (*Model, error) {
	m := &Model{Text: text}
	fail := func(line int, format string, args ...any) (*Model, error) {
		return nil, fmt.Errorf("%s:%d: %s", name, line, fmt.Sprintf(format, args...))
	}
	parts := map[string]string{}
	current := -1
	lines := strings.Split(text, "\n")
	end := len(lines)
	for i, l := range lines {
		if !strings.HasPrefix(l, "--") {
			end = i
			break
		}
		if h := heading.FindStringSubmatch(l); h != nil {
			if headings[min(current+1, len(headings)-1)] == "shape" && h[1] != "shape" {
				current++
			}
			if current+1 >= len(headings) || headings[current+1] != h[1] {
				return fail(i+1, "heading %q is unknown or out of order: %s", h[1], strings.Join(headings, ", "))
			}
			current++
			parts[h[1]] = strings.TrimSpace(h[2])
			continue
		}
		switch {
		case current < 0:
			return fail(i+1, "a header begins with its model")
		case headings[current] == "columns":
			c := columnLine.FindStringSubmatch(l)
			if c == nil {
				return fail(i+1, "a column is its name, type and description")
			}
			m.Columns = append(m.Columns, Column{Name: c[1], Type: c[2], Description: strings.TrimSpace(c[3])})
		default:
			parts[headings[current]] += " " + strings.TrimSpace(strings.TrimPrefix(l, "--"))
		}
	}
	if current != len(headings)-1 {
		return fail(end, "the header ends before its %s", headings[current+1])
	}
	m.Name, m.Grain, m.Shape, m.Source = parts["model"], parts["grain"], parts["shape"], parts["source"]
	if want := strings.TrimSuffix(path.Base(name), ".sql"); m.Name != want {
		return fail(1, "model %q in the file of %q", m.Name, want)
	}
	if m.Grain == "" || m.Source == "" || len(m.Columns) == 0 && m.Shape == "" {
		return fail(1, "grain, columns and source are never empty")
	}
	for i, c := range m.Columns {
		if slices.ContainsFunc(m.Columns[:i], func(o Column) bool { return o.Name == c.Name }) {
			return fail(1, "column %s stands twice", c.Name)
		}
	}
	m.Inputs = split(parts["inputs"], ",")
	m.Checks = split(parts["checks"], ";")
	m.SQL = strings.TrimSpace(strings.Join(lines[end:], "\n"))
	if m.SQL == "" {
		return fail(end, "no query after the header")
	}
	return m, nil
}

func split(s, by string) []string {
	var out []string
	for _, p := range strings.Split(s, by) {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}
