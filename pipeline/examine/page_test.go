package examine

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func pageOf(t *testing.T, returns []*Return, showIDs bool) string {
	t.Helper()
	var b bytes.Buffer
	if err := Page(&b, returns, showIDs); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPageSaysWhatIsWrong(t *testing.T) {
	returns := look(t, messy, Options{Year: 2020, LA: "E08000025"})
	run, failed, skipped, errors, warnings := returns[0].Counts()
	got := pageOf(t, returns, false)
	for _, want := range []string{
		"Birmingham (E08000025), year ending 31 March 2020", "Rules of 2022", fmt.Sprintf("Not ready to be sent: %d errors", errors),
		fmt.Sprintf(`<span class="label">Errors</span><span class="value">%d</span>`, errors), fmt.Sprintf(`<span class="label">Warnings</span><span class="value">%d</span>`, warnings),
		fmt.Sprintf(`<span class="value">%d</span><span class="note">%d passed, %d failed`, run, run-failed, failed),
		fmt.Sprintf(`<span class="label">Rules skipped</span><span class="value">%d</span>`, skipped),
		"146: unknown kind of placement", "Give a code in force.", "The child is missing from every count of where children live.", "episodes.csv:4",
		"Mend this first", "file-3.csv is set aside", "Give it with --previous",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the page doesn't say %q", want)
		}
	}
	for _, id := range []string{"1000001", "1000002", "04/03/2012", "2012-03-04", "A801200005001", "SMITH"} {
		if strings.Contains(got, id) {
			t.Errorf("the page holds %s", id)
		}
	}
	if m := regexp.MustCompile(`(?i)<script|<link|src=|href="http`).FindString(got); m != "" {
		t.Errorf("the page has %s, yet it should stand alone", m)
	}
	if with := pageOf(t, returns, true); !strings.Contains(with, "1000001") || !strings.Contains(with, "Identifies children.") {
		t.Error("with ids the page doesn't name the child, or doesn't warn that it does")
	}
}

func TestPageShowsTheFirstCases(t *testing.T) {
	var e strings.Builder
	e.WriteString("CHILD,DECOM,RNE,LS,CIN,PLACE,PLACE_PROVIDER,DEC,REC,REASON_PLACE_CHANGE,HOME_POST,PL_POST,URN\n")
	for i := range 30 {
		fmt.Fprintf(&e, "%d,05/06/2019,S,C2,N1,XX,PR1,,,,AB1 2CD,AB1 3CD,SC123456\n", 2000000+i)
	}
	got := pageOf(t, look(t, map[string]string{"episodes.csv": e.String()}, Options{Year: 2020, Rules: []string{"146"}}), false)
	if want := "The first 20 of 30 cases; 10 more"; !strings.Contains(got, want) {
		t.Errorf("the page doesn't say %q", want)
	}
	if n := strings.Count(got, `<th scope="row">episodes.csv:`); n != 20 {
		t.Errorf("the page shows %d cases, want 20", n)
	}
}

func TestPageOfAReturnWithoutMistakes(t *testing.T) {
	got := pageOf(t, look(t, map[string]string{"reviews.csv": "CHILD,DOB,REVIEW,REVIEW_CODE\n1000001,04/03/2012,05/07/2019,PN1\n"}, Options{Year: 2020, Rules: []string{"bad_date"}}), false)
	if !strings.Contains(got, "Nothing wrong was found.") || strings.Contains(got, "Not ready") {
		t.Error("the page of a return without mistakes doesn't say so")
	}
}

func TestPageOfAStackNamesItsReturns(t *testing.T) {
	stack := map[string]string{"episodes.csv": "LA,YEAR," + strings.ReplaceAll(messy["episodes.csv"], "\n1000001,", "\nBirmingham,2020,1000001,")}
	stack["episodes.csv"] = strings.Replace(stack["episodes.csv"], "\n1000002,05/06/2019,S,", "\nLeeds,2020,1000002,05/06/2019,Q,", 1)
	got := pageOf(t, look(t, stack, Options{}), false)
	for _, want := range []string{"Check of 2 returns", "Birmingham 2020", "Leeds 2020", "of 2 returns"} {
		if !strings.Contains(got, want) {
			t.Errorf("the page doesn't say %q", want)
		}
	}
}

func TestCSVHoldsNoFormula(t *testing.T) {
	var b bytes.Buffer
	if err := CSV(&b, look(t, map[string]string{"=cmd.csv": messy["notes.csv"], "reviews.csv": "CHILD,DOB,REVIEW,REVIEW_CODE\n@1000001,04/03/2012,05/07/2019,PN1\n-5,,05/07/2019,PN1\n"},
		Options{Year: 2020, Rules: []string{"bad_id", "required_blank"}, AsGiven: true}), true); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"'=cmd.csv", "'@1000001", "-5"} {
		if !slices.ContainsFunc(rows, func(r []string) bool { return slices.Contains(r, want) }) {
			t.Errorf("no cell is %s: %q", want, rows)
		}
	}
}

// However many returns a stack has, last year's files are opened once.
func TestLastYearIsOpenedOnceForAStack(t *testing.T) {
	stack := map[string]string{"reviews.csv": "LA,YEAR,CHILD,DOB,REVIEW,REVIEW_CODE\nLeeds,2020,1,04/03/2012,05/07/2019,PN1\nBirmingham,2020,2,04/03/2012,05/07/2019,PN1\n"}
	returns := look(t, stack, Options{Rules: []string{"bad_date"}, Previous: sources(map[string]string{"episodes.csv": messy["episodes.csv"]})})
	if len(returns) != 2 || len(returns[0].Before) != 1 || len(returns[1].Before) != 1 {
		t.Fatalf("%d returns, want 2 that are held against one file", len(returns))
	}
	if returns[0].Before[0] != returns[1].Before[0] {
		t.Error("last year's file was opened for each return")
	}
}
