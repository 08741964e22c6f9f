//go:build integration

package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"syscall"
	"testing"
	"time"

	"throughline/pipeline/duck"
)

// process runs the program as a process of its own: seconds from its start to its end, its CPU seconds and its largest memory.
func process(b *testing.B, dir string, args ...string) (wall, cpu, megabytes float64) {
	b.Helper()
	path, err := exec.LookPath("throughline")
	if err != nil {
		b.Fatal(err)
	}
	c := exec.Command(path, args...)
	c.Env = append(os.Environ(), "XDG_CONFIG_HOME="+filepath.Join(dir, "config"))
	var stderr bytes.Buffer
	c.Stderr = &stderr
	start := time.Now()
	err = c.Run()
	wall = time.Since(start).Seconds()
	if code := c.ProcessState.ExitCode(); err != nil && code != exitRejected {
		b.Fatalf("%v: %v\n%s", args, err, stderr.String())
	}
	use := c.ProcessState.SysUsage().(*syscall.Rusage)
	return wall, (c.ProcessState.UserTime() + c.ProcessState.SystemTime()).Seconds(), float64(use.Maxrss) / 1024
}

// BenchmarkCheckAuthority checks one large authority's return, 5,000 episodes and 12,000 reviews, all modules and all rules, held against last
// year's, from the start of the process. seconds is the median of the runs.
func BenchmarkCheckAuthority(b *testing.B) {
	dir := b.TempDir()
	process(b, dir, "synth", "--children", "6700", "--years", "2019-2024", "--authorities", "1", "--seed", "5", "--out", dir)
	inbox := filepath.Join(dir, "inbox", "ssda903")
	la := largest(b, filepath.Join(inbox, "2024"))
	now, last := filepath.Join(inbox, "2024", la), filepath.Join(inbox, "2023", la)
	for _, d := range []string{now, last} {
		padReviews(b, d, 12000)
	}
	var times []float64
	for b.Loop() {
		for range 5 {
			wall, cpu, mb := process(b, dir, "check", "--year", "2024", "--la", la, "--previous", last, "-o", "csv", "--to", filepath.Join(dir, "out.csv"), now)
			times = append(times, wall)
			b.ReportMetric(cpu, "CPU-s")
			b.ReportMetric(mb, "peak-MB")
		}
	}
	slices.Sort(times)
	b.ReportMetric(times[len(times)/2], "seconds")
	for _, m := range []string{"episodes", "reviews", "header"} {
		b.ReportMetric(float64(csvRows(b, now, m)), m)
	}
}

// largest is the authority with most bytes among the folders.
func largest(b *testing.B, dir string) (name string) {
	b.Helper()
	most := int64(-1)
	entries, err := os.ReadDir(dir)
	if err != nil {
		b.Fatal(err)
	}
	for _, e := range entries {
		var n int64
		err := filepath.Walk(filepath.Join(dir, e.Name()), func(_ string, i os.FileInfo, err error) error {
			if err == nil {
				n += i.Size()
			}
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
		if n > most {
			most, name = n, e.Name()
		}
	}
	return name
}

// moduleFile is the file of a folder whose name holds a module's.
func moduleFile(b *testing.B, dir, module string) string {
	b.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		b.Fatal(err)
	}
	for _, f := range found {
		if base := strings.ToLower(filepath.Base(f)); strings.Contains(base, module) && !strings.Contains(base, "sw_") {
			return f
		}
	}
	b.Fatalf("no %s in %s", module, dir)
	return ""
}

func csvRows(b *testing.B, dir, module string) int {
	b.Helper()
	text, err := os.ReadFile(moduleFile(b, dir, module))
	if err != nil {
		b.Fatal(err)
	}
	return bytes.Count(text, []byte("\n")) - 1
}

// rewrite changes the rows of a module's file; the first is its header.
func rewrite(b *testing.B, dir, module string, change func(rows [][]string) [][]string) {
	b.Helper()
	path := moduleFile(b, dir, module)
	text, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	rows, err := r.ReadAll()
	if err != nil {
		b.Fatal(err)
	}
	var out bytes.Buffer
	if err := csv.NewWriter(&out).WriteAll(change(rows)); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		b.Fatal(err)
	}
}

const written = "02/01/2006" // how returns write a date

// padReviews repeats reviews on other days until there are so many.
func padReviews(b *testing.B, dir string, many int) {
	b.Helper()
	rewrite(b, dir, "reviews", func(rows [][]string) [][]string {
		at, given := slices.Index(rows[0], "REVIEW"), len(rows)-1
		for i := 0; len(rows)-1 < many; i++ {
			row := slices.Clone(rows[1+i%given])
			if day, err := time.Parse(written, row[at]); err == nil {
				row[at] = day.AddDate(0, 0, -1-i/given).Format(written)
			}
			rows = append(rows, row)
		}
		return rows
	})
}

