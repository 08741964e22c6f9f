package finding

import (
	"strings"
	"testing"

	"throughline/schemas"
)

func TestNothingIdentifyingIsQuoted(t *testing.T) {
	s, err := schemas.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	q := NewQuoter(s)
	for v, shown := range map[string]bool{
		"U7": true, "u4": true, "E99": true, "41": true, "SDQ9": false, "CARPL": true, "X": true, "-3": true,
		"Amy": false, "SMITH": false, "04/03/2012": false, "2012-03-04": false, "B801200005001": false, "SW1A 1AA": false,
		"9434765919": false, "398768": false, "1234567": false, "M1 1AE": false, "W1A0AX": false, "12345": false,
	} {
		if got := q.Quote(v); strings.Contains(got, v) != shown {
			t.Errorf("Quote(%q) is %s", v, got)
		}
	}
	if got := q.Quote("04/03/2012"); got != "a value of the shape 99/99/9999" {
		t.Error(got)
	}
	if got := q.Quote("\x1b[2Jx½٣"); got != "a value of the shape ?[9AA?9" {
		t.Errorf("%q", got)
	}
	for n, want := range map[string]string{"Amy.XML": "file-3.xml", "amy smith.zip": "file-3.zip", "amy.smith": "file-3.csv", "EXPSSDA903.xml": "EXPSSDA903.xml"} {
		if got := q.Name(n, 2); got != want {
			t.Errorf("Name(%q) is %s, want %s", n, got, want)
		}
	}
	for n, shown := range map[string]bool{
		"episodes.csv": true, "SSDA903_2020_episodes.csv": true, "2019-episodes.csv": true, "placed_for_adoption.csv": true, "SSDA903 2018-19 v2 (1).CSV": true, "oc2_201819.csv": true,
		"case 398768.csv": false, "case 3987.csv": false, "SW1A 1AA.csv": false, "born 04-03-2012.csv": false, "O'Neil.csv": false, "amy smith.csv": false, "episodes_Amy.csv": false,
		"episodes 201899.csv": false, "header\x1b.csv": false, "B801200005001.csv": false, "file-1.csv": false, "": false,
	} {
		if got := q.Name(n, 2); (got == n) != shown || !shown && got != "file-3.csv" {
			t.Errorf("Name(%q) is %s", n, got)
		}
	}
}

func TestEveryRuleSaysWhatAndWhatToDo(t *testing.T) {
	for id, r := range rules {
		if r.What == "" || r.Hint == "" || r.Severity != "error" && r.Severity != "warning" {
			t.Errorf("%s: %+v", id, r)
		}
	}
}
