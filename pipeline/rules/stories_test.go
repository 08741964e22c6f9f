package rules

import (
	"encoding/csv"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"throughline/pipeline/check"
	"throughline/pipeline/reference"
	"throughline/schemas"
)

var overlay = flag.String("schemas", "", "a schema folder laid over the built-in one, to try rules without building anew")

// storyLA is the authority that submits the returns of the stories.
const storyLA = "E08000025"

// TestStories applies each rule to the story that was worked out for it: rows marked in the column fails break it, all others don't.
func TestStories(t *testing.T) {
	var over fs.FS
	if *overlay != "" {
		over = os.DirFS(*overlay)
	}
	s, err := schemas.Load(over)
	if err != nil {
		t.Fatal(err)
	}
	d := s.Dataset("ssda903")
	e, err := New(s, d)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	files, err := filepath.Glob("testdata/stories/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no stories", err)
	}
	told := map[string]bool{}
	for _, f := range files {
		code := strings.TrimSuffix(filepath.Base(f), ".txtar")
		told[code] = true
		t.Run(code, func(t *testing.T) {
			r := d.Rule(code)
			if r == nil || r.Code != code {
				t.Fatalf("no rule %s", code)
			}
			ar, err := txtar.ParseFile(f)
			if err != nil {
				t.Fatal(err)
			}
			story(t, s, e, r, ar)
		})
	}
	for _, r := range d.Rules {
		if !told[r.Code] {
			t.Errorf("rule %s has no story", r.Code)
		}
	}
}

func story(t *testing.T, s *schemas.Schema, e *Engine, r *schemas.Rule, ar *txtar.Archive) {
	years := map[int]bool{}
	for _, f := range ar.Files {
		y, err := strconv.Atoi(strings.SplitN(f.Name, "/", 2)[0])
		if err != nil {
			t.Fatalf("%s: a section begins with its year", f.Name)
		}
		years[y] = true
	}
	broken, kept := map[string]int{}, map[string]int{}
	for y := range years {
		year := schemas.Year(y)
		now, want := NewReturn(check.New(s), storyLA, year), map[string]bool{}
		in := Input{Year: year, Ruleset: year, Returns: []*Return{now}, Only: []string{r.Code}}
		var last *Return
		for _, f := range ar.Files {
			dir, name := path.Split(strings.TrimPrefix(f.Name, fmt.Sprintf("%d/", y)))
			switch {
			case !strings.HasPrefix(f.Name, fmt.Sprintf("%d/", y)):
			case name == "postcodes.csv":
				p, err := reference.ParsePostcodes(f.Name, f.Data, s.Authorities)
				if err != nil {
					t.Fatal(err)
				}
				in.Postcodes = p
			case name == "providers.csv":
				p, err := reference.ParseProviders(f.Name, f.Data)
				if err != nil {
					t.Fatal(err)
				}
				in.Providers = p
			case dir == "last/":
				if last == nil {
					last = NewReturn(check.New(s), storyLA, year-1)
				}
				take(t, e.dataset, last, f, nil)
			default:
				take(t, e.dataset, now, f, want)
			}
		}
		if last != nil {
			in.Last = []*Return{last}
		}
		res, err := e.Check(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		if len(res.Rules) != 1 || res.Rules[0].Skipped != "" {
			t.Fatalf("%d: not applied: %+v", y, res.Rules)
		}
		got := map[string]bool{}
		for _, b := range res.Broken {
			got[fmt.Sprintf("%s row %d", b.Module, b.Row+1)] = true
		}
		for at := range want {
			if !got[at] {
				t.Errorf("%d: %s should break the rule", y, at)
			}
		}
		for at := range got {
			if !want[at] {
				t.Errorf("%d: %s shouldn't break the rule", y, at)
			}
		}
		flags, _ := r.At(year)
		for m := range flags {
			n := 0
			for at := range want {
				if strings.HasPrefix(at, m+" row ") {
					n++
				}
			}
			broken[m] += n
			kept[m] += now.Rows(m) - n
		}
	}
	for m, n := range broken {
		if why := neverFails[r.Code]; why != "" && n == 0 {
			t.Logf("no row can break %s: %s", r.Code, why)
			continue
		}
		if n == 0 || kept[m] == 0 {
			t.Errorf("%s: %d rows that fail and %d that don't; both are needed", m, n, kept[m])
		}
	}
}

// neverFails are rules that no row can break, and why.
var neverFails = map[string]string{"411": "PL_LOCATION and PL_LA follow from one postcode, so they can't contradict each other"}

// take adds the rows of a story's file to a return.
func take(t *testing.T, d *schemas.Dataset, ret *Return, f txtar.File, want map[string]bool) {
	t.Helper()
	m := d.Module(strings.TrimSuffix(path.Base(f.Name), ".csv"))
	if m == nil {
		t.Fatalf("%s: no module", f.Name)
	}
	r := csv.NewReader(strings.NewReader(string(f.Data)))
	r.FieldsPerRecord = -1
	r.TrimLeadingSpace = true
	all, err := r.ReadAll()
	if err != nil || len(all) == 0 {
		t.Fatalf("%s: %v", f.Name, err)
	}
	head := all[0]
	if m.Holds == schemas.Children && slices.Contains(head, "UASC") {
		ret.Flagged = true
	}
	for _, h := range head {
		if h != "fails" && h != "why" && !slices.ContainsFunc(m.Sent(), func(c *schemas.Column) bool { return c.Name == h }) {
			t.Fatalf("%s: no column %s", f.Name, h)
		}
	}
	ret.Open(m)
	for i, row := range all[1:] {
		if len(row) > len(head) || len(row) < len(head)-1 {
			t.Fatalf("%s: row %d has %d cells, the header %d", f.Name, i+1, len(row), len(head))
		}
		cells := make([]string, len(m.Sent()))
		for j, c := range m.Sent() {
			if at := slices.Index(head, c.Name); at >= 0 && at < len(row) {
				cells[j] = strings.TrimSpace(row[at])
			}
		}
		ret.Add(m, At{File: f.Name, Line: i + 2, Row: i + 1}, cells, nil)
		if at := slices.Index(head, "fails"); at >= 0 && at < len(row) && row[at] != "" {
			if row[at] != "yes" || want == nil {
				t.Fatalf("%s: row %d: fails is yes or blank, and of this year's return", f.Name, i+1)
			}
			want[fmt.Sprintf("%s row %d", m.ID, i+1)] = true
		}
	}
}
