package evaluate

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"throughline/fixtures"
	"throughline/schemas"
	"throughline/workflows"
	"throughline/workflows/project"
	"throughline/workflows/stage"
)

func quiet(int64, int64) {}

// published makes a project whose invented returns have so many mistakes, and publishes it.
func published(t *testing.T, o fixtures.Options) *project.Project {
	t.Helper()
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	p, err := project.Init(filepath.Join(t.TempDir(), "care"), "demo-7", true, o.Seed)
	if err != nil {
		t.Fatal(err)
	}
	write(t, p, o, p.Data)
	s, err := stage.New(p)
	if err != nil {
		t.Fatal(err)
	}
	run, err := ingest(t.Context(), s, 0, func(string) (workflows.Progress, func()) { return quiet, func() {} })
	if err != nil {
		t.Fatal(err)
	}
	in := workflows.RunInput{RunID: run}
	if _, err := s.Link(t.Context(), in, quiet); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Build(t.Context(), in, quiet); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Publish(t.Context(), workflows.PublishInput{RunID: run, AllowPartial: true}, quiet); err != nil {
		t.Fatal(err)
	}
	return p
}

func write(t *testing.T, p *project.Project, o fixtures.Options, dir string) {
	t.Helper()
	if err := os.RemoveAll(filepath.Join(dir, "inbox")); err != nil {
		t.Fatal(err)
	}
	if _, err := fixtures.Generate(t.Context(), p.Schema, o, dir, nil); err != nil {
		t.Fatal(err)
	}
}

func TestEveryDifferenceHasOneCause(t *testing.T) {
	if testing.Short() {
		t.Skip("builds all models six times: a minute")
	}
	for _, c := range []struct {
		name string
		mess float64
	}{{"returns without mistakes", 0}, {"returns with four times the usual mistakes", 4}} {
		t.Run(c.name, func(t *testing.T) {
			o := fixtures.DefaultOptions
			o.Seed, o.Children, o.Authorities, o.FirstYear, o.LastYear, o.Mess = 7, 150, 3, 2022, 2025, c.mess
			p := published(t, o)
			clean := t.TempDir()
			o.Mess = 0
			write(t, p, o, clean)
			var steps []string
			found, err := Run(t.Context(), p, clean, func(name string) (workflows.Progress, func()) {
				steps = append(steps, name)
				return quiet, func() {}
			})
			if err != nil {
				t.Fatal(err)
			}
			if len(steps) != 3 || found.Year != 2025 {
				t.Errorf("steps %q, year %d", steps, found.Year)
			}
			spells, indicators, moved := 0, 0, 0
			for i := range found.Figures {
				f := &found.Figures[i]
				if f.Tier == "spells" {
					spells++
				} else {
					indicators++
				}
				if c.mess == 0 && !(f.Messy == f.Perfect) {
					t.Errorf("%s %s %s: %v, perfect %v", f.ID, f.Measure, f.Period, f.Messy, f.Perfect)
				}
				if f.Messy != f.Perfect {
					moved++
				}
				if f.Share() && math.Abs(f.Publishing()) > 0.5+1e-9 {
					t.Errorf("%s %s %s: published %v, exact %v", f.ID, f.Measure, f.Period, f.Published, f.Run)
				}
				if f.Symbol != "" && !math.IsNaN(f.Published) {
					t.Errorf("%s %s %s: hidden, yet %v", f.ID, f.Measure, f.Period, f.Published)
				}
				if !math.IsNaN(f.Published + f.Perfect + f.Messy) {
					if d := f.Mess() + f.Linkage() + f.Publishing() - f.Whole(); math.Abs(d) > 1e-6 {
						t.Errorf("%s %s %s: causes leave %v over", f.ID, f.Measure, f.Period, d)
					}
				}
			}
			if spells < 20 || indicators < 200 || c.mess > 0 && moved == 0 {
				t.Errorf("%d figures of spells, %d of indicators, %d moved by mistakes", spells, indicators, moved)
			}
			for _, g := range found.Causes() {
				if strings.HasSuffix(g.Group, "shares") && g.Linkage > 2 {
					t.Errorf("linkage moves %s by %.2f points", g.Group, g.Linkage)
				}
				if c.mess == 0 && g.Mess != 0 {
					t.Errorf("mistakes that nobody made move %s by %v", g.Group, g.Mess)
				}
			}
			if of := found.Of(2025); len(of.Figures) == 0 || len(of.Figures) >= len(found.Figures) {
				t.Errorf("%d of %d figures are of 2025", len(of.Figures), len(found.Figures))
			}
			for _, h := range found.Hidden {
				if h.Hidden > h.Figures || h.Shares > h.Figures-h.Hidden || h.RoundedBy > 0.5 {
					t.Errorf("%+v", h)
				}
			}
			calibrated, err := Published(t.Context(), filepath.Join(p.Sub("outputs"), "latest", "research.duckdb"))
			if err != nil {
				t.Fatal(err)
			}
			compared := 0
			for i := range calibrated {
				f := &calibrated[i]
				if math.IsNaN(f.Computed) {
					continue
				}
				compared++
				if f.Title == "" || f.Children <= 0 || f.Within() != (math.Abs(f.Computed-f.Published) <= f.Tolerance) {
					t.Errorf("%+v", *f)
				}
			}
			if compared < 50 {
				t.Errorf("%d published figures have a computed one", compared)
			}
			o.Seed++
			other := t.TempDir()
			write(t, p, o, other)
			if _, err := Run(t.Context(), p, other, nil); err == nil || !strings.Contains(err.Error(), "other children") {
				t.Errorf("another population: %v", err)
			}
		})
	}
}

