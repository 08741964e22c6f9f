package duck_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"throughline/pipeline/duck"
)

func open(t *testing.T, path string, o duck.Options) *duck.DB {
	t.Helper()
	if o.TempDir == "" {
		o.TempDir = t.TempDir()
	}
	db, err := duck.Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func equal(t *testing.T, what string, want, got any) {
	t.Helper()
	if !reflect.DeepEqual(want, got) {
		t.Errorf("%s:\n got %v\nwant %v", what, got, want)
	}
}

func seq(rows ...[]any) iter.Seq[[]any] {
	return func(yield func([]any) bool) {
		for _, r := range rows {
			if !yield(r) {
				return
			}
		}
	}
}

func readAll(t *testing.T, db *duck.DB, query string) [][]any {
	t.Helper()
	rows, err := db.Query(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out [][]any
	for rows.Next() {
		out = append(out, rows.Values())
	}
	if rows.Err() != nil {
		t.Fatal(rows.Err())
	}
	return out
}

func TestLoadTableAndQueryKeepValues(t *testing.T) {
	db := open(t, "", duck.Options{})
	cols := []duck.Column{{Name: "s", Type: "VARCHAR"}, {Name: "i", Type: "SMALLINT"}, {Name: "f", Type: "DOUBLE"}, {Name: "b", Type: "BOOLEAN"}, {Name: "d", Type: "DATE"}, {Name: "u", Type: "UUID"}, {Name: "l", Type: "VARCHAR[]"}}
	day := time.Date(2024, 3, 31, 0, 0, 0, 0, time.UTC)
	n, err := db.LoadTable(t.Context(), "main", "t", cols, seq(
		[]any{"x", 7, 1.5, true, day, [16]byte{1, 15: 2}, []string{"p", "q"}},
		[]any{nil, nil, nil, nil, nil, nil, nil}))
	if err != nil || n != 2 {
		t.Fatal(n, err)
	}
	want := [][]any{
		{"x", int64(7), 1.5, true, day, "01000000-0000-0000-0000-000000000002", []any{"p", "q"}},
		{nil, nil, nil, nil, nil, nil, nil},
	}
	equal(t, "values", want, readAll(t, db, "select * from t;"))
	equal(t, "sums and decimals", [][]any{{int64(7), 0.5}}, readAll(t, db, "select sum(i), 0.5::decimal(4,2) from t"))
	got, err := db.Describe(t.Context(), "main", "t")
	if err != nil {
		t.Error(err)
	}
	equal(t, "columns", cols, got)
}

func TestLoadTableNamesTheColumnThatIsWrong(t *testing.T) {
	db := open(t, "", duck.Options{})
	_, err := db.LoadTable(t.Context(), "main", "t", []duck.Column{{Name: "n", Type: "INTEGER"}}, seq([]any{"seven"}))
	if err == nil || !strings.Contains(err.Error(), "column n") {
		t.Error(err)
	}
	if _, err := db.LoadTable(t.Context(), "main", "t", []duck.Column{{Name: "n", Type: "INTEGER"}}, seq([]any{7})); err != nil {
		t.Error("after a refused load:", err)
	}
}

func TestManyRowsGoInAndOut(t *testing.T) {
	db := open(t, "", duck.Options{MemoryLimit: "500MB"})
	const rows = 450_000 // several batches in, several blocks out
	n, err := db.LoadTable(t.Context(), "main", "t", []duck.Column{{Name: "n", Type: "BIGINT"}}, func(yield func([]any) bool) {
		for i := range rows {
			if !yield([]any{i}) {
				return
			}
		}
	})
	if err != nil || n != rows {
		t.Fatal(n, err)
	}
	got := readAll(t, db, "select n from t order by n")
	if len(got) != rows || got[rows-1][0] != int64(rows-1) {
		t.Errorf("%d rows, last %v", len(got), got[len(got)-1])
	}
}

func TestStatementsBesideEachOther(t *testing.T) {
	db := open(t, "", duck.Options{})
	beside, err := db.Beside(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Exec(t.Context(), "begin; create table t as select 1 as n"); err != nil {
		t.Fatal(err)
	}
	if _, err := beside.Query(t.Context(), "select n from t"); err == nil {
		t.Error("a table can be read before the other connection has done")
	}
	if err := db.Exec(t.Context(), "commit"); err != nil {
		t.Fatal(err)
	}
	equal(t, "what the other connection made", [][]any{{int64(1)}}, readAll(t, beside, "select n from t"))
	if err := beside.Close(); err != nil {
		t.Error(err)
	}
	equal(t, "with the other closed", [][]any{{int64(1)}}, readAll(t, db, "select n from t"))
}

func TestRowsGoInOnTwoConnectionsAtOnce(t *testing.T) {
	db := open(t, "", duck.Options{})
	beside, err := db.Beside(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const tables = 50
	var both sync.WaitGroup
	for i, c := range []*duck.DB{db, beside} {
		both.Go(func() {
			for n := range tables {
				if err := c.LoadVectors(t.Context(), fmt.Sprintf("t%d_%d", i, n), []duck.Vector{{Name: "of", Ints: []int32{int32(i), int32(n)}}}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	both.Wait()
	for i := range 2 {
		for n := range tables {
			equal(t, "what one connection sent", [][]any{{int64(i)}, {int64(n)}}, readAll(t, db, fmt.Sprintf("select of from t%d_%d order by rowid", i, n)))
		}
	}
	if err := beside.Close(); err != nil {
		t.Error(err)
	}
}

func TestQueryStopsWhenItsContextEnds(t *testing.T) {
	db := open(t, "", duck.Options{})
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := db.Query(ctx, "select count(*) from range(100000000) a, range(100000) b where a.range + b.range = 7")
	if err == nil || time.Since(start) > 20*time.Second {
		t.Error(err, time.Since(start))
	}
	readAll(t, db, "select 1") // the connection is still good
}

func TestQueryTakesWhatIsNoSelect(t *testing.T) {
	db := open(t, "", duck.Options{})
	if got := readAll(t, db, "describe select 1 as n"); len(got) != 1 || got[0][0] != "n" {
		t.Error(got)
	}
	if _, err := db.Query(t.Context(), "selec 1"); err == nil || strings.Contains(err.Error(), "create") {
		t.Error("the message should be about what was asked:", err)
	}
}

func TestReadersCannotChangeOrLeaveTheDatabase(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x.duckdb")
	db := open(t, path, duck.Options{})
	if err := db.Exec(t.Context(), "create table t as select 1 as n"); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Checkpoint(t.Context()), db.Close()); err != nil {
		t.Fatal(err)
	}
	secret := filepath.Join(dir, "secret.csv")
	if err := os.WriteFile(secret, []byte("a\n1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := duck.OpenReadOnlyLocked(path, duck.Options{TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got := readAll(t, r, "select n from t"); len(got) != 1 {
		t.Error(got)
	}
	for name, q := range map[string]string{
		"changes a table":        "insert into t values (2)",
		"reads a file":           "select * from read_csv('" + secret + "')",
		"writes a file":          "copy t to '" + filepath.Join(dir, "out.csv") + "'",
		"opens another database": "attach '" + filepath.Join(dir, "y.duckdb") + "'",
		"allows files again":     "set enable_external_access = true",
		"loads an extension":     "install httpfs",
	} {
		if _, err := r.Query(t.Context(), q); err == nil {
			t.Errorf("a reader %s", name)
		}
	}
	if _, err := duck.OpenReadOnlyLocked(filepath.Join(dir, "none.duckdb"), duck.Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

func TestParquetViewTakesPathsAsTheyStand(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "it's [a*] b?", "year=1999")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	db := open(t, "", duck.Options{})
	path := filepath.Join(dir, "f.parquet")
	if err := db.Exec(t.Context(), "copy (select 2024::smallint as year, 'x' as v) to "+duck.Literal(path)); err != nil {
		t.Fatal(err)
	}
	cols := []duck.Column{{Name: "year", Type: "SMALLINT"}, {Name: "v", Type: "VARCHAR"}}
	for name, c := range map[string]struct {
		files []string
		want  [][]any
	}{"one": {[]string{path}, [][]any{{int64(2024), "x"}}}, "none": {nil, nil}} {
		if err := db.ParquetView(t.Context(), "main", name, c.files, cols); err != nil {
			t.Fatal(err)
		}
		equal(t, name, c.want, readAll(t, db, "select * from "+name))
		got, err := db.Describe(t.Context(), "main", name)
		if err != nil {
			t.Error(name, err)
		}
		equal(t, name, cols, got)
	}
	if err := db.ParquetView(t.Context(), "main", "x", []string{"f.parquet"}, cols); err == nil {
		t.Error("a path that is not whole was taken")
	}
}

func TestTableHashIsOfColumnsAndRowsNotOrder(t *testing.T) {
	db := open(t, "", duck.Options{})
	hash := func(query string) string {
		t.Helper()
		if err := db.Exec(t.Context(), "create or replace table h as "+query); err != nil {
			t.Fatal(err)
		}
		s, err := duck.TableHash(t.Context(), db, "main", "h")
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	base := hash("select * from (values (1, 'a'), (2, 'b')) v(n, s)")
	if base != hash("select * from (values (2, 'b'), (1, 'a')) v(n, s)") {
		t.Error("order counts")
	}
	for _, q := range []string{"(values (1, 'a'), (2, 'b'), (2, 'b')) v(n, s)", "(values (1, 'a'), (2, 'c')) v(n, s)", "(values (1, 'a'), (2, 'b')) v(n, t)",
		"(values (1::bigint, 'a'), (2, 'b')) v(n, s)", "(values (1, 'b'), (2, 'a')) v(n, s)", "(values (1, null), (2, 'b')) v(n, s)"} {
		if hash("select * from "+q) == base {
			t.Errorf("%s has the same hash", q)
		}
	}
}

// The newest release of go-duckdb that speaks Arrow v17's types is v1.8.2; the next ones speak v18, and go get -u moves one of the
// two without the other, after which nothing that hands batches over builds. Move them together, or not at all.
func TestTheDriverAndArrowStayAPair(t *testing.T) {
	b, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"github.com/marcboeker/go-duckdb v1.8.2", "github.com/apache/arrow/go/v17 v17.0.0"} {
		if !strings.Contains(string(b), want) {
			t.Errorf("go.mod does not hold %s: the pair go-duckdb v1.8.2 and arrow v17.0.0 moves together", want)
		}
	}
}

func TestWhatSpillsLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	db, err := duck.Open(filepath.Join(dir, "x.duckdb"), duck.Options{MemoryLimit: "60MB", Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Exec(t.Context(), "create table t as select hash(range) as h, range::varchar as s from range(3000000) order by h"); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Checkpoint(t.Context()), db.Close()); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Error(err, left)
	}
}

func BenchmarkLoadTable(b *testing.B) {
	db, err := duck.Open("", duck.Options{TempDir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	const rows = 100_000
	b.ReportAllocs()
	for b.Loop() {
		_, err := db.LoadTable(b.Context(), "main", "t", []duck.Column{{Name: "k", Type: "UUID"}, {Name: "s", Type: "VARCHAR"}, {Name: "n", Type: "INTEGER"}}, func(yield func([]any) bool) {
			for i := range rows {
				if !yield([]any{[16]byte{byte(i), byte(i >> 8)}, fmt.Sprint(i), i}) {
					return
				}
			}
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
