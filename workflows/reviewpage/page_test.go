package reviewpage

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"html"
	"regexp"
	"strings"
	"testing"

	"throughline/linkage"
	"throughline/linkage/review"
	"throughline/linkage/score"
)

func key(n byte) linkage.Key { return linkage.Key{n, 0xab, 0xcd, 0xef, 1, 2, 3} }

// sample is a queue of two patterns that a model judges, one that none does, and one record.
func sample() *review.Queue {
	level := func(id, does string, m, u float64) score.Level { return score.Level{ID: id, Does: does, M: m, U: u} }
	m := &score.Model{Kind: "ssda903", Prior: 0.01, Comparisons: []score.Comparison{
		{ID: "upn", Does: "permanent UPN, former ones included", Levels: []score.Level{level("same", "a UPN in common", 0.9, 0.001), level("differ", "", 0.1, 0.999)}},
		{ID: "sex", Levels: []score.Level{level("same", "", 0.99, 0.5), level("differ", "", 0.01, 0.5)}},
		{ID: "home", Does: "home postcode", Levels: []score.Level{level("unit", "the same", 0.5, 0.01), level("differ", "", 0.5, 0.99)}}}}
	q := &review.Queue{RunID: "c0ffee00c0ffee00", Models: []*score.Model{m}, Words: review.Words{}, Invented: true}
	add := func(n byte, pattern score.Pattern, kind string, change func(*review.Case)) {
		c := review.Case{ID: fmt.Sprintf("aaaaa-%05d", n), A: key(n), B: key(n + 100), Reasons: []string{string(review.Grey)}, Kind: kind, Pattern: uint64(pattern), Weight: m.Weight(pattern),
			Probability: m.Probability(m.Weight(pattern)), Trusted: kind == "ssda903", Threshold: 8, Outcome: "left", Authorities: 2, RecordYears: 3, YearsA: []int{2016, 2017, 2018}, YearsB: []int{2020},
			SourceA: "ssda903", SourceB: "ssda903"}
		if change != nil {
			change(&c)
		}
		q.Cases = append(q.Cases, c)
	}
	first := score.Pattern(0).With(1, 0).With(2, 0)
	for n := range byte(4) {
		add(n+1, first, "ssda903", nil)
	}
	add(5, first.With(0, 1), "ssda903", func(c *review.Case) { c.Reasons = []string{string(review.Rivals)} })
	add(6, first, "npd", func(c *review.Case) { c.SourceB = "npd" })
	add(7, 0, "ssda903", func(c *review.Case) { c.B, c.Reasons, c.Outcome = c.A, []string{string(review.Reused)}, "" })
	q.Asked = q.Cases
	return q
}

func render(t *testing.T, q *review.Queue, o Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := Render(&b, q, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// text is what a reader sees of a page.
func text(page string) string {
	page = regexp.MustCompile(`(?s)<style>.*?</style>|<[^>]*>`).ReplaceAllString(page, " ")
	return strings.NewReplacer("\u2011", "-", "\u2060", "", "\u00a0", " ").Replace(strings.Join(strings.Fields(html.UnescapeString(page)), " "))
}

func TestThePageShowsCasesByPattern(t *testing.T) {
	q := sample()
	q.Decisions = []review.Decided{{Decision: linkage.Decision{A: key(50), B: key(51), Same: true, Reason: "one carer", Reviewer: "Ann", AtUTC: 1}, Case: "bbbbb-00001", Stands: true, Obeyed: true},
		{Decision: linkage.Decision{A: key(52), B: key(53), Reason: "twins", Reviewer: "Bob", AtUTC: 86401}, Case: "bbbbb-00002", Stands: true}}
	page := render(t, q, Options{})
	for _, want := range []string{"7 cases wait for a person.", "Invented data.", "Pattern 1: 4 pairs like this", "Pattern 2: 1 pair like this", "aaaaa-00001", "near the threshold", "2016–2018 and 2020",
		"For one child: sex (same); home postcode (the same). Not known of one of the two, or both: permanent UPN, former ones included.", "For two: permanent UPN, former ones included (differ).",
		"No model judged such pairs.", "throughline link review decide aaaaa-00001 --same --reason \"WHY\" --reviewer \"NAME\"", "Numbers used for two children", "aaaaa-00007", "joined from here",
		"bbbbb-00002 Two children twins Bob 2 January 1970 waits for the next run", "By the last word on each case: one child 1, two children 1.", "☐ same ☐ different"} {
		if !strings.Contains(text(page), want) {
			t.Errorf("no word of %q", want)
		}
	}
	if got := strings.Count(page, "<svg"); got != 3 {
		t.Errorf("%d charts, want one of reasons and one for each pattern that a model judges", got)
	}
	for _, bad := range []string{"<script", "http://", "https://", "src="} {
		if strings.Contains(strings.ReplaceAll(page, "http://www.w3.org/2000/svg", ""), bad) {
			t.Errorf("the page has %q", bad)
		}
	}
	if page != render(t, q, Options{}) {
		t.Error("the same queue gives another page")
	}
}

func TestThePageSaysWhatIsLeftOut(t *testing.T) {
	page := text(render(t, sample(), Options{Limit: 3}))
	for _, want := range []string{"shows the 3 that are most useful to decide and leaves out 4 others", "Pattern 1: 4 pairs like this", "1 more pair with this pattern is not shown."} {
		if !strings.Contains(page, want) {
			t.Errorf("no word of %q", want)
		}
	}
	if strings.Contains(page, "aaaaa-00004") {
		t.Error("a case beyond the limit is shown")
	}
}

func TestAnEmptyQueueIsAPageToo(t *testing.T) {
	page := text(render(t, &review.Queue{RunID: "c0ffee"}, Options{Limit: 5}))
	for _, want := range []string{"No case waits for a person.", "Nothing is asked.", "Nobody has decided a case yet."} {
		if !strings.Contains(page, want) {
			t.Errorf("no word of %q", want)
		}
	}
}

// TestThePageHoldsNoKey looks for keys in all ways in which one could be written.
func TestThePageHoldsNoKey(t *testing.T) {
	q := sample()
	page := render(t, q, Options{})
	for _, c := range q.Asked {
		for _, k := range []linkage.Key{c.A, c.B} {
			for _, s := range []string{string(k[:7]), hex.EncodeToString(k[:7]), strings.ToUpper(hex.EncodeToString(k[:7])), strings.Trim(fmt.Sprint(k[:7]), "[]")} {
				if strings.Contains(page, s) {
					t.Errorf("a key of case %s is on the page", c.ID)
				}
			}
		}
	}
}
