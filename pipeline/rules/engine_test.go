package rules

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"throughline/pipeline/check"
	"throughline/pipeline/finding"
	"throughline/pipeline/reference"
	"throughline/schemas"
)

func load(t testing.TB, overlay fstest.MapFS) *schemas.Schema {
	t.Helper()
	s, err := schemas.Load(nil)
	if overlay != nil {
		s, err = schemas.Load(overlay)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func engine(t testing.TB, s *schemas.Schema) *Engine {
	t.Helper()
	e, err := New(s, s.Dataset("ssda903"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

// rows adds rows of "NAME=value ..." to a return; a module without rows has an empty file.
func rows(r *Return, d *schemas.Dataset, module string, of ...string) *Return {
	m := d.Module(module)
	r.Open(m)
	for i, text := range of {
		cells := make([]string, len(m.Sent()))
		for pair := range strings.FieldsSeq(text) {
			name, v, _ := strings.Cut(pair, "=")
			for j, c := range m.Sent() {
				if c.Name == name {
					cells[j] = v
				}
			}
		}
		r.Add(m, At{File: module + ".csv", Line: i + 2, Row: i + 1}, cells, nil)
	}
	return r
}

func TestARulesetHasTheRulesOfItsYears(t *testing.T) {
	d := load(t, nil).Dataset("ssda903")
	for code, in := range map[string][2]schemas.Year{ // first and last ruleset; 0 for no bound
		"101": {0, 0}, "370": {0, 2024}, "217t": {2024, 2024}, "230": {2024, 2024}, "347": {2024, 0}, "SW01STG1": {2024, 2024}, "SW01aSTG1": {2025, 0},
		"232": {2025, 0}, "444": {2026, 0}, "454": {2026, 0}, "582": {2023, 0}, "700": {2027, 0}, "445": {0, 2024}, "556": {0, 2024},
	} {
		for y := schemas.Year(2022); y <= 2027; y++ {
			if got, want := d.Rule(code).In(y), (in[0] == 0 || y >= in[0]) && (in[1] == 0 || y <= in[1]); got != want {
				t.Errorf("rule %s in %d: %v", code, y, got)
			}
		}
	}
	for _, code := range []string{"SW15STG2", "SW16aSTG2", "SW16bSTG2", "SW16cSTG2"} {
		if r := d.Rule(code); r.In(2025) || !r.NeverActive {
			t.Errorf("rule %s was withdrawn before it was ever in force", code)
		}
	}
	if n := len(d.Rules); n != 337 {
		t.Errorf("%d rules", n)
	}
}

func TestWhatHoldsOutsideTheKnownYearsIsSaid(t *testing.T) {
	d := load(t, nil).Dataset("ssda903")
	for _, c := range []struct {
		year, asked, rules, codes schemas.Year
		notes                     int
	}{{2024, 0, 2024, 2024, 0}, {2024, 2023, 2023, 2023, 0}, {2019, 0, 2022, 2019, 1}, {2016, 0, 2022, 2017, 2}, {2029, 0, 2027, 2027, 2}} {
		rules, codes, notes := Ruleset(d, c.year, c.asked)
		if rules != c.rules || codes != c.codes || len(notes) != c.notes {
			t.Errorf("%d: rules of %d, codes of %d, %q", c.year, rules, codes, notes)
		}
	}
}

func TestARuleWhoseNeedsAreNotMetIsSkippedWithTheReason(t *testing.T) {
	s := load(t, nil)
	d, e := s.Dataset("ssda903"), engine(t, s)
	ret := rows(NewReturn(check.New(s), "", 2024), d, "Episodes", "CHILD=1 DECOM=01/05/2023 PLACE=U4 URN=SC1")
	last := rows(NewReturn(check.New(s), "", 2023), d, "Episodes")
	res, err := e.Check(t.Context(), Input{Year: 2024, Returns: []*Return{ret}, Last: []*Return{last}, Only: []string{"1008", "179", "1015", "560", "601", "203", "164", "105", "502"}})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, a := range res.Rules {
		got[a.Rule.Code] = a.Skipped
	}
	want := map[string]string{"1008": "no list of providers", "1015": "the authority isn't known", "560": "the return has no PlacedAdoption", "601": "the return has no AD1",
		"179": "the authority isn't known", "203": "the return has no Header", "164": "no table of postcodes", "105": "the return has no Header", "502": ""}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}
}

// The list of settings is laid out once for all returns that are held against it, and anew for those of another.
func TestEachReturnIsHeldAgainstItsOwnList(t *testing.T) {
	s := load(t, nil)
	d, e := s.Dataset("ssda903"), engine(t, s)
	ret := rows(NewReturn(check.New(s), "E08000025", 2024), d, "Episodes", "CHILD=1 DECOM=01/05/2023 PLACE=U4 URN=SC111111", "CHILD=2 DECOM=01/05/2023 PLACE=U4 URN=SC222222")
	one, two := []reference.Provider{{URN: "SC111111"}}, []reference.Provider{{URN: "SC222222"}}
	for i, list := range [][]reference.Provider{one, one, two, nil, two, one} {
		res, err := e.Check(t.Context(), Input{Year: 2024, Returns: []*Return{ret}, Providers: list, Only: []string{"1008"}})
		if err != nil {
			t.Fatal(err)
		}
		var want []int // the row whose URN isn't in the list
		switch {
		case sameList(list, one):
			want = []int{1}
		case sameList(list, two):
			want = []int{0}
		}
		var got []int
		for _, b := range res.Broken {
			got = append(got, b.Row)
		}
		if !slices.Equal(got, want) {
			t.Errorf("check %d: rows %v, want %v", i, got, want)
		}
	}
}

// Two authorities may use the same number for different children.
func TestReturnsOfOnePassDoNotMix(t *testing.T) {
	s := load(t, nil)
	d, e := s.Dataset("ssda903"), engine(t, s)
	c := check.New(s)
	one := rows(rows(NewReturn(c, "E08000025", 2024), d, "Header", "CHILD=1 DOB=01/01/2010"), d, "Reviews", "CHILD=1 DOB=01/01/2010")
	two := rows(rows(NewReturn(c, "E08000026", 2024), d, "Header", "CHILD=2 DOB=01/01/2010"), d, "Reviews", "CHILD=1 DOB=02/01/2010", "CHILD=2 DOB=01/01/2010")
	in := Input{Year: 2024, Returns: []*Return{one, two}, Only: []string{"INT08", "INT17"}}
	res, err := e.Check(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i := range in.Returns {
		for _, f := range res.Findings(in, i) {
			got = append(got, fmt.Sprint(i, " ", f.Rule, " ", f))
		}
	}
	if len(got) != 1 || !strings.HasPrefix(got[0], "1 INT08 Reviews.csv:2: ") {
		t.Errorf("%q", got)
	}
}

// Callers side by side get what they would have got alone.
func TestSharedGivesEachItsOwn(t *testing.T) {
	s := load(t, nil)
	d, e := s.Dataset("ssda903"), engine(t, s)
	c := check.New(s)
	inputs := make([]Input, 12)
	for i := range inputs {
		r := NewReturn(c, fmt.Sprintf("E0800%04d", i), 2024-schemas.Year(i%2))
		for n := range i + 1 {
			rows(r, d, "Header", fmt.Sprintf("CHILD=%d SEX=9 DOB=01/01/2010", n))
		}
		inputs[i] = Input{Year: r.year, Returns: []*Return{r}, Only: []string{"101", "103"}}
	}
	shared := Share(e)
	var all sync.WaitGroup
	for i, in := range inputs {
		all.Go(func() {
			res, err := shared.Check(t.Context(), in)
			if err != nil || len(res.Broken) != 2*(i+1) || len(res.Rules) != 2 || res.Rules[0].Broken != i+1 {
				t.Errorf("%d: %+v, %v", i, res, err)
			}
		})
	}
	all.Wait()
}

func TestAnOverlayAddsAndReplacesRules(t *testing.T) {
	s := load(t, fstest.MapFS{"ssda903/rules/own.yaml": {Data: []byte(`rules:
  - {code: "101", kind: stage1, severity: warning, title: "ours", modules: [Header], fields: [SEX], error_when: "x", why: "x", fix: "x", flags: {Header: "SEX = '7'"}}
  - {code: "OWN1", kind: stage1, severity: error, title: "added", modules: [Header], fields: [DOB], error_when: "x", why: "x", fix: "x", flags: {Header: "DOB = {YS}"}}
`)}, "ssda903/codes/own.yaml": {Data: []byte(`code_sets: [{id: ETHNIC, codes: [{code: NEW, meaning: "a new code"}]}]`)}})
	d, e := s.Dataset("ssda903"), engine(t, s)
	ret := rows(NewReturn(check.New(s), "", 2024), d, "Header", "CHILD=1 SEX=7 DOB=01/04/2023 ETHNIC=NEW", "CHILD=2 SEX=8 DOB=02/04/2023 ETHNIC=WBRI")
	in := Input{Year: 2024, Returns: []*Return{ret}, Only: []string{"101", "OWN1", "103"}}
	res, err := e.Check(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range res.Findings(in, 0) {
		got = append(got, fmt.Sprint(f.Rule, " ", f.Row, " ", f.Severity()))
	}
	slices.Sort(got)
	if want := []string{"101 1 warning", "103 2 error", "OWN1 1 error"}; !reflect.DeepEqual(got, want) {
		t.Errorf("%q", got)
	}
}

func TestAWrongPredicateIsNamed(t *testing.T) {
	s := load(t, fstest.MapFS{"ssda903/rules/own.yaml": {Data: []byte(`rules:
  - {code: "OWN2", kind: stage1, severity: error, title: "added", modules: [Header], fields: [DOB], error_when: "x", why: "x", fix: "x", flags: {Header: "NOTHING = 1"}}
`)}})
	e := engine(t, s)
	ret := rows(NewReturn(check.New(s), "", 2024), s.Dataset("ssda903"), "Header", "CHILD=1")
	_, err := e.Check(t.Context(), Input{Year: 2024, Returns: []*Return{ret}})
	if err == nil || !strings.Contains(err.Error(), "ssda903/rules/own.yaml: rule OWN2: flags.Header: ") {
		t.Error(err)
	}
}

func TestAFindingThatTheCollectionSaysTooStandsOnce(t *testing.T) {
	at := finding.Finding{Module: "Episodes", File: "e.csv", Line: 2, Row: 1}
	code, other, rule := at, at, at
	code.Rule, code.Column = "not_a_code", "PLACE"
	other.Rule, other.Column = "not_a_code", "LS"
	rule.Rule, rule.Fields, rule.By = "146", []string{"PLACE"}, &finding.Rule{}
	if got := Merge([]finding.Finding{code, other}, []finding.Finding{rule}); len(got) != 2 || got[0].Column != "LS" || got[1].Rule != "146" {
		t.Errorf("%v", got)
	}
}

// What a predicate can't be worked out for is a value of somebody's: it is in no error, and nobody else's return suffers.
func TestAValueThatAPredicateCanNotTakeIsInNoError(t *testing.T) {
	s := load(t, fstest.MapFS{"ssda903/rules/own.yaml": {Data: []byte(`rules:
  - {code: "OWN3", kind: stage1, severity: error, title: "added", modules: [Header], fields: [UPN], error_when: "x", why: "x", fix: "x", flags: {Header: "UPN::integer > 5"}}
`)}})
	d, e := s.Dataset("ssda903"), engine(t, s)
	c := check.New(s)
	good := rows(NewReturn(c, "E08000025", 2024), d, "Header", "CHILD=1 UPN=7")
	bad := rows(NewReturn(c, "E08000026", 2024), d, "Header", "CHILD=1 UPN=A820455200115 SEX=9")
	in := Input{Year: 2024, Returns: []*Return{good, bad}, Only: []string{"OWN3", "101"}}
	res, err := e.Check(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if len(res.Findings(in, 0)) != 2 || len(res.Findings(in, 1)) != 1 {
		t.Errorf("%v, %v", res.Findings(in, 0), res.Findings(in, 1))
	}
	for _, a := range res.Rules {
		if strings.Contains(a.Skipped, "A82") || (a.Skipped != "") != (a.Rule.Code == "OWN3" && a.Return == 1) {
			t.Errorf("%s of return %d: %q", a.Rule.Code, a.Return, a.Skipped)
		}
	}
}

func TestTwoReturnsOfOneAuthorityNeverShareAPass(t *testing.T) {
	s := load(t, nil)
	d, e := s.Dataset("ssda903"), engine(t, s)
	c := check.New(s)
	one := rows(NewReturn(c, "E08000025", 2024), d, "Header", "CHILD=1 SEX=1 DOB=01/01/2010 ETHNIC=WBRI")
	in := Input{Year: 2024, Returns: []*Return{one}, Only: []string{"INT32", "101"}}
	if _, err := e.Check(t.Context(), Input{Year: 2024, Returns: []*Return{one, one}}); err == nil {
		t.Error("two returns of one authority in a pass")
	}
	shared := Share(e)
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			if res, err := shared.Check(t.Context(), in); err != nil || len(res.Broken) != 0 {
				t.Errorf("%+v, %v", res, err)
			}
		})
	}
	all.Wait()
}

// Who gives up doesn't wait, serves nobody, and leaves the engine whole.
func TestWhoGivesUpLeavesTheEngineWhole(t *testing.T) {
	s := load(t, nil)
	d, e := s.Dataset("ssda903"), engine(t, s)
	c := check.New(s)
	one := rows(NewReturn(c, "E08000025", 2024), d, "Header", "CHILD=1 SEX=9")
	shared := Share(e)
	for i := range 40 {
		ctx, stop := context.WithTimeout(t.Context(), time.Duration(i)*time.Millisecond)
		_, err := shared.Check(ctx, Input{Year: 2024, Returns: []*Return{one}})
		stop()
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
	}
	res, err := shared.Check(t.Context(), Input{Year: 2024, Returns: []*Return{one}, Only: []string{"101"}})
	if err != nil || len(res.Broken) != 1 {
		t.Errorf("%+v, %v", res, err)
	}
}

// The rows say who the children are: what doesn't fit in memory is an error, and nothing of it reaches a disk.
func TestNothingIsSpilled(t *testing.T) {
	e := engine(t, load(t, nil))
	var dir string
	if err := e.db.Row(t.Context(), "select current_setting('temp_directory')", &dir); err != nil || dir != "" {
		t.Errorf("%q, %v", dir, err)
	}
	if err := e.db.Exec(t.Context(), "copy (select 1) to '"+t.TempDir()+"/x.csv'"); err == nil {
		t.Error("a predicate may write a file")
	}
}

// A module that was sent without rows has columns of the same types as one with rows.
func TestAModuleWithoutRowsHasItsTypes(t *testing.T) {
	s := load(t, nil)
	d, e := s.Dataset("ssda903"), engine(t, s)
	ret := NewReturn(check.New(s), "", 2024)
	for _, m := range d.Modules {
		rows(ret, d, m.ID)
	}
	rows(ret, d, "Episodes", "CHILD=1 DECOM=01/05/2023 PLACE=A3 DEC=01/06/2023 REC=E11")
	if _, err := e.Check(t.Context(), Input{Year: 2024, Returns: []*Return{ret}, Last: []*Return{ret}}); err != nil {
		t.Error(err)
	}
}

// What panics on one of the engine's own goroutines is an error of that pass, and nothing more.
func TestAPanicEndsOnePass(t *testing.T) {
	s := load(t, nil)
	d, e := s.Dataset("ssda903"), engine(t, s)
	shared := Share(e)
	good := func(la string) *Return {
		return rows(rows(NewReturn(check.New(s), la, 2024), d, "Header", "CHILD=1 DOB=01/01/2010"), d, "Reviews", "CHILD=1 DOB=01/01/2010")
	}
	bad := good("E08000026")
	bad.tables["Reviews"].cols = bad.tables["Reviews"].cols[:1]
	in := Input{Year: 2024, Returns: []*Return{good("E08000025"), bad}, Only: []string{"INT08"}}
	if _, err := shared.Check(t.Context(), in); err == nil || !strings.Contains(err.Error(), "stopped unexpectedly") {
		t.Errorf("a return with too few columns: %v", err)
	}
	in.Returns = in.Returns[:1]
	if _, err := shared.Check(t.Context(), in); err != nil {
		t.Errorf("the next return: %v", err)
	}
}
