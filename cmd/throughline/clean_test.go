package main

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"throughline/pipeline/examine"
	"throughline/pipeline/reference"
	"throughline/schemas"
)

// expected are the rules that speak though nothing is wrong, and why.
var expected = map[string]string{
	"1001":          "the care lies further back than two returns",
	"1002":          "the care lies further back than two returns",
	"1016":          "most young people leave on the 18th birthday itself, and they are reported of",
	"187":           "an adoption on 31 March is told in the return of the year that the child was looked after to its end",
	"203":           "an assessment of age changes a date of birth",
	"208":           "a pupil is given another number",
	"503F":          "supported accommodation got its number in the year in which it was registered",
	"624":           "a mother's child isn't told of once she has left care: rule 165 doesn't allow it",
	"625":           "a child is born after a move of its mother's, who is still looked after",
	"626":           "a child is born between two times in care, in a year that no return tells of",
	"temporary_upn": "a pupil has a temporary number until the permanent one is given",
}

// Who breaks none of the collection's rules is found to break none: in a plausible population without mistakes only what is expected is said.
func TestAPopulationWithoutMessKeepsTheRules(t *testing.T) {
	s, err := schemas.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	x := examine.New(s, s.Dataset("ssda903"))
	defer x.Close()
	for _, years := range []string{"2017-2019", "2023-2025"} { // too few for a case system to be replaced, with other numbers for everybody
		t.Run(years, func(t *testing.T) {
			dir := invent(t, "--children", "1500", "--years", years, "--authorities", "3", "--seed", "2", "--mess", "0")
			kinds := map[string]int{}
			for _, r := range againstTables(t, s, x, dir) {
				for _, f := range r.Findings {
					kinds[f.Rule]++
					if expected[f.Rule] == "" && kinds[f.Rule] <= 3 {
						t.Errorf("%d %s: rule %s at row %d of %s, which nothing explains", r.Year, r.LA, f.Rule, f.Row, f.Module)
					}
				}
			}
			for _, rule := range slices.Sorted(maps.Keys(kinds)) {
				t.Logf("%s: %d", rule, kinds[rule])
			}
		})
	}
}

// The list of settings that comes with invented returns lets the rules on their numbers speak, where somebody mistyped or left out one.
func TestMistakesInNumbersOfSettingsAreFound(t *testing.T) {
	s, err := schemas.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	x := examine.New(s, s.Dataset("ssda903"))
	defer x.Close()
	kinds := map[string]int{}
	for _, r := range againstTables(t, s, x, invent(t, "--children", "1500", "--years", "2024-2025", "--authorities", "2", "--seed", "2", "--mess", "3")) {
		for _, f := range r.Findings {
			kinds[f.Rule]++
		}
	}
	for _, rule := range []string{"1008", "219", "221", "224", "218", "503F", "392b", "169"} {
		if kinds[rule] == 0 {
			t.Errorf("rule %s finds nothing", rule)
		}
	}
}

// againstTables examines every return of a population, each with last year's and the tables that come with them.
func againstTables(t *testing.T, s *schemas.Schema, x *examine.Examiner, dir string) (out []*examine.Return) {
	t.Helper()
	tables := filepath.Join(filepath.Dir(dir), "reference")
	f, err := os.Open(filepath.Join(tables, "postcodes.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	postcodes, err := reference.ReadPostcodes("postcodes.csv", f, s.Authorities, nil)
	if err != nil {
		t.Fatal(err)
	}
	list, err := os.ReadFile(filepath.Join(tables, "providers.csv"))
	if err != nil {
		t.Fatal(err)
	}
	providers, err := reference.ParseProviders("providers.csv", list)
	if err != nil {
		t.Fatal(err)
	}
	for _, year := range mustRead(t, dir) {
		n, err := strconv.Atoi(year.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, la := range mustRead(t, filepath.Join(dir, year.Name())) {
			files, _, err := sources(filepath.Join(dir, year.Name(), la.Name()))
			if err != nil {
				t.Fatal(err)
			}
			o := examine.Options{Year: schemas.Year(n), LA: la.Name(), Postcodes: postcodes, Providers: providers}
			before := filepath.Join(dir, strconv.Itoa(n-1), la.Name())
			if _, err := os.Stat(before); err == nil {
				if o.Previous, _, err = sources(before); err != nil {
					t.Fatal(err)
				}
			}
			got, err := x.Examine(t.Context(), files, o)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, got...)
		}
	}
	return out
}
