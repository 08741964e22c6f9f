package linkage

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"throughline/linkage/score"
)

func TestQuality(t *testing.T) {
	in := invent(t,
		child{id: "A/1", years: [2]int{2019, 2020}, dob: "2008-03-21", sex: "F", upn: "U1", home: "AB1 2CD", stays: []string{"2018-06-01 2019-06-01 S E4A"}},
		child{id: "B/1", years: [2]int{2022, 2022}, dob: "2008-03-21", sex: "F", upn: "U1"},
		child{id: "B/2", years: [2]int{2022, 2022}, dob: "2009-01-01", sex: "F"},
		child{id: "npd:E92000001/1", years: [2]int{2022, 2022}, dob: "2008-03-21", sex: "F", upn: "U1"},
		child{id: "npd:E92000001/2", years: [2]int{2022, 2022}, dob: "2001-03-21", sex: "M", upn: "U7"},
	)
	r := link(t, in)
	rows := Quality(in.input(t).Records, DefaultRules(), r)
	got := map[[3]string]float64{}
	for _, x := range rows {
		k := [3]string{x.Section, x.Item, x.Subgroup}
		if _, twice := got[k]; twice {
			t.Errorf("two rows for %v", k)
		}
		if math.IsNaN(x.Value) || x.Note == "" {
			t.Errorf("row without value or note: %v", x)
		}
		got[k] = x.Value
	}
	for k, want := range map[[3]string]float64{
		{"run", "persons", ""}:                   2,
		{"run", "records", ""}:                   5,
		{"pass", "p01_upn_dob", "joined"}:        1,
		{"linkage_rate", "npd", "2022"}:          0.5,
		{"linkage_rate", "ssda903", "2022"}:      0.5,
		{"completeness", "ssda903: UPN", "2022"}: 0.5,
		{"completeness", "ssda903: UPN", "A"}:    1,
		{"completeness", "ssda903: date of birth that may stand for another", "2022"}: 0.5,
		{"cluster_size", "records of the returns", "2"}:                               1,
		{"event", "mint", ""}: 2,
	} {
		if v, ok := got[k]; !ok || v != want {
			t.Errorf("%v is %v, want %v", k, v, want)
		}
	}
	big := invent(t, crowd(rand.New(rand.NewPCG(3, 3)), 200)...)
	if a, b := Quality(big.input(t).Records, DefaultRules(), link(t, big)), Quality(big.input(t).Records, DefaultRules(), link(t, big)); !slices.Equal(a, b) {
		t.Error("two runs give other rows")
	}
}

func TestModelFile(t *testing.T) {
	in := invent(t, crowd(rand.New(rand.NewPCG(4, 4)), 600)...)
	input := in.input(t)
	r := link(t, in)
	text, err := json.Marshal(r.Models)
	if err != nil {
		t.Fatal(err)
	}
	m, err := ReadModels(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	again, err := Link(t.Context(), input, Options{Models: m}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(again.Memberships, r.Memberships) {
		t.Error("another run with the same models gives other persons")
	}
	if _, err := ReadModels(bytes.NewReader(bytes.Replace(text, []byte(`"prior":0.`), []byte(`"prior":0.1`), 1))); !errors.Is(err, score.ErrHash) {
		t.Errorf("a model that was edited is read: %v", err)
	}
	for name, x := range map[string]struct{ text, want string }{
		"an empty file":    {"", "the file ends early"},
		"half a file":      {string(text[:len(text)/2]), "the file ends early"},
		"an unknown field": {strings.Replace(string(text), `"prior"`, `"lambda"`, 1), "lambda"},
		"two files":        {string(text) + string(text), "more follows"},
	} {
		if _, err := ReadModels(strings.NewReader(x.text)); err == nil || !strings.Contains(err.Error(), x.want) || !strings.Contains(err.Error(), "hint: ") {
			t.Errorf("%s: %v, want %q and a hint", name, err, x.want)
		}
	}
	rules := DefaultRules()
	rules.MaxBlock = 40
	if _, err := Link(t.Context(), input, Options{Rules: rules, Models: m}, nil); err == nil {
		t.Error("models of other rules are used")
	}
}

func TestReport(t *testing.T) {
	in := invent(t, crowd(rand.New(rand.NewPCG(4, 4)), 600)...)
	rules := DefaultRules()
	rules.Scoring.LeastMatches = 0
	input := in.input(t)
	r, err := Link(t.Context(), input, Options{Rules: rules}, nil)
	if err != nil {
		t.Fatal(err)
	}
	rep := NewReport("trial", input.Records, rules, r)
	if len(rep.Models) == 0 || len(rep.Thresholds) == 0 || len(rep.Patterns) == 0 {
		t.Fatalf("%d models, %d thresholds, %d patterns", len(rep.Models), len(rep.Thresholds), len(rep.Patterns))
	}
	pairs := map[string]int64{}
	for _, p := range r.Patterns {
		pairs[p.Kind] += p.Pairs
		if p.Outcomes.Pairs() != p.Pairs {
			t.Errorf("pattern %x of %s: %d outcomes of %d pairs", p.Pattern, p.Kind, p.Outcomes.Pairs(), p.Pairs)
		}
	}
	for _, h := range rep.Weights {
		var n int64
		for _, b := range h.Bins {
			n += b.Outcomes.Pairs()
		}
		if n != pairs[h.Kind] {
			t.Errorf("%s: the histogram holds %d pairs of %d", h.Kind, n, pairs[h.Kind])
		}
	}
	for _, x := range rep.Thresholds {
		for i := 1; i < len(x.Rows); i++ {
			if x.Rows[i].Links > x.Rows[i-1].Links || x.Rows[i].Probability < x.Rows[i-1].Probability {
				t.Errorf("%s: at %v bits more links or less probability than at %v", x.Kind, x.Rows[i].Weight, x.Rows[i-1].Weight)
			}
		}
	}
}
