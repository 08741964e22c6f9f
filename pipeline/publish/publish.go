package publish

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"throughline/pipeline/duck"
	"throughline/schemas"
)

// Vintage names what is published.
type Vintage struct {
	ID                  string // of the snapshot, such as 2025-1a2b3c4d5e6f
	RunID               string // hash of all inputs of the run
	FirstYear, LastYear int    // collection years
	Demo                bool   // the children are invented
	Release             bool   // real data may leave although only the policy's rules protect it: somebody has said so
}

// Options say how to publish.
type Options struct {
	Policy   Policy
	Vintage  Vintage
	Datasets []*schemas.Dataset // whose rules were applied to what came: the trend of findings tells by them when a rule was in force
	Previous string             // publication.duckdb of the vintage before; empty: none
	Database duck.Options       // limits of DuckDB
}

// Validate names the field that can't be.
func (o Options) Validate() error {
	if o.Vintage.ID == "" {
		return errors.New("vintage: id is empty")
	}
	if o.Vintage.FirstYear > o.Vintage.LastYear || o.Vintage.FirstYear == 0 {
		return fmt.Errorf("vintage: years %d to %d", o.Vintage.FirstYear, o.Vintage.LastYear)
	}
	if err := o.Policy.Validate(); err != nil {
		return fmt.Errorf("policy: %w", err)
	}
	return nil
}

// disclosure says what protects the tables. Real data that nobody has let go yet say so first.
func (o Options) disclosure() string {
	if o.Vintage.Demo || o.Vintage.Release {
		return o.Policy.State
	}
	return o.Policy.NotReleased + " " + o.Policy.State
}

// Result counts what was published.
type Result struct {
	Tables int   // in publication.duckdb
	Rows   int64 // in all of them
	Hidden int64 // cells in suppression_log
}

// Publish makes publication.duckdb at out from the research database at research, which is only read. It works on a file beside
// out, and puts it in place in one step when everything in it is on disk. The same research database and options give the same
// tables.
func Publish(ctx context.Context, research, out string, o Options) (*Result, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	scratch := out + ".building"
	if err := clear(scratch); err != nil {
		return nil, err
	}
	db, err := duck.Open(scratch, o.Database)
	if err != nil {
		return nil, err
	}
	r, err := fill(ctx, db, research, o)
	if err == nil {
		err = db.Checkpoint(ctx)
	}
	if err = errors.Join(err, db.Close()); err != nil {
		return nil, errors.Join(err, clear(scratch))
	}
	if err := place(scratch, out); err != nil {
		return nil, err
	}
	return r, os.RemoveAll(scratch + ".tmp")
}

func clear(scratch string) error {
	for _, p := range []string{scratch, scratch + ".wal", scratch + ".tmp"} {
		if err := os.RemoveAll(p); err != nil {
			return err
		}
	}
	return nil
}

