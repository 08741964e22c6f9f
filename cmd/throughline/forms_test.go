package main

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"throughline/fixtures"
	"throughline/pipeline/check"
	"throughline/pipeline/examine"
	"throughline/pipeline/finding"
	"throughline/schemas"
)

// invent writes a population and gives the folder with its returns.
func invent(t *testing.T, args ...string) string {
	t.Helper()
	dir := t.TempDir()
	var out, errOut bytes.Buffer
	if code := run(append([]string{"synth", "--out", dir}, args...), strings.NewReader(""), &out, &errOut); code != exitDone {
		t.Fatalf("synth ended with %d: %s", code, errOut.String())
	}
	return filepath.Join(dir, "inbox", "ssda903")
}

// returnOf reads an authority's return of a year as CSV modules; nil when a file is spoilt as a whole, so that nobody can write it in another form.
func returnOf(t *testing.T, s *schemas.Schema, dir, la string, y schemas.Year) *fixtures.Return {
	t.Helper()
	r, err := fixtures.ReadFolder(s, dir)
	if err != nil {
		t.Log(err)
		return nil
	}
	a, _ := s.Authorities.Find(la)
	r.Authority, r.Code, r.Year = a.Name, a.OldCode, y
	return r
}

// saidOnce are the rules that hold modules against each other in what XML says once of a child: its birth, its sex, that it is unaccompanied.
var saidOnce = []string{"INT11", "INT12", "INT13", "INT14", "INT15", "INT16", "INT17", "INT18", "INT21", "INT36"}

// found are the rows that break a rule of the collection, each as rule, module and what names the row. What is wrong with a line of text isn't
// among them: a workbook has no lines. With xml, only what that form can say: rows of children with one header row, by the other rules.
func found(r *examine.Return, xml func(child string) bool) map[string]int {
	out := map[string]int{}
	for _, f := range r.Findings {
		if f.By == nil || xml != nil && (slices.Contains(saidOnce, f.Rule) || !xml(r.Who(f)[0].Value)) {
			continue
		}
		out[fmt.Sprint(f.Rule, " ", f.Module, " ", r.Who(f))]++
	}
	return out
}

// inXML are the children whom XML can tell of as CSV does: with one header row in each return that has any row of theirs, and no second row in a
// module that has one a child.
func inXML(s *schemas.Schema, returns ...*fixtures.Return) func(child string) bool {
	good, bad := map[string]bool{}, map[string]bool{}
	for _, r := range returns {
		of := map[string]bool{}
		header := map[string]bool{}
		for id, m := range r.Modules {
			module := s.Dataset("ssda903").Module(id)
			at, in := slices.Index(m.Header, "CHILD"), map[string]int{}
			for _, row := range m.Rows {
				c := check.NormaliseID(row[at])
				in[c]++
				of[c] = true
				bad[c] = bad[c] || len(module.Key) == 1 && in[c] > 1
				header[c] = header[c] || module.Holds == schemas.Children
			}
		}
		for c := range of {
			good[c] = true
			bad[c] = bad[c] || !header[c]
		}
	}
	return func(c string) bool { return good[c] && !bad[c] }
}