// splitEpisodes makes two of each second episode that is long enough: the child moves on half way through what lies in the year.
func splitEpisodes(b *testing.B, dir string, year int) {
	b.Helper()
	rewrite(b, dir, "episodes", func(rows [][]string) [][]string {
		at := func(column string) int { return slices.Index(rows[0], column) }
		if at("DECOM") < 0 || at("REASON_PLACE_CHANGE") < 0 { // in another encoding, or under other names
			return rows
		}
		out := rows[:1:1]
		for i, row := range rows[1:] {
			if len(row) < len(rows[0]) {
				out = append(out, row)
				continue
			}
			from, err := time.Parse(written, row[at("DECOM")])
			to, still := time.Parse(written, row[at("DEC")])
			if still != nil {
				to = time.Date(year, 3, 31, 0, 0, 0, 0, time.UTC)
			}
			if first := time.Date(year-1, 4, 1, 0, 0, 0, 0, time.UTC); from.Before(first) {
				from = first
			}
			days := int(to.Sub(from).Hours() / 24)
			if out = append(out, row); err != nil || days < 14 || i%2 == 1 {
				continue
			}
			moved, next := from.AddDate(0, 0, days/2).Format(written), slices.Clone(row)
			row[at("DEC")], row[at("REC")], row[at("REASON_PLACE_CHANGE")] = moved, "X1", "CARPL"
			next[at("DECOM")], next[at("RNE")] = moved, "P"
			out = append(out, next)
		}
		return out
	})
}

// BenchmarkIngestNation takes a year of all authorities' returns into the lake, read, checked by every rule against the year before, tokenised and
// written, from the start of the process, its server included; and copies the same files to Parquet by DuckDB's own reader, as text and unchecked.
// ratio is the one over the other.
func BenchmarkIngestNation(b *testing.B) {
	dir := b.TempDir()
	process(b, dir, "synth", "--stock", "58700", "--years", "2023-2024", "--authorities", "151", "--seed", "9", "--out", filepath.Join(dir, "made"))
	folders, err := filepath.Glob(filepath.Join(dir, "made/inbox/ssda903/2024/*"))
	if err != nil {
		b.Fatal(err)
	}
	for _, f := range folders {
		splitEpisodes(b, f, 2024)
	}
	files, err := filepath.Glob(filepath.Join(dir, "made/inbox/ssda903/2024/*/*.csv"))
	if err != nil || len(files) == 0 {
		b.Fatal("no files", err)
	}
	sort.Strings(files)
	for b.Loop() {
		project := filepath.Join(dir, fmt.Sprint("project", b.N, time.Now().UnixNano()))
		process(b, dir, "init", project)
		move := func(from, to string) {
			to = filepath.Join(project, "inbox", to)
			if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
				b.Fatal(err)
			}
			if err := os.CopyFS(to, os.DirFS(filepath.Join(dir, "made/inbox", from))); err != nil {
				b.Fatal(err)
			}
		}
		move("ssda903/2023", "ssda903/2023")
		move("reference", "reference")
		process(b, dir, "ingest", "--dir", project, "--year", "2023")
		move("ssda903/2024", "ssda903/2024")
		wall, cpu, mb := process(b, dir, "ingest", "--dir", project, "--year", "2024")
		bare := copyAll(b, files, filepath.Join(dir, "bare.parquet"))
		b.ReportMetric(wall, "seconds")
		b.ReportMetric(cpu, "CPU-s")
		b.ReportMetric(mb, "peak-MB")
		b.ReportMetric(bare, "copy-seconds")
		b.ReportMetric(wall/bare, "ratio")
	}
	rows := map[string]int{}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			b.Fatal(err)
		}
		n := bytes.Count(text, []byte("\n")) - 1
		rows["rows"] += n
		for _, m := range []string{"episodes", "header"} {
			if base := strings.ToLower(filepath.Base(f)); strings.Contains(base, m) && !strings.Contains(base, "sw_") {
				rows[m] += n
			}
		}
	}
	for m, n := range rows {
		b.ReportMetric(float64(n), m)
	}
}

// copyAll copies each file to Parquet by DuckDB alone, and gives the seconds of all.
func copyAll(b *testing.B, files []string, to string) float64 {
	b.Helper()
	db, err := duck.Open("", duck.Options{TempDir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	start := time.Now()
	for _, f := range files {
		q := fmt.Sprintf("copy (from read_csv(%s, all_varchar = true, null_padding = true, ignore_errors = true)) to %s (format parquet, compression zstd)", duck.Literal(f), duck.Literal(to))
		if err := db.Exec(context.Background(), q); err != nil {
			b.Logf("%s: %v", filepath.Base(f), err)
		}
	}
	return time.Since(start).Seconds()
}
