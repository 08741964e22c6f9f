package publish

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"throughline/pipeline/duck"
	"throughline/pipeline/report"
)

var keep = flag.String("keep", "", "also write the report of the fixture to this file, to look at it")

// invented makes the research database of testdata/research.sql and testdata/areas.sql.
func invented(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "research.duckdb")
	db, err := duck.Open(path, duck.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"testdata/research.sql", "testdata/areas.sql"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Exec(t.Context(), string(text)); err != nil {
			t.Fatal(name, err)
		}
	}
	if err := db.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func options(t *testing.T) Options {
	t.Helper()
	p, err := DefaultPolicy()
	if err != nil {
		t.Fatal(err)
	}
	return Options{Policy: p, Datasets: datasets, Vintage: Vintage{ID: "2025-test", RunID: "0123", FirstYear: 2016, LastYear: 2025, Demo: true}}
}

// publishTo publishes research and opens what came of it.
func publishTo(t *testing.T, research, out string, o Options) (*Result, *duck.DB) {
	t.Helper()
	r, err := Publish(t.Context(), research, out, o)
	if err != nil {
		t.Fatal(err)
	}
	db, err := duck.OpenReadOnlyLocked(out, duck.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() }) // only read from
	return r, db
}

// all is a query's rows, each as its values joined by bars.
func all(t *testing.T, db *duck.DB, query string) []string {
	t.Helper()
	rows, err := db.Query(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for rows.Next() {
		var cells []string
		for _, v := range rows.Values() {
			cells = append(cells, duck.Text(v))
		}
		out = append(out, strings.Join(cells, "|"))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if err := rows.Close(); err != nil {
		t.Fatal(err)
	}
	return out
}

func one(t *testing.T, db *duck.DB, query string) string {
	t.Helper()
	rows := all(t, db, query)
	if len(rows) != 1 {
		t.Fatalf("%d rows, want 1: %s", len(rows), query)
	}
	return rows[0]
}

func TestPublish(t *testing.T) {
	research, dir := invented(t), t.TempDir()
	out := filepath.Join(dir, "publication.duckdb")
	result, db := publishTo(t, research, out, options(t))
	if result.Tables != len(order)-len(working) || result.Hidden == 0 || result.Rows == 0 {
		t.Errorf("result is %+v", result)
	}
	if left, _ := filepath.Glob(out + ".*"); len(left) > 0 {
		t.Errorf("left beside the database: %v", left)
	}
	t.Run("cells", func(t *testing.T) { cells(t, db) })
	t.Run("charts", func(t *testing.T) { chartCells(t, db) })
	t.Run("comments and dictionary", func(t *testing.T) { dictionary(t, db) })
	t.Run("log", func(t *testing.T) { hiddenLog(t, db) })
	t.Run("again", func(t *testing.T) { again(t, research, dir, db) })
	t.Run("revision", func(t *testing.T) { revised(t, research, out, dir) })
	t.Run("report", func(t *testing.T) { page(t, out) })
}

// cells holds the rules of control on the fixture's cells, one a year.
func cells(t *testing.T, db *duck.DB) {
	cases := []struct{ name, id, level, year, want string }{
		{"an authority's count of 1 is hidden, its denominator isn't", "REC01", "Local authority", "2001", "|8||100|c"},
		{"a count of 6 is shown, half of a per cent rounds up", "REC01", "Local authority", "2002", "6|48|13|96|"},
		{"a count of 5 is hidden", "REC01", "Local authority", "2003", "|8||100|c"},
		{"a share of a hidden denominator is hidden", "REC01", "Local authority", "2004", "||||c"},
		{"a true 0 is shown", "REC01", "Local authority", "2005", "0|100|0|100|"},
		{"more than nothing that rounds to 0 is k, its count is shown", "REC01", "Local authority", "2006", "6|2000||100|k"},
		{"nobody to count is z", "REC01", "Local authority", "2007", "0|0|||z"},
		{"not available is x", "REC01", "Local authority", "2008", "||||x"},
		{"14.5 per cent rounds up", "REC01", "Local authority", "2009", "29|200|15|100|"},
		{"0.5 per cent rounds up to 1", "REC01", "Local authority", "2010", "10|2000|1|100|"},
		{"England's counts round to 10; 3 of 4,000 is k", "REC01", "National", "2001", "0|4000||100|k"},
		{"a count of 15 rounds to 20, its share comes from 15 of 24", "REC01", "National", "2002", "20|20|63|100|"},
		{"exactly half of a per cent rounds up", "REC01", "National", "2003", "10|1000|1|100|"},
		{"a share of fewer than 6 children isn't shown for England either", "REC01", "National", "2004", "|10||100|c"},
		{"51.25 rounds down", "REC01", "National", "2005", "1030|2000|51|51|"},
		{"a true 0 of many", "REC01", "National", "2006", "0|2000|0|100|"},
		{"a region is as England", "REC01", "Regional", "2001", "10|100|15|100|"},
		{"many sessions of 2 children are hidden, and how many they are", "EDU03", "Local authority", "2001", "||||c"},
		{"and of 5 in England with 9 to know of", "EDU03", "National", "2001", "|||56|c"},
		{"days in care of one child are hidden, and that there was no event", "STA07", "Local authority", "2001", "||||c"},
		{"and of 4 children of whom nothing is known", "STA07", "Local authority", "2002", "||||c"},
		{"kappa of a two by two with a hidden part is hidden, since its interval would give that away", "WEL05", "Local authority", "2001", "|60||100|c"},
		{"kappa of larger parts is shown", "WEL05", "Local authority", "2002", "6|60|0.1|100|"},
		{"and for England", "WEL05", "National", "2001", "0|60|0.05|100|"},
		{"days of many children are shown", "STA07", "Local authority", "2003", "12|4000|3|100|"},
		{"a mean has one decimal, rounded half away from 0, and no numerator", "REC04", "Local authority", "2001", "|8|-12.3|80|"},
		{"a mean over 4 children is hidden", "REC04", "Local authority", "2002", "||||c"},
		{"a mean of 0.05 rounds up to 0.1", "REC04", "Local authority", "2003", "|60|0.1|75|"},
		{"a mean of less than nothing", "REC04", "National", "2001", "|1000|-0.1|50|"},
		{"tables of care leavers show counts of 1 to 5", "LEA01", "Local authority", "2001", "2|3|67|100|"},
		{"and k all the same", "LEA01", "Local authority", "2002", "1|300||100|k"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := one(t, db, "select numerator, denominator, value, coverage, symbol from indicator where indicator_id = '"+c.id+"' and geographic_level = '"+c.level+"' and time_period = '"+c.year+"' and category = 'Total'")
			if got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
	if n := one(t, db, "select count(*) from indicator where (value is null) <> (symbol is not null)"); n != "0" {
		t.Errorf("%s rows have both a value and a symbol, or neither", n)
	}
	if n := one(t, db, "select count(*) from indicator where geographic_level <> 'Local authority' and (numerator % 10 <> 0 or denominator % 10 <> 0)"); n != "0" {
		t.Errorf("%s rows of England and regions aren't rounded", n)
	}
}

func chartCells(t *testing.T, db *duck.DB) {
	cases := []struct{ name, query, want string }{
		{"a type of placement with 3 children is k", "select n, share, symbol from chart_placement_mix where year = 2025 and placement = 'secure' and level = 'type'", "0||k"},
		{"groups of placements are summed before rounding", "select n, share, symbol from chart_placement_mix where year = 2025 and placement = 'residential' and level = 'group'", "720|18|"},
		{"a curve stops when fewer than 10 are at risk", "select max(months), min(at_risk) from chart_exits_incidence", "58|30"},
		{"re-entry stops there too", "select max(months), min(at_risk) from chart_reentry where way_out = 'home_unplanned'", "24|20"},
		{"quartiles of too few scores are hidden", "select p25, median, scored, symbol from chart_sdq_by_years_in_care where years_in_care = 8", "||0|c"},
		{"a term with few children is hidden", "select absence, symbol from chart_attendance_around_entry where term = 6", "|c"},
		{"absence has one decimal", "select absence from chart_attendance_around_entry where term = 0", "8.5"},
		{"one row of files, its few rows hidden", "select rows, kept, quarantined, symbol from return_quality where module = 'header'", "||0|c"},
		{"counts of linkage round to 10, shares don't", "select string_agg(value::varchar, ' ' order by section, item) from link_quality where (item, subgroup) in (('persons', ''), ('pairs: recall', ''))", "0.951 11240.0"},
		{"an indicator that isn't computed is in the framework", "select symbol from framework where indicator_id = 'SAF01'", "x"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := one(t, db, c.query); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// dictionary holds that every table and column of both databases is described, and those published are commented.
func dictionary(t *testing.T, db *duck.DB) {
	for _, q := range []string{
		"select table_name from duckdb_tables() where database_name = current_database() and coalesce(comment, '') = ''",
		"select table_name || '.' || column_name from duckdb_columns() where database_name = current_database() and schema_name = 'main' and not internal and coalesce(comment, '') = ''",
		"select table_name || '.' || column_name from duckdb_columns() c where database_name = current_database() and schema_name = 'main' and not internal and not exists (select 1 from data_dictionary d where d.database = 'publication' and d.table_name = c.table_name and d.column_name = c.column_name)",
		"select table_name || '.' || column_name from data_dictionary where database = 'publication' and (description = '' or source = '')",
	} {
		if got := all(t, db, q); len(got) > 0 {
			t.Errorf("%v\n%s", got, q)
		}
	}
	if got := one(t, db, "select count(*) from data_dictionary where database = 'research' and table_name = 'indicator_cell' and column_name = 'numerator' and description = 'Unrounded: numerator'"); got != "1" {
		t.Error("the research database's own words are not in the dictionary")
	}
	if got := one(t, db, "select count(*) from data_dictionary where database = 'research' and table_name = 'chart_reentry'"); got != "5" {
		t.Errorf("chart_reentry of the research database has %s lines, want 5: itself and 4 columns", got)
	}
	want := "indicator_id time_period time_identifier geographic_level area_code area_name breakdown category numerator denominator value unit coverage symbol vintage measure lower upper"
	if got := one(t, db, "select string_agg(column_name, ' ' order by column_index) from duckdb_columns() where table_name = 'indicator'"); got != want {
		t.Errorf("indicator has %s", got)
	}
}

func hiddenLog(t *testing.T, db *duck.DB) {
	got := all(t, db, "select cell, symbol, rule from suppression_log where indicator_id = 'REC01' and time_period = '2004' and geographic_level = 'Local authority' order by cell")
	want := "coverage|c|count denominator|c|count numerator|c|base value|c|base"
	if strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
	if n := one(t, db, "select count(*) from indicator i where symbol in ('c', 'k') and not exists (select 1 from suppression_log l where l.indicator_id = i.indicator_id and l.time_period = i.time_period and l.area_code = i.area_code and l.category = i.category and l.cell = 'value')"); n != "0" {
		t.Errorf("%s hidden values aren't in the log", n)
	}
	if n := one(t, db, "select count(*) from duckdb_columns() where table_name = 'suppression_log' and data_type <> 'VARCHAR'"); n != "0" {
		t.Errorf("the log has %s columns that could hold a number", n)
	}
}

func again(t *testing.T, research, dir string, first *duck.DB) {
	_, second := publishTo(t, research, filepath.Join(dir, "again.duckdb"), options(t))
	for _, name := range order {
		if slices.Contains(working, name) {
			continue
		}
		a, err := duck.TableHash(t.Context(), first, "main", name)
		if err != nil {
			t.Fatal(err)
		}
		b, err := duck.TableHash(t.Context(), second, "main", name)
		if err != nil {
			t.Fatal(err)
		}
		if a != b {
			t.Errorf("%s differs between two runs", name)
		}
	}
}

func revised(t *testing.T, research, before, dir string) {
	db, err := duck.Open(research, duck.Options{})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Exec(t.Context(), `update indicator_cell set numerator = 9 where indicator_id = 'REC01' and time_period = '2002' and area_code = 'E09000002';
		update indicator_cell set numerator = 2 where indicator_id = 'REC01' and time_period = '2009';
		delete from indicator_cell where indicator_id = 'REC01' and time_period = '2010'; checkpoint`)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	o := options(t)
	o.Previous, o.Vintage.ID = before, "2025-later"
	_, later := publishTo(t, research, filepath.Join(dir, "later.duckdb"), o)
	got := all(t, later, "select time_period, kind, previous_value, value, symbol, change, previous_vintage from revision order by time_period")
	want := []string{"2002|changed|13|19||6|2025-test", "2009|now_hidden|15||c||2025-test", "2010|withdrawn|1||||2025-test"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got %v\nwant %v", got, want)
	}
}

func page(t *testing.T, out string) {
	r, err := ReportData(t.Context(), out)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := report.Write(&b, r); err != nil {
		t.Fatal(err)
	}
	if *keep != "" {
		if err := os.WriteFile(*keep, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"Children in care: ", "Invented data.", "Barking and Dagenham", "Precision", "Rules found most often", "Primary suppression and rounding only"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the report doesn't say %q", want)
		}
	}
}

func TestPublishRefuses(t *testing.T) {
	cases := []struct {
		name string
		do   func(*Options)
		want string
	}{
		{"a vintage without an id", func(o *Options) { o.Vintage.ID = "" }, "id is empty"},
		{"years the wrong way round", func(o *Options) { o.Vintage.FirstYear = 2030 }, "years 2030 to 2025"},
		{"no policy", func(o *Options) { o.Policy = Policy{} }, "policy: version"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			o := options(t)
			c.do(&o)
			if _, err := Publish(context.Background(), "nowhere", filepath.Join(t.TempDir(), "p.duckdb"), o); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestReadPolicy(t *testing.T) {
	cases := []struct{ name, from, to, want string }{
		{"an unknown key", "version: 1", "version: 1\nminimum: 3", "p.yaml:4:1: unknown field"},
		{"a level without a rule", "level: Regional", "level: Region", "no rule for Regional"},
		{"a range that hides nothing", "from: 1, to: 5", "from: 5, to: 1", "hides nothing"},
		{"a kind that stands twice", "kind: mean", "kind: kappa", "stands twice"},
		{"a curve without an end", "minimum_at_risk: 10", "minimum_at_risk: 0", "curves.minimum_at_risk"},
		{"an exception without a reason", "    reason:", "    # reason:", "exceptions[0]"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(string(defaultPolicy), c.from, c.to, 1)
			if text == string(defaultPolicy) {
				t.Fatalf("policy.yaml has no %q", c.from)
			}
			if _, err := ReadPolicy("p.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestWordsAndDrawingsAgree(t *testing.T) {
	w, err := readWording()
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]bool{}
	for _, s := range append(w.Sections, w.Returns) {
		for _, id := range s.Charts {
			shown[id] = true
			if drawings[id] == nil {
				t.Errorf("nothing draws %s", id)
			}
		}
	}
	for id, c := range w.Charts {
		if !shown[id] || c.Plain == "" {
			t.Errorf("chart %s stands in no section, or has no plain title", id)
		}
	}
	for id := range drawings {
		if _, ok := w.Charts[id]; !ok {
			t.Errorf("%s is drawn but has no words", id)
		}
	}
}
