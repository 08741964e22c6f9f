//go:build integration

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"throughline/pipeline/duck"
)

const examples = "../../docs/examples/analysis/"

// analyse does with a demo what an analyst does: it runs every example of docs/examples/analysis, of which those in R and Python compare what they work
// out with what the product did, follows every reference of table_key, and looks for the names that other programs rely on.
func analyse(t *testing.T, dir string) {
	t.Run("questions", func(t *testing.T) { questions(t, dir) })
	t.Run("Python", func(t *testing.T) {
		program(t, "REC05", dir, "python3", "sdq_change.py")
	})
	t.Run("Python without packages", func(t *testing.T) {
		program(t, "REC05", dir, "python3", "-S", "sdq_change.py")
	})
	t.Run("R", func(t *testing.T) {
		if out, err := exec.Command("Rscript", "-e", "library(survival)").CombinedOutput(); err != nil {
			t.Skipf("no Rscript with the survival package: %v\n%s", err, out)
		}
		program(t, "HOM02", dir, "Rscript", "reentry.R")
	})
	t.Run("references", func(t *testing.T) { references(t, filepath.Join(dir, "outputs", "latest", "research.duckdb")) })
	t.Run("names", func(t *testing.T) { reliedOn(t, filepath.Join(dir, "outputs", "latest", "publication.duckdb")) })
}

// questions runs each file of SQL as it stands; the document has every one of them.
func questions(t *testing.T, dir string) {
	files, err := filepath.Glob(examples + "q*.sql")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d questions, %v", len(files), err)
	}
	page, err := os.ReadFile("../../docs/research-database.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		sql, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(page, []byte("examples/analysis/"+filepath.Base(f))) {
			t.Errorf("docs/research-database.md doesn't have %s", filepath.Base(f))
		}
		for _, part := range []string{"-- ", "?\n-- Tables: ", "\n-- Mind: "} {
			if !bytes.Contains(sql, []byte(part)) {
				t.Errorf("%s: its header has no %q: a question, the tables, what to mind", f, part)
			}
		}
		var out, errOut bytes.Buffer
		if code := run([]string{"query", "--dir", dir, "--db", "research", "-o", "csv"}, bytes.NewReader(sql), &out, &errOut); code != exitDone {
			t.Errorf("%s: %s", f, errOut.String())
		}
		if lines := strings.Count(out.String(), "\n"); lines < 2 {
			t.Errorf("%s has no answer: %q", f, out.String())
		}
	}
}

// program runs an example that ends by comparing its figures with those of the product, and fails where they differ.
func program(t *testing.T, indicator, dir, name string, args ...string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("no %s: %v", name, err)
	}
	self, err := exec.LookPath("throughline")
	if err != nil {
		t.Fatal(err)
	}
	args[len(args)-1] = examples + args[len(args)-1]
	out, err := exec.Command(name, append(args, self, dir)...).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "figures compared with "+indicator+" in indicator_cell") {
		t.Errorf("%s: %v\n%s", name, err, out)
	}
	t.Logf("\n%s", out)
}

// ask gives the rows of an answer as text.
func ask(t *testing.T, db *duck.DB, sql string) (out [][]string) {
	t.Helper()
	rows, err := db.Query(t.Context(), sql)
	if err != nil {
		t.Fatal(sql, err)
	}
	defer rows.Close()
	for rows.Next() {
		var row []string
		for _, v := range rows.Values() {
			row = append(row, duck.Text(v))
		}
		out = append(out, row)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(sql, err)
	}
	return out
}

// references follows every reference of table_key: where no part of it is NULL, the table that it refers to has the row.
func references(t *testing.T, database string) {
	db, err := duck.OpenReadOnlyLocked(database, duck.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	followed := 0
	for _, r := range ask(t, db, `select table_name, refers_to, string_agg('"' || column_name || '"', ', ' order by position) from table_key
		where key = 'reference' group by all order by all`) {
		key := r[2]
		got := ask(t, db, fmt.Sprintf(`select count(*) filter (where k.found is null), count(*)
			from (select %s from %s where (%s) is not null) left join (select %s, true as found from %s) k using (%s)`,
			key, duck.Quote(r[0]), strings.ReplaceAll(key, ", ", ") is not null and ("), key, duck.Quote(r[1]), key))[0]
		if got[0] != "0" {
			t.Errorf("%s refers to %s by %s: of %s rows %s have nothing to refer to", r[0], r[1], key, got[1], got[0])
		}
		if got[1] != "0" {
			followed++
		}
	}
	if followed < 80 {
		t.Errorf("only %d references with rows", followed)
	}
}

// reliedOn holds tables and columns of the publication database that other programs name. Those of the research database are held by its models' tests.
func reliedOn(t *testing.T, database string) {
	db, err := duck.OpenReadOnlyLocked(database, duck.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	have := map[string][]string{}
	for _, r := range ask(t, db, "select table_name, column_name from duckdb_columns() where database_name = current_database() and schema_name = 'main'") {
		have[r[0]] = append(have[r[0]], r[1])
	}
	for table, columns := range map[string]string{
		"indicator": "indicator_id time_period time_identifier geographic_level area_code area_name breakdown category numerator denominator value unit " +
			"coverage symbol vintage",
		"framework":       "domain indicator_id indicator measure definition polarity source time_period value unit symbol coverage direction vintage",
		"data_dictionary": "database table_name column_name type unit description source",
		"vintage":         "vintage run_id first_year last_year demo disclosure",
		"coverage":        "indicator_id time_period geographic_level area_code known eligible coverage symbol vintage",
		"revision":        "indicator_id time_period geographic_level area_code breakdown category previous_vintage previous_value value symbol change kind vintage",
		"suppression_log": "indicator_id time_period geographic_level area_code breakdown category cell symbol rule reason",
		"link_quality":    "section item subgroup value symbol note vintage",
		"return_quality":  "dataset year la module files rows kept quarantined findings symbol vintage",
	} {
		for _, c := range strings.Fields(columns) {
			if !slices.Contains(have[table], c) {
				t.Errorf("publication.duckdb: %s has no column %s", table, c)
			}
		}
	}
}