func TestCausesAndWorst(t *testing.T) {
	nan := math.NaN()
	r := &Result{Figures: []Figure{
		{ID: "A", Tier: "core", Kind: "percentage", Period: "2025", Perfect: 10, Messy: 12, Run: 11, Published: 11},
		{ID: "B", Tier: "core", Kind: "incidence", Period: "202425", Perfect: 50, Messy: 50, Run: 54, Published: 54.4},
		{ID: "hidden", Tier: "core", Kind: "percentage", Period: "2025", Perfect: 0, Messy: 0, Run: 100, Published: nan, Symbol: "c"},
		{ID: "not in the run", Tier: "core", Kind: "percentage", Period: "2025", Perfect: 1, Messy: 1, Run: nan, Published: nan},
		{ID: "net", Tier: "core", Kind: "net_change", Period: "2025", Perfect: 0.1, Messy: 5, Run: 5, Published: 5},
		{ID: "children", Tier: "spells", Kind: "count", Perfect: 200, Messy: 202, Run: 198, Published: nan},
		{ID: "old", Tier: "core", Kind: "percentage", Period: "2024", Perfect: 0, Messy: 90, Run: 90, Published: 90},
	}}
	r = r.Of(2025)
	want := []Cause{
		{Group: "core indicators that are shares", Figures: 2, Unit: "points", Mess: 1, Linkage: 2.5, Publishing: 0.2, Whole: 2.7, WorstMess: 2, WorstLinkage: 4, Worst: 4.4},
		{Group: "spells", Figures: 1, Unit: "per cent", Mess: 1, Linkage: 2, Publishing: nan, Whole: 1, WorstMess: 1, WorstLinkage: 2, Worst: 1},
	}
	near := func(a, b float64) bool { return math.Abs(a-b) < 1e-9 || math.IsNaN(a) && math.IsNaN(b) }
	got := r.Causes()
	if len(got) != len(want) {
		t.Fatalf("%+v", got)
	}
	for i, w := range want {
		g := got[i]
		if g.Group != w.Group || g.Figures != w.Figures || g.Unit != w.Unit || !near(g.Mess, w.Mess) || !near(g.Linkage, w.Linkage) || !near(g.Publishing, w.Publishing) ||
			!near(g.Whole, w.Whole) || !near(g.WorstMess, w.WorstMess) || !near(g.WorstLinkage, w.WorstLinkage) || !near(g.Worst, w.Worst) {
			t.Errorf("got  %+v\nwant %+v", g, w)
		}
	}
	if worst := r.Worst(5); len(worst) != 2 || worst[0].ID != "B" {
		t.Errorf("worst: %+v", worst)
	}
}

// What was published is of indicators, measures and years that there are.
func TestPublishedFigures(t *testing.T) {
	list, err := known()
	if err != nil || len(list) < 30 {
		t.Fatal(len(list), err)
	}
	s, err := schemas.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, k := range list {
		at := slices.IndexFunc(s.Indicators, func(i schemas.Indicator) bool { return i.ID == k.Indicator })
		if at < 0 {
			t.Errorf("no indicator %s", k.Indicator)
			continue
		}
		if name := k.Indicator + " " + k.Measure; seen[name] || len(k.Values) == 0 || k.Source == "" || k.Within <= 0 {
			t.Errorf("%s: twice, or without values, source or tolerance", name)
		} else {
			seen[name] = true
		}
		academic := strings.HasPrefix(s.Indicators[at].TimeIdentifier, "Academic")
		for p := range k.Values {
			if academic != (len(p) == 6) {
				t.Errorf("%s: %s is no %s", k.Indicator, p, s.Indicators[at].TimeIdentifier)
			}
		}
	}
}

func TestAPeriodIsInTheYearInWhichItEnds(t *testing.T) {
	for period, want := range map[string]bool{"2024": true, "202324": true, "2023": false, "202425": false, "": false} {
		if In(period, 2024) != want {
			t.Errorf("%q: %v", period, !want)
		}
	}
}
