package spec

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"throughline/linkage"
)

const head = `title: x
inputs:
  - name: a
    path: a.csv
    id: id
    columns:
`

const rulesOf = `
max_block: 50
budget: 1000
prior_links: 1
floor: 0.5
passes:
`

func parsed(t *testing.T, text string) *Spec {
	t.Helper()
	s, err := Parse("x.yaml", []byte(text), load(t))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Parts are derived for every column of a domain, whichever column met the value first.
func TestColumnsOfOneDomainShareParts(t *testing.T) {
	s := parsed(t, head+`      - {column: given, as: name, domain: n}
      - {column: surname, as: name, domain: n}
`+rulesOf+`  - {id: p, links: within, agree: [given, surname_first2], precision: 1}
  - {id: q, links: within, agree: [given_soundex, surname], precision: 1}
`)
	rows := [][]string{{"id", "given", "surname"}, {"1", "smith", "xavier"}, {"2", "anna", "smith"}, {"3", "anna", "smyth"}}
	want := clusters(t, s, rows, 1)
	slices.Reverse(rows[1:])
	if got := clusters(t, s, rows, 1); !slices.Equal(got, want) {
		t.Errorf("%q, and from the end %q", want, got)
	}
}

// Ids that differ in case alone are two, unless an entity is named.
func TestIDsKeepTheirCase(t *testing.T) {
	s := parsed(t, head+"      - {column: e, as: code}\n"+rulesOf+"  - {id: p, links: within, agree: [e], precision: 1}\n")
	if got := clusters(t, s, [][]string{{"id", "e"}, {"aB1", "x"}, {"Ab1", "y"}}, 1); len(got) != 2 {
		t.Errorf("clusters %q", got)
	}
}

// Groups name values as they are written once normalised.
func TestGroupsTakeAnyCase(t *testing.T) {
	s := parsed(t, head+"      - {column: e, as: code, groups: {g: [wbri, wiri]}}\n"+rulesOf+"  - {id: p, links: within, agree: [e_group], precision: 1}\n")
	if got := clusters(t, s, [][]string{{"id", "e"}, {"1", "wbri"}, {"2", "WIRI"}, {"3", "ABAN"}}, 1); len(got) != 2 {
		t.Errorf("clusters %q", got)
	}
}

// Models are the same for any order of rows and number of threads, also where records have several values and pairs are of strata.
func TestModelsDoNotDependOnOrder(t *testing.T) {
	s := example(t, "child_years.yaml")
	s.Scoring.Strata = append(s.Scoring.Strata, "sex")
	s.Scoring.Random = 20000
	rng := rand.New(rand.NewPCG(1, 2))
	rows := [][]string{childRows[0]}
	for i := range 2000 {
		for y := range 2 {
			rows = append(rows, []string{fmt.Sprint(len(rows)), fmt.Sprint(2018 + y), fmt.Sprintf("E0900000%d", 1+rng.IntN(5)), fmt.Sprint(i % 700), fmt.Sprint(1 + rng.IntN(2)),
				fmt.Sprintf("20%02d-%02d-%02d", rng.IntN(12), 1+rng.IntN(12), 1+rng.IntN(28)), "WBRI", "", fmt.Sprintf("SW%dA %dAA", 1+rng.IntN(9), 1+rng.IntN(9)), "", "0"})
		}
	}
	learned := func(threads int) string {
		_, records := gatherRows(t, s, rows)
		c, err := linkage.Cluster(t.Context(), records, linkage.Options{Rules: &s.Rules, Threads: threads}, nil)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(c.Models)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	want := learned(1)
	if learned(3) != want {
		t.Error("three threads learn other models")
	}
	slices.Reverse(rows[1:])
	if learned(1) != want {
		t.Error("rows from the end give other models")
	}
}