// place moves a finished file to its name, so that a reader sees all of it or nothing.
func place(from, to string) error {
	for _, step := range []func() error{
		func() error { return syncPath(from) },
		func() error { return os.Rename(from, to) },
		func() error { return syncPath(filepath.Dir(to)) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func fill(ctx context.Context, db *duck.DB, research string, o Options) (*Result, error) {
	if err := db.Exec(ctx, "attach "+duck.Literal(research)+" as research (read_only); attach ':memory:' as control"); err != nil {
		return nil, err
	}
	if err := loadPolicy(ctx, db, o); err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	if err := loadRules(ctx, db, o); err != nil {
		return nil, fmt.Errorf("rules: %w", err)
	}
	if err := loadPrevious(ctx, db, o.Previous); err != nil {
		return nil, fmt.Errorf("vintage before: %w", err)
	}
	models := make([]model, len(order))
	for i, name := range order {
		var err error
		if models[i], err = readModel(name); err != nil {
			return nil, err
		}
		if err := describe(ctx, db, models[i]); err != nil {
			return nil, err
		}
	}
	r := &Result{}
	for _, m := range models {
		if lay := before[m.name]; lay != nil {
			if err := lay(ctx, db); err != nil {
				return nil, fmt.Errorf("before sql/%s.sql: %w", m.name, err)
			}
		}
		if err := db.Exec(ctx, "create table "+m.table()+" as "+m.query); err != nil {
			return nil, fmt.Errorf("sql/%s.sql: %w", m.name, err)
		}
		if !m.keeps() {
			continue
		}
		n, err := finish(ctx, db, m)
		if err != nil {
			return nil, fmt.Errorf("sql/%s.sql: %w", m.name, err)
		}
		r.Tables++
		r.Rows += n
		if m.name == "suppression_log" {
			r.Hidden = n
		}
	}
	return r, db.Exec(ctx, "detach research; detach control")
}

// loadPolicy lays the rules where the models find them: tables in control, and functions for what charts have in common.
func loadPolicy(ctx context.Context, db *duck.DB, o Options) error {
	text, err := json.Marshal(o.Policy)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(text)
	s := []string{
		"create table control.level(geographic_level varchar, round_to bigint, hide_from bigint, hide_to bigint, stands_for bigint)",
		"create table control.kind(value_kind varchar, value_unit varchar, decimals integer, minimum bigint, counted boolean, scale double, zero_is_k boolean)",
		"create table control.exception(indicator_id varchar, geographic_level varchar)",
		"create table control.chart_hidden(output varchar, key varchar, time_period varchar, geographic_level varchar, area_code varchar, cell varchar, symbol varchar, rule varchar)",
		"create table control.described(table_name varchar, column_name varchar, type varchar, unit varchar, description varchar, source varchar)",
		fmt.Sprintf("create table control.run as select %s as vintage, %s as run_id, %d as first_year, %d as last_year, %t as demo, %s as disclosure, %d as policy_version, %s as policy_hash",
			duck.Literal(o.Vintage.ID), duck.Literal(o.Vintage.RunID), o.Vintage.FirstYear, o.Vintage.LastYear, o.Vintage.Demo,
			duck.Literal(o.disclosure()), o.Policy.Version, duck.Literal(hex.EncodeToString(sum[:]))),
	}
	for _, l := range o.Policy.Levels {
		hide := "null, null, null"
		if l.Hide != nil {
			hide = fmt.Sprintf("%d, %d, %d", l.Hide.From, l.Hide.To, l.Hide.StandsFor)
		}
		s = append(s, fmt.Sprintf("insert into control.level values (%s, %d, %s)", duck.Literal(l.Level), l.RoundTo, hide))
	}
	minimum := map[string]int{}
	for _, k := range o.Policy.Values {
		minimum[k.Kind] = k.Minimum
		s = append(s, fmt.Sprintf("insert into control.kind values (%s, %s, %d, %d, %t, %v, %t)", duck.Literal(k.Kind), duck.Literal(k.Unit), k.Decimals, k.Minimum, k.Counted, k.Scale, k.ZeroIsK))
	}
	for _, e := range o.Policy.Exceptions {
		for _, id := range e.Indicators {
			s = append(s, fmt.Sprintf("insert into control.exception values (%s, %s)", duck.Literal(id), duck.Literal(e.Level)))
		}
	}
	national := o.Policy.level("National").RoundTo
	hidden := "false"
	if h := o.Policy.level("Local authority").Hide; h != nil {
		hidden = fmt.Sprintf("coalesce(n between %d and %d, false)", h.From, h.To)
	}
	least := minimum["percentage"]
	s = append(s,
		fmt.Sprintf("create temp macro rounded(n) as cast((n + %d) // %d * %d as bigint)", national/2, national, national),
		"create temp macro half_up(n, d) as (200 * n + d) // (2 * d)",
		fmt.Sprintf("create temp macro share(n, d) as case when d >= %d and (n = 0 or half_up(n, d) > 0) then cast(half_up(n, d) as integer) end", least),
		fmt.Sprintf("create temp macro share_symbol(n, d) as case when n is null or d is null then 'x' when d = 0 then 'z' when d < %d then 'c' when n > 0 and half_up(n, d) = 0 then 'k' end", least),
		fmt.Sprintf("create temp macro curve_minimum() as %d", o.Policy.Curves.MinimumAtRisk),
		fmt.Sprintf("create temp macro quantile_minimum() as %d", minimum["quantile"]),
		"create temp macro hidden_count(n) as "+hidden,
		"create temp macro shown_count(n) as case when not hidden_count(n) then cast(n as bigint) end")
	return db.Exec(ctx, strings.Join(s, ";\n"))
}

// loadRules lays out what every rule was in each year of the vintage, by the ruleset that was applied to its returns.
func loadRules(ctx context.Context, db *duck.DB, o Options) error {
	var rows []string
	for _, d := range o.Datasets {
		for y := schemas.Year(o.Vintage.FirstYear); y <= schemas.Year(o.Vintage.LastYear); y++ {
			ruleset := d.Rulesets.Nearest(y)
			for _, r := range d.Rules {
				version := schemas.Year(0)
				for _, v := range r.Versions {
					if v.From <= ruleset {
						version = v.From
					}
				}
				rows = append(rows, fmt.Sprintf("(%s, %d, %s, %d, %t, %t, %d)", duck.Literal(d.ID), y, duck.Literal(r.Code), ruleset, r.In(ruleset),
					slices.Contains(r.Needs, "last_year"), version))
			}
		}
	}
	s := "create table control.rule_year(dataset varchar, year integer, rule varchar, ruleset integer, in_force boolean, needs_last_year boolean, version integer)"
	if len(rows) > 0 {
		s += "; insert into control.rule_year values " + strings.Join(rows, ", ")
	}
	return db.Exec(ctx, s)
}

func (p Policy) level(name string) Level {
	for _, l := range p.Levels {
		if l.Level == name {
			return l
		}
	}
	return Level{Level: name, RoundTo: 1}
}

func loadPrevious(ctx context.Context, db *duck.DB, path string) error {
	const columns = "indicator_id, measure, time_period, time_identifier, geographic_level, area_code, breakdown, category, value, symbol, vintage"
	if path == "" {
		m, err := readModel("indicator")
		if err != nil {
			return err
		}
		var typed []string
		for _, name := range strings.Split(columns, ", ") {
			for _, c := range m.columns {
				if c.name == name {
					typed = append(typed, name+" "+c.typ)
				}
			}
		}
		return db.Exec(ctx, "create table control.previous("+strings.Join(typed, ", ")+")")
	}
	return db.Exec(ctx, "attach "+duck.Literal(path)+" as previous (read_only); create table control.previous as select "+columns+
		" from previous.indicator; detach previous")
}

// describe notes what a model's header says, for the dictionary.
func describe(ctx context.Context, db *duck.DB, m model) error {
	if !m.keeps() {
		return nil
	}
	rows := []string{fmt.Sprintf("(%s, '', 'table', '', %s, %s)", duck.Literal(m.name), duck.Literal(m.grain), duck.Literal(m.source))}
	for _, c := range m.columns {
		rows = append(rows, fmt.Sprintf("(%s, %s, %s, %s, %s, %s)", duck.Literal(m.name), duck.Literal(c.name), duck.Literal(c.typ),
			duck.Literal(c.unit), duck.Literal(c.description), duck.Literal(m.source)))
	}
	return db.Exec(ctx, "insert into control.described values "+strings.Join(rows, ", "))
}

// finish holds a table to its header, comments it, and notes what charts hide. It gives the number of rows.
func finish(ctx context.Context, db *duck.DB, m model) (int64, error) {
	got, err := db.Describe(ctx, "main", m.name)
	if err != nil {
		return 0, err
	}
	for i, c := range m.columns {
		if i >= len(got) || got[i].Name != c.name || got[i].Type != c.typ {
			return 0, fmt.Errorf("column %d is not %s %s as the header says", i+1, c.name, c.typ)
		}
	}
	if len(got) != len(m.columns) {
		return 0, fmt.Errorf("%d columns, the header has %d", len(got), len(m.columns))
	}
	key := strings.Join(m.unique, ", ")
	var n, repeated int64
	if err := db.Row(ctx, fmt.Sprintf("select (select count(*) from %[1]s), (select count(*) from (select 1 from %[1]s group by %[2]s having count(*) > 1))", m.name, key), &n, &repeated); err != nil {
		return 0, err
	}
	if repeated > 0 {
		return 0, fmt.Errorf("%d keys stand more than once; a row is named by %s", repeated, key)
	}
	s := []string{"comment on table " + m.name + " is " + duck.Literal(upper(m.grain)+". Source: "+m.source+".")}
	for _, c := range m.columns {
		text := upper(c.description)
		if c.unit != "" {
			text += ". Unit: " + c.unit
		}
		s = append(s, fmt.Sprintf("comment on column %s.%s is %s", m.name, duck.Quote(c.name), duck.Literal(text+". Source: "+m.source+".")))
	}
	if strings.HasPrefix(m.name, "chart_") && m.has("symbol") {
		s = append(s, hiddenRows(m, "'National'", "'E92000001'"))
	}
	if strings.HasPrefix(m.name, "return_") {
		s = append(s, hiddenRows(m, "'Local authority'", "la"))
	}
	return n, db.Exec(ctx, strings.Join(s, ";\n"))
}

// hiddenRows notes each row of a table whose symbol says that something is hidden.
func hiddenRows(m model, level, area string) string {
	period := "null"
	if m.has("year") {
		period = "cast(year as varchar)"
	}
	return fmt.Sprintf(`insert into control.chart_hidden select %s, concat_ws('/', %s), %s, %s, %s, 'value', symbol, case symbol when 'c' then 'base' else 'rounds_to_zero' end
		from %s where symbol in ('c', 'k')`, duck.Literal(m.name), strings.Join(m.unique, ", "), period, level, area, m.name)
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
