package models_test

import (
	"encoding/csv"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"throughline/pipeline/duck"
	"throughline/pipeline/models"
	"throughline/schemas"
)

var update = flag.Bool("update", false, "rewrite the wanted part of the stories; read the diff before it is committed")

// TestStories builds each story of testdata and compares the tables that the story wants, with the columns it wants.
// A story has its years, membership (key, source, holder, person) and lake tables as CSV: key stands for a child_key, a column that
// is left out is NULL. A wanted table may name the rows it means (where). The wanted rows were worked out by hand from the definitions.
func TestStories(t *testing.T) {
	stories, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(stories) == 0 {
		t.Fatal("no stories", err)
	}
	schema := loadSchema(t)
	for _, path := range stories {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var wanted []string
			for _, f := range a.Files {
				if name, ok := strings.CutPrefix(f.Name, "want/"); ok {
					name, _, _ = strings.Cut(name, " ")
					wanted = append(wanted, name)
				}
			}
			db := build(t, schema, a, wanted...)
			for i, f := range a.Files {
				table, ok := strings.CutPrefix(f.Name, "want/")
				if !ok {
					continue
				}
				header, _, _ := strings.Cut(string(f.Data), "\n")
				got := header + "\n" + query(t, db, fmt.Sprintf("select %s from %s order by all", header, table))
				if *update {
					a.Files[i].Data = []byte(got)
				} else if want := string(f.Data); got != want {
					t.Errorf("%s:\n%s", f.Name, diff(want, got))
				}
			}
			if *update {
				if err := os.WriteFile(path, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// TestHeadersSayWhatDuckDBSays builds all models on empty tables and compares each header with the table: its columns, their types and
// comments, and what the query reads.
func TestHeadersSayWhatDuckDBSays(t *testing.T) {
	db := build(t, loadSchema(t), &txtar.Archive{Files: []txtar.File{{Name: "years", Data: []byte("2019 2021\n")}}})
	all, err := models.List()
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, m := range all {
		names[m.Name] = true
	}
	reads := regexp.MustCompile(`(?i)\b(?:from|join)\s+([a-z_0-9]+(?:\.[a-z_0-9]+)?)`)
	for _, m := range all {
		var want []duck.Column
		for _, c := range m.Columns {
			want = append(want, duck.Column{Name: c.Name, Type: c.Type})
		}
		got, err := db.Describe(t.Context(), "main", m.Name)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: header and table differ\nheader %v\n table %v", m.Name, want, got)
		}
		read := map[string]bool{}
		for _, r := range reads.FindAllStringSubmatch(strings.ReplaceAll(m.SQL, "distinct from", ""), -1) {
			if strings.Contains(r[1], ".") || names[r[1]] {
				read[r[1]] = true
				if !slices.Contains(m.Inputs, r[1]) {
					t.Errorf("%s reads %s, which is not among its inputs", m.Name, r[1])
				}
			}
		}
		for _, in := range m.Inputs {
			if !read[in] {
				t.Errorf("%s has %s among its inputs and does not read it", m.Name, in)
			}
		}
		if !strings.HasPrefix(m.Name, "stg_") && !strings.Contains(m.SQL, "order by") { // staged rows stay in the order of their files
			t.Errorf("%s ends without an order", m.Name)
		}
	}
	if left := query(t, db, "select count(*) from duckdb_columns() where database_name = current_database() and schema_name = 'main' and comment is null and not internal"); left != "0\n" {
		t.Errorf("columns without a comment: %s", left)
	}
	if got := query(t, db, "select count(*) from duckdb_views() where not internal"); got != "0\n" {
		t.Errorf("views are left: %s", got)
	}
}

// TestAFailingModelStopsTheBuild sees that the model's name comes back, and the database with the threads that it had.
func TestAFailingModelStopsTheBuild(t *testing.T) {
	db, err := duck.Open(filepath.Join(t.TempDir(), "research.duckdb"), duck.Options{Threads: 3})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := models.Prepare(t.Context(), db, loadSchema(t), models.Inputs{Run: models.Run{FirstYear: 2019, LastYear: 2021}}); err != nil {
		t.Fatal(err)
	}
	must(t, db, "drop view lake.ssda903_reviews")
	if _, err := models.Build(t.Context(), db, nil); err == nil || !strings.HasPrefix(err.Error(), "model person_key: ") {
		t.Errorf("without a table that person_key reads: %v", err)
	}
	if got := query(t, db, "select current_setting('threads'), count(*) from duckdb_tables() where table_name = 'stg_reviews'"); got != "3,0\n" {
		t.Errorf("threads, and tables of models that read it: %s", got)
	}
}

func TestTwoBuildsAreEqual(t *testing.T) {
	a, err := txtar.ParseFile("testdata/missing_home_and_back.txtar")
	if err != nil {
		t.Fatal(err)
	}
	schema := loadSchema(t)
	one, two := build(t, schema, a), build(t, schema, a)
	all, err := models.List()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		h1, err1 := duck.TableHash(t.Context(), one, "main", m.Name)
		h2, err2 := duck.TableHash(t.Context(), two, "main", m.Name)
		if err1 != nil || err2 != nil || h1 != h2 {
			t.Errorf("%s: %s %s %v %v", m.Name, h1, h2, err1, err2)
		}
	}
}

// TestKnownAnswerIncidenceOfTwoWaysOut reproduces a known answer of the Aalen-Johansen estimator: times 1 2 2 3 4 5 6 7 8 10, events 1 0 2 1 0 1 2 0 1 0
// give at 3 the incidences .21429 and .1, and at 8 .55714 and .23714. Each of the ten stands for twelve children, so that enough are
// at risk, and a step of time is 22 days, so that 3 months end after the fourth and 6 after the eighth.
func TestKnownAnswerIncidenceOfTwoWaysOut(t *testing.T) {
	times := []int{1, 2, 2, 3, 4, 5, 6, 7, 8, 10}
	ways := []string{"E4A", "", "E13", "E4A", "", "E4A", "E13", "", "E4A", ""}
	var episodes, members strings.Builder
	episodes.WriteString("key,la,year,DECOM,RNE,LS,CIN,PLACE,PLACE_PROVIDER,DEC,REC\n")
	members.WriteString("key,source,holder,person\n")
	end := time.Date(2021, 4, 1, 0, 0, 0, 0, time.UTC)
	for i, n := range times {
		for child := range 12 {
			name := fmt.Sprintf("c%d-%d", i, child)
			fmt.Fprintf(&members, "%s,ssda903,E08000025,%s\n", name, name)
			start, dec := end.AddDate(0, 0, -22*n), ""
			if ways[i] != "" {
				start = time.Date(2020, 6, 1, 0, 0, 0, 0, time.UTC)
				dec = start.AddDate(0, 0, 22*n).Format(time.DateOnly)
			}
			fmt.Fprintf(&episodes, "%s,E08000025,2021,%s,S,V2,N1,U6,PR1,%s,%s\n", name, start.Format(time.DateOnly), dec, ways[i])
		}
	}
	db := build(t, loadSchema(t), &txtar.Archive{Files: []txtar.File{{Name: "years", Data: []byte("2021 2021")},
		{Name: "membership.csv", Data: []byte(members.String())}, {Name: "ssda903_episodes.csv", Data: []byte(episodes.String())}}}, "ind_hom01", "chart_exits_incidence")
	got := query(t, db, `select measure, numerator, denominator, value from ind_hom01
		where geographic_level = 'National' and breakdown = 'total' and numerator > 0 order by all`)
	want := "home_planned_3m,24,120,21.4286\nhome_planned_6m,48,120,55.7143\nrelatives_3m,12,120,10\nrelatives_6m,24,120,23.7143\n"
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	got = query(t, db, "select months, way_out, incidence, at_risk from chart_exits_incidence where months in (3, 6) order by all")
	want = "3,home_planned,0.214286,60\n3,relatives,0.1,60\n6,home_planned,0.557143,12\n6,relatives,0.237143,12\n"
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if got := query(t, db, "select max(months) from chart_exits_incidence"); got != "7\n" {
		t.Errorf("the curve should stop when the last twelve go out of view, after 220 days: %s", got)
	}
}

// TestChangeNetOfExpectation has twelve children of one authority whose second score is half the first and 5 more, without exception: that is
// then expected of the children of any other group. Of two elsewhere, one scores 1 above it and the other 3 below: -1 on average. The
// two are too few to expect anything of the twelve, and of the whole country nobody is left to tell.
func TestChangeNetOfExpectation(t *testing.T) {
	var episodes, members, headers, scores strings.Builder
	episodes.WriteString("key,la,year,DECOM,RNE,LS,CIN,PLACE,PLACE_PROVIDER\n")
	members.WriteString("key,source,holder,person\n")
	headers.WriteString("key,la,year,SEX,birth_year,birth_month,ETHNIC\n")
	scores.WriteString("key,la,year,SDQ_SCORE\n")
	child := func(name, la string, first, second int) {
		fmt.Fprintf(&members, "%s,ssda903,%s,%s\n", name, la, name)
		for y := 2020; y <= 2021; y++ {
			fmt.Fprintf(&episodes, "%s,%s,%d,2018-05-01,S,C2,N1,U6,PR1\n", name, la, y)
			fmt.Fprintf(&headers, "%s,%s,%d,M,2009,6,WBRI\n", name, la, y)
		}
		fmt.Fprintf(&scores, "%s,%s,2020,%d\n%s,%s,2021,%d\n", name, la, first, name, la, second)
	}
	for i := range 12 {
		child(fmt.Sprintf("a%d", i), "E08000025", 2*i+4, i+7)
	}
	child("b1", "E08000026", 20, 16)
	child("b2", "E08000026", 10, 7)
	db := build(t, loadSchema(t), &txtar.Archive{Files: []txtar.File{{Name: "years", Data: []byte("2020 2021")},
		{Name: "membership.csv", Data: []byte(members.String())}, {Name: "ssda903_header.csv", Data: []byte(headers.String())},
		{Name: "ssda903_episodes.csv", Data: []byte(episodes.String())}, {Name: "ssda903_oc2.csv", Data: []byte(scores.String())}}}, "ind_rec05", "ind_rec04")
	got := query(t, db, "select area_code, denominator, value, coverage_numerator, coverage_denominator from ind_rec05 where breakdown = 'total' order by all")
	want := "E08000025,0,,0,12\nE08000026,2,-1,2,2\nE12000005,0,,0,14\nE92000001,0,,0,14\n"
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	// Changes of -4 and -3: the mean is -3.5, and 1.959964 standard errors are 1.959964 times .5.
	got = query(t, db, "select denominator, value, lower, upper from ind_rec04 where breakdown = 'total' and area_code = 'E08000026' order by all")
	want = "2,-3.5,-4.479982,-2.520018\n"
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestShowGivesTheFile(t *testing.T) {
	text, err := models.Show("episode")
	if err != nil || !strings.HasPrefix(text, "-- model:   episode\n") {
		t.Error(err, text)
	}
	if _, err := models.Show("nothing"); err == nil {
		t.Error("a model that is not there was shown")
	}
}

func loadSchema(t *testing.T) *schemas.Schema {
	t.Helper()
	s, err := schemas.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// build writes a story's lake as Parquet files and builds the models wanted, or all of them, in a database of its own.
func build(t *testing.T, schema *schemas.Schema, story *txtar.Archive, wanted ...string) *duck.DB {
	t.Helper()
	dir := t.TempDir()
	db, err := duck.Open(filepath.Join(dir, "research.duckdb"), duck.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	in := models.Inputs{Parquet: map[string][]string{}, Run: models.Run{Vintage: "v", ID: "r", Demo: true}}
	lake := map[string]*schemas.Module{}
	for _, d := range schema.Datasets {
		for _, m := range d.Modules {
			lake[models.LakeTable(d.ID, m.ID)] = m
		}
	}
	for _, f := range story.Files {
		name := strings.TrimSuffix(f.Name, ".csv")
		switch {
		case f.Name == "years":
			if _, err := fmt.Sscan(string(f.Data), &in.Run.FirstYear, &in.Run.LastYear); err != nil {
				t.Fatal(err)
			}
		case f.Name == "membership.csv":
			in.Memberships = func(yield func(models.Membership) bool) {
				for _, r := range table(t, f.Data) {
					if !yield(models.Membership{ChildKey: key(r["key"]), Source: r["source"], Holder: r["holder"], PersonID: r["person"], Pass: "story", MatchProbability: 1}) {
						return
					}
				}
			}
		case lake[name] != nil:
			in.Parquet[name] = []string{parquet(t, db, dir, name, lake[name], table(t, f.Data))}
		case !strings.HasPrefix(f.Name, "want/"):
			t.Fatalf("%s is not a part that a story has", f.Name)
		}
	}
	if err := models.Prepare(t.Context(), db, schema, in); err != nil {
		t.Fatal(err)
	}
	if len(wanted) > 0 {
		err = models.BuildFor(t.Context(), db, wanted)
	} else {
		_, err = models.Build(t.Context(), db, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	if len(wanted) == 0 {
		for _, o := range orphans(t, db) {
			t.Error(o)
		}
	}
	return db
}

// key is the child_key that a story's name stands for.
func key(name string) (k [16]byte) {
	copy(k[:], name)
	return k
}

func parquet(t *testing.T, db *duck.DB, dir, name string, m *schemas.Module, rows []map[string]string) string {
	t.Helper()
	var cols []string
	for _, c := range m.LakeColumns() {
		cols = append(cols, duck.Quote(c.Name)+" "+c.Type)
	}
	scratch := "scratch_" + name
	must(t, db, "create temp table "+scratch+" ("+strings.Join(cols, ", ")+")")
	for i, r := range rows {
		var names, values []string
		set := func(n, v string) {
			names, values = append(names, duck.Quote(n)), append(values, v)
		}
		set("row", fmt.Sprint(i+1))
		set("file", "0")
		if r["load"] == "" {
			set("load", "0")
		}
		for n, v := range r {
			if v == "" {
				continue
			}
			column := n
			if n == "key" {
				column = "child_key"
			}
			at := slices.IndexFunc(m.LakeColumns(), func(c schemas.LakeColumn) bool { return c.Name == column })
			if at < 0 {
				t.Fatalf("%s has no column %s", name, n)
			}
			if m.LakeColumns()[at].Type == "UUID" {
				k := key(v)
				v = fmt.Sprintf("%x-%x-%x-%x-%x", k[:4], k[4:6], k[6:8], k[8:10], k[10:])
			}
			set(column, duck.Literal(v))
		}
		must(t, db, fmt.Sprintf("insert into %s (%s) values (%s)", scratch, strings.Join(names, ", "), strings.Join(values, ", ")))
	}
	path := filepath.Join(dir, name+".parquet")
	must(t, db, "copy "+scratch+" to "+duck.Literal(path)+" (format parquet)")
	must(t, db, "drop table "+scratch)
	return path
}

func must(t *testing.T, db *duck.DB, statement string) {
	t.Helper()
	if err := db.Exec(t.Context(), statement); err != nil {
		t.Fatal(statement, err)
	}
}

func table(t *testing.T, data []byte) []map[string]string {
	t.Helper()
	all, err := csv.NewReader(strings.NewReader(string(data))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	for _, r := range all[1:] {
		row := map[string]string{}
		for i, h := range all[0] {
			row[h] = r[i]
		}
		out = append(out, row)
	}
	return out
}

func query(t *testing.T, db *duck.DB, q string) string {
	t.Helper()
	rows, err := db.Query(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var b strings.Builder
	for rows.Next() {
		for i, v := range rows.Values() {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(duck.Text(v))
		}
		b.WriteByte('\n')
	}
	if rows.Err() != nil {
		t.Fatal(rows.Err())
	}
	return b.String()
}

// diff is the lines that only one of two texts has.
func diff(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	var b strings.Builder
	for _, l := range w {
		if !slices.Contains(g, l) {
			b.WriteString("- " + l + "\n")
		}
	}
	for _, l := range g {
		if !slices.Contains(w, l) {
			b.WriteString("+ " + l + "\n")
		}
	}
	return b.String()
}