// examined writes a return and last year's in a form and examines them.
func examined(t *testing.T, s *schemas.Schema, la string, now, last *fixtures.Return, form fixtures.Form, o fixtures.FormOptions) *examine.Return {
	t.Helper()
	x := examine.New(s, s.Dataset("ssda903"))
	defer x.Close()
	opts := examine.Options{Year: now.Year, LA: la}
	dir := t.TempDir()
	var err error
	if form == fixtures.Stacked {
		err = fixtures.WriteStack(s, dir, []*fixtures.Return{last, now}, o)
	} else {
		before := t.TempDir()
		if err = last.Write(s, before, form, o); err != nil {
			t.Fatal(err)
		}
		if opts.Previous, _, err = sources(before); err == nil {
			err = now.Write(s, dir, form, o)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	files, _, err := sources(dir)
	if err != nil {
		t.Fatal(err)
	}
	got, err := x.Examine(t.Context(), files, opts)
	if err != nil || len(got) != 1 {
		t.Fatalf("%s: %d returns: %v", form, len(got), err)
	}
	return got[0]
}

// sameInEveryForm examines a return in every form and fails where the findings aren't those of the CSV files.
func sameInEveryForm(t *testing.T, s *schemas.Schema, la string, now, last *fixtures.Return) {
	csv := examined(t, s, la, now, last, fixtures.CSV, fixtures.FormOptions{})
	t.Logf("%d kinds of row and rule, %d of them in XML too", len(found(csv, nil)), len(found(csv, inXML(s, now, last))))
	if len(found(csv, inXML(s, now, last))) == 0 {
		t.Error("a return without findings shows nothing")
	}
	for name, x := range map[string]struct {
		form fixtures.Form
		o    fixtures.FormOptions
	}{
		"XML": {form: fixtures.XML}, "workbook": {form: fixtures.Workbook}, "stack": {form: fixtures.Stacked}, "zip": {form: fixtures.Zip},
		"UTF-8 with a mark, lines as on Windows": {fixtures.CSV, fixtures.FormOptions{Encoding: fixtures.UTF8Mark, CRLF: true}},
		"UTF-16, quoted, a spare column":         {fixtures.CSV, fixtures.FormOptions{Encoding: fixtures.UTF16, Quoted: true, Spare: true}},
	} {
		t.Run(name, func(t *testing.T) {
			var only func(string) bool
			if x.form == fixtures.XML {
				only = inXML(s, now, last)
			}
			want, got := found(csv, only), found(examined(t, s, la, now, last, x.form, x.o), only)
			wrong := 0
			for _, k := range slices.Sorted(maps.Keys(want)) {
				if got[k] != want[k] {
					if wrong++; wrong < 10 {
						t.Errorf("%s: %d, in CSV %d", k, got[k], want[k])
					}
				}
				delete(got, k)
			}
			for _, k := range slices.Sorted(maps.Keys(got)) {
				if wrong++; wrong < 20 {
					t.Errorf("%s: %d, in CSV none", k, got[k])
				}
			}
			if wrong > 0 {
				t.Errorf("%d differ", wrong)
			}
		})
	}
}

func TestTheSameReturnHasTheSameFindingsInEveryForm(t *testing.T) {
	s, err := schemas.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, seed := range []string{"4", "8", "11", "12"} {
		dir := invent(t, "--children", "900", "--years", "2023-2024", "--authorities", "2", "--seed", seed)
		for _, e := range mustRead(t, filepath.Join(dir, "2024")) {
			la := e.Name()
			if _, err := os.Stat(filepath.Join(dir, "2023", la)); err != nil { // it began with the year
				continue
			}
			now, last := returnOf(t, s, filepath.Join(dir, "2024", la), la, 2024), returnOf(t, s, filepath.Join(dir, "2023", la), la, 2023)
			if now == nil || last == nil {
				continue
			}
			if compared++; compared == 1 { // a module that wasn't sent is missing from every form
				for _, r := range []*fixtures.Return{now, last} {
					delete(r.Modules, "AD1")
					delete(r.Modules, "PlacedAdoption")
				}
			}
			t.Run(seed+" "+la, func(t *testing.T) { sameInEveryForm(t, s, la, now, last) })
		}
	}
	if compared < 4 {
		t.Errorf("only %d returns could be written in every form", compared)
	}
}

func mustRead(t *testing.T, dir string) []os.DirEntry {
	t.Helper()
	out, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Whatever is cut off a file, nobody takes the rest for the whole: it is refused, or its rows are counted and the episodes that were
// open last year and are lost are named.
func TestACutReturnIsNeverTakenForAWhole(t *testing.T) {
	s, err := schemas.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	dir := invent(t, "--children", "120", "--years", "2023-2024", "--authorities", "1", "--seed", "8", "--mess", "0")
	la := mustRead(t, filepath.Join(dir, "2024"))[0].Name()
	now, last := returnOf(t, s, filepath.Join(dir, "2024", la), la, 2024), returnOf(t, s, filepath.Join(dir, "2023", la), la, 2023)
	x := examine.New(s, s.Dataset("ssda903"))
	defer x.Close()
	opts := examine.Options{Year: 2024, LA: la, Rules: []string{"not_closed", "unreadable_file", "unknown_file", "unfinished_line", "ragged_row"}}
	if opts.Previous, _, err = sources(filepath.Join(dir, "2023", la)); err != nil {
		t.Fatal(err)
	}
	for _, form := range []fixtures.Form{fixtures.CSV, fixtures.XML, fixtures.Workbook, fixtures.Zip} {
		t.Run(string(form), func(t *testing.T) {
			to := t.TempDir()
			if err := now.Write(s, to, form, fixtures.FormOptions{}); err != nil {
				t.Fatal(err)
			}
			files, _, err := sources(to)
			if err != nil {
				t.Fatal(err)
			}
			at := slices.IndexFunc(files, func(f examine.Source) bool { return strings.Contains(f.Name, "episodes") })
			at = max(at, 0) // of CSV files the episodes are cut, of the other forms the one file
			whole := examineAll(t, x, files, opts)
			if n := lostOf(whole); n > 0 {
				t.Fatalf("%d episodes are lost from the whole return", n)
			}
			refused, named := 0, 0
			for percent := 0; percent < 100; percent++ {
				cut := slices.Clone(files)
				cut[at].Content = cut[at].Content[:len(cut[at].Content)*percent/100]
				r := examineAll(t, x, cut, opts)
				rows, want := rowsOf(r, "Episodes"), rowsOf(whole, "Episodes")
				switch {
				case r.Failed() && rows == 0:
					refused++
				case rows <= want && marked(r) && lostOf(r) >= openBelow(now, last, rows) && lostOf(r) <= openBelow(now, last, rows-1): // the last row is cut too, and says so
					named++
				case rows < want && lostOf(r) == openBelow(now, last, rows):
					named++
				default:
					t.Errorf("at %d per cent: %d of %d rows, %d open episodes named as lost, %d are", percent, rows, want, lostOf(r), openBelow(now, last, rows))
				}
			}
			t.Logf("refused: %d, counted and named: %d, of 100", refused, named)
		})
	}
}

func examineAll(t *testing.T, x *examine.Examiner, files []examine.Source, o examine.Options) *examine.Return {
	t.Helper()
	got, err := x.Examine(t.Context(), files, o)
	if err != nil {
		t.Fatal(err)
	}
	return got[0]
}

func lostOf(r *examine.Return) (n int) {
	for _, f := range r.Findings {
		if f.Rule == "not_closed" {
			n++
		}
	}
	return n
}

// marked reports whether a row says that it is cut.
func marked(r *examine.Return) bool {
	return slices.ContainsFunc(r.Findings, func(f finding.Finding) bool { return f.Rule == "unfinished_line" || f.Rule == "ragged_row" })
}

func rowsOf(r *examine.Return, module string) (n int64) {
	for _, f := range r.Files {
		if f.Module != nil && f.Module.ID == module {
			n += f.Rows
		}
	}
	return n
}

// openBelow is how many episodes that were open last year stand in this year's return after its first rows.
func openBelow(now, last *fixtures.Return, rows int64) (n int) {
	col := func(m fixtures.Module, name string) int { return slices.Index(m.Header, name) }
	e := last.Modules["Episodes"]
	open := map[[2]string]bool{}
	for _, r := range e.Rows {
		if r[col(e, "DEC")] == "" {
			open[[2]string{r[col(e, "CHILD")], r[col(e, "DECOM")]}] = true
		}
	}
	e = now.Modules["Episodes"]
	for i, r := range e.Rows {
		if int64(i) >= rows && open[[2]string{r[col(e, "CHILD")], r[col(e, "DECOM")]}] {
			n++
		}
	}
	return n
}
