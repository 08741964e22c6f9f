package stage

import (
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"throughline/fixtures"
	"throughline/pipeline/duck"
	"throughline/pipeline/models"
)

// BenchmarkBuildNation builds all models for ten years of a country: a million child-years in 151 authorities, with all extracts. Some thousand
// invented children are taken in and linked, and each then stands for as many as make a million, under keys and authorities of their own. It tells
// the seconds of the build with its checks, the rows, the largest memory meanwhile, and the slowest median of the questions in
// docs/examples/analysis, of five runs each.
func BenchmarkBuildNation(b *testing.B) {
	const want = 1_000_000
	o := fixtures.DefaultOptions
	o.Seed, o.Children, o.Authorities, o.FirstYear, o.LastYear = 7, 6000, 20, 2016, 2025
	s := inhabited(b, o)
	run := ingested(b, s, 2025)
	linkWhole(b, s, run)
	r, err := s.run(run)
	if err != nil {
		b.Fatal(err)
	}
	_, loads, err := s.loads(run, r)
	if err != nil {
		b.Fatal(err)
	}
	var link linkNote
	if _, err := s.lake.ReadRun(run, linkFile, &link); err != nil {
		b.Fatal(err)
	}
	inputs, err := s.modelInputs(run, r, loads, &link)
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	build := func(name string, in *models.Inputs) (*duck.DB, models.Result, time.Duration) {
		db, err := duck.Open(filepath.Join(dir, name), duck.Options{MemoryLimit: "5GB", Threads: 2})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { db.Close() })
		start := time.Now()
		if err := models.Prepare(b.Context(), db, s.p.Schema, *in); err != nil {
			b.Fatal(err)
		}
		res, err := models.Build(b.Context(), db, nil)
		if err != nil {
			b.Fatal(err)
		}
		return db, res, time.Since(start)
	}
	small, _, _ := build("small.duckdb", inputs)
	var years int64
	if err := small.Row(b.Context(), "select count(*) from population_year", &years); err != nil {
		b.Fatal(err)
	}
	multiply(b, inputs, s, filepath.Join(dir, "lake"), int((want+years-1)/years))
	runtime.GC()
	for b.Loop() {
		_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) // begins the largest memory anew, where there is such a thing
		db, res, took := build("nation.duckdb", inputs)
		b.ReportMetric(took.Seconds(), "build-s")
		b.ReportMetric(float64(res.Rows), "rows")
		b.ReportMetric(peakMB(), "peak-MB")
		if err := db.Row(b.Context(), "select count(*) from population_year", &years); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(years), "child-years")
		b.ReportMetric(slowest(b, db), "slowest-question-ms")
	}
}

// multiply makes each child of the inputs stand for so many, with keys of their own, spread over all authorities.
func multiply(b *testing.B, in *models.Inputs, s *Stages, dir string, times int) {
	db, err := duck.Open(filepath.Join(b.TempDir(), "multiply.duckdb"), duck.Options{MemoryLimit: "2GB", Threads: 2})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	exec := func(format string, a ...any) {
		if err := db.Exec(b.Context(), fmt.Sprintf(format, a...)); err != nil {
			b.Fatal(err)
		}
	}
	if err := models.Prepare(b.Context(), db, s.p.Schema, *in); err != nil {
		b.Fatal(err)
	}
	exec("create temp table twin as select unnest(range(%d)) as twin", times)
	exec(`create temp table settled as
		with used as (select la, row_number() over (order by la) - 1 as n from (select distinct la from lake.ssda903_header)),
		free as (select ons_code as la2, row_number() over (order by ons_code) - 1 as n from ref.authority where valid_to is null),
		place as (select u.la, t.twin, (u.n + t.twin * (select count(*) from used)) %% (select count(*) from free) as n from used u cross join twin t)
		select p.la, p.twin, case when p.twin = 0 then p.la else f.la2 end as la2 from place p join free f using (n)`)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		b.Fatal(err)
	}
	for name := range in.Parquet {
		cols, err := db.Describe(b.Context(), "lake", name)
		if err != nil {
			b.Fatal(err)
		}
		var list []string
		for _, c := range cols {
			q := duck.Quote(c.Name)
			switch {
			case c.Type == "UUID":
				q = fmt.Sprintf("md5(v.%s::varchar || t.twin)::uuid as %s", q, q)
			case c.Name == "la":
				q = "coalesce(m.la2, v.la) as la"
			case c.Name == "row":
				q = fmt.Sprintf("(v.%s + t.twin * 10000000)::integer as %s", q, q)
			default:
				q = "v." + q
			}
			list = append(list, q)
		}
		path := filepath.Join(dir, name+".parquet")
		exec("copy (select %s from lake.%s v cross join twin t left join settled m on m.la = v.la and m.twin = t.twin) to %s (format parquet)",
			strings.Join(list, ", "), duck.Quote(name), duck.Literal(path))
		in.Parquet[name] = []string{path}
	}
	exec(`create temp table members as select md5(v.child_key::varchar || t.twin) as k, source, coalesce(m.la2, holder) as holder,
		substr(md5(person_id || t.twin), 1, 16) as person_id, pass, match_probability
		from spine.membership v cross join twin t left join settled m on m.la = v.holder and m.twin = t.twin`)
	rows, err := db.Select(b.Context(), "select * from members")
	if err != nil {
		b.Fatal(err)
	}
	defer rows.Close()
	var all []models.Membership
	for rows.Next() {
		var m models.Membership
		var key string
		if err := rows.Scan(&key, &m.Source, &m.Holder, &m.PersonID, &m.Pass, &m.MatchProbability); err != nil {
			b.Fatal(err)
		}
		if _, err := hex.Decode(m.ChildKey[:], []byte(key)); err != nil {
			b.Fatal(err)
		}
		all = append(all, m)
	}
	in.Memberships = slices.Values(all)
}

var highWater = regexp.MustCompile(`(?m)^VmHWM:\s+(\d+) kB`)

// peakMB is the largest memory of this process; 0 where the system doesn't tell.
func peakMB() float64 {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	if m := highWater.FindSubmatch(b); m != nil {
		kb, _ := strconv.ParseFloat(string(m[1]), 64)
		return kb / 1024
	}
	return 0
}

// slowest asks each question five times and gives the longest of the medians, in milliseconds.
func slowest(b *testing.B, db *duck.DB) float64 {
	files, err := filepath.Glob("../../docs/examples/analysis/*.sql")
	if err != nil || len(files) == 0 {
		b.Fatal("no questions", err)
	}
	longest := 0.0
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			b.Fatal(err)
		}
		var took []float64
		for range 5 {
			start := time.Now()
			rows, err := db.Query(b.Context(), string(text))
			if err != nil {
				b.Fatalf("%s: %v", f, err)
			}
			for rows.Next() {
			}
			if err := rows.Close(); err != nil {
				b.Fatal(err)
			}
			took = append(took, float64(time.Since(start).Microseconds())/1000)
		}
		slices.Sort(took)
		b.Logf("%6.1f ms  %s", took[2], filepath.Base(f))
		longest = max(longest, took[2])
	}
	return longest
}
