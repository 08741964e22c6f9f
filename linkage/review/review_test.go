package review

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"throughline/linkage"
	"throughline/linkage/score"
)

func key(n byte) linkage.Key { return linkage.Key{n, 0xee} }

func name(a, b linkage.Key) string {
	return ID([16]byte{a[0], b[0], 7, 7, 7, 7, 7, 7})
}

// pair is a doubt by a model that joins from 10 bits on.
func pair(a, b byte, bits float64, outcome linkage.Outcome, change func(*linkage.Doubt)) linkage.Doubt {
	d := linkage.Doubt{A: key(a), B: key(b), Kind: "ssda903", Pattern: score.Pattern(a), Weight: bits, Probability: 1 / (1 + 1/float64(uint64(1)<<uint(max(0, bits-7)))), Trusted: true,
		Threshold: 10, Outcome: outcome, Authorities: 2, RecordYears: 1, Years: [2][]int{{2016, 2017}, {2019}}, Sources: [2]string{"ssda903", "ssda903"}}
	if outcome == linkage.Joined {
		d.Pass = "score"
	}
	if change != nil {
		change(&d)
	}
	return d
}

func TestReasons(t *testing.T) {
	for _, c := range []struct {
		name string
		d    linkage.Doubt
		want string
	}{
		{"below the threshold", pair(1, 2, 9, linkage.Left, nil), "grey"},
		{"above it and not sure", pair(1, 2, 11, linkage.Joined, nil), "grey"},
		{"above it and sure", pair(1, 2, 30, linkage.Joined, func(d *linkage.Doubt) { d.Override = "returned_twice" }), "lifted"},
		{"a rival", pair(1, 2, 12, linkage.Ambiguous, nil), "rivals"},
		{"a twin", pair(1, 2, 30, linkage.Joined, func(d *linkage.Doubt) { d.Twins = 1 }), "twins"},
		{"a twin whom the UPN tells apart", pair(1, 2, 30, linkage.Joined, func(d *linkage.Doubt) { d.Twins, d.Witness, d.Override = 1, true, "x" }), "lifted"},
		{"three authorities", pair(1, 2, 30, linkage.Joined, func(d *linkage.Doubt) { d.Authorities = 3 }), "authorities"},
		{"three authorities, the pair within one", pair(1, 2, 30, linkage.Joined, func(d *linkage.Doubt) { d.Authorities, d.SameHolder, d.Reused = 3, true, true }), "reused"},
		{"refused", pair(1, 2, 30, linkage.Refused, func(d *linkage.Doubt) { d.Witness = true }), "crossed"},
		{"a weak rule", pair(1, 2, 12, linkage.Doubtful, nil), "weak"},
		{"a rule that the score opposes", pair(1, 2, -1, linkage.Joined, func(d *linkage.Doubt) { d.Pass = "p05" }), "opposed"},
		{"several", pair(1, 2, 9, linkage.Left, func(d *linkage.Doubt) { d.Twins, d.Reused = 2, true }), "grey twins reused"},
	} {
		if got := strings.Join(reasons(&c.d), " "); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	for _, r := range Reasons {
		if r.Short() == "" || r.Does() == "" {
			t.Errorf("%s has no words", r)
		}
	}
}

func TestTheMostUsefulComeFirst(t *testing.T) {
	more := func(d *linkage.Doubt) { d.RecordYears = 7 }
	r := &linkage.Result{Doubts: []linkage.Doubt{
		pair(1, 2, 4, linkage.Left, nil), pair(3, 4, 9.5, linkage.Left, nil), pair(5, 6, 9.5, linkage.Left, more), pair(7, 8, 30, linkage.Joined, func(d *linkage.Doubt) { d.Authorities = 3 }),
		pair(9, 10, -20, linkage.Ambiguous, func(d *linkage.Doubt) { d.Probability = 1e-9 })},
		Reviews: []linkage.Review{{Key: key(11)}}, Nodes: []linkage.Node{{Key: key(11), Source: "ssda903", FirstYear: 2016, LastYear: 2018, RecordYears: 3}}}
	all := New(r, nil, name)
	var order []byte
	for i, c := range all {
		order = append(order, c.A[0])
		if i > 0 && c.Use > all[i-1].Use {
			t.Errorf("case %d is more useful than the one before", i)
		}
	}
	if want := []byte{5, 11, 3, 1, 7, 9}; !slices.Equal(order, want) {
		t.Errorf("order %v, want %v", order, want)
	}
	if !all[1].One() || all[1].Where() != "one authority" || all[1].When() != "2016, 2018" {
		t.Errorf("the case about one record: %+v", all[1])
	}
	left := New(r, []linkage.Decision{{A: key(6), B: key(5)}, {A: key(11), B: key(11), Same: true}}, name)
	if len(left) != 4 || slices.ContainsFunc(left, func(c Case) bool { return c.A[0] == 5 || c.A[0] == 11 }) {
		t.Errorf("%d cases are left of 6 when two are decided", len(left))
	}
}

func TestGroups(t *testing.T) {
	var doubts []linkage.Doubt
	for i := range byte(6) {
		doubts = append(doubts, pair(20+2*i, 21+2*i, 9, linkage.Left, func(d *linkage.Doubt) { d.Pattern, d.RecordYears = score.Pattern(i/4), int(10-i) }))
	}
	all := New(&linkage.Result{Doubts: doubts}, nil, name)
	got := Groups(all[:5], all)
	if len(got) != 2 || got[0].Of != 4 || len(got[0].Cases) != 4 || got[1].Of != 2 || len(got[1].Cases) != 1 || got[1].Pattern != 1 {
		t.Errorf("groups %+v", got)
	}
}

func TestSummaryCountsTheLastWord(t *testing.T) {
	cases := New(&linkage.Result{Doubts: []linkage.Doubt{pair(1, 2, 9, linkage.Left, func(d *linkage.Doubt) { d.Twins = 1 }), pair(3, 4, 9, linkage.Left, nil)}}, nil, name)
	d := []linkage.Decision{{A: key(5), B: key(6), Same: true, Reviewer: "Ann", AtUTC: 1}, {A: key(6), B: key(5), Reviewer: "Bob", AtUTC: 2}, {A: key(7), B: key(8), Same: true, Reviewer: "Bob", AtUTC: 2}}
	s := Summary(cases, d)
	if got := fmt.Sprint(s.Queued, s.Decided, s.Reviewers); got != "[{near the threshold 2} {twins 1}] [{one child 1} {two children 1}] 1" {
		t.Errorf("summary %s", got)
	}
	figures := map[string]float64{}
	for _, r := range Rows(cases, d) {
		if r.Section != "review" || r.Note == "" {
			t.Errorf("row %+v", r)
		}
		figures[strings.TrimSpace(r.Item+" "+r.Subgroup)] = r.Value
	}
	if figures["queued"] != 2 || figures["queued twins"] != 1 || figures["decided"] != 2 || figures["decided two children"] != 1 || figures["reviewers"] != 1 {
		t.Errorf("rows %v", figures)
	}
}

func TestIDs(t *testing.T) {
	id := ID([16]byte{0xff, 1, 2, 3, 4, 5, 6, 7, 8})
	if len(id) != 11 || id[5] != '-' {
		t.Fatalf("id %q", id)
	}
	for _, s := range []string{id, strings.ToUpper(id), strings.ReplaceAll(id, "-", ""), " " + strings.NewReplacer("0", "O", "1", "l").Replace(id)} {
		if got, err := ParseID(s); err != nil || got != id {
			t.Errorf("%q is read as %q, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "7k2mq", "7k2mq-x01au", "7k2mq-x01ab9"} {
		if _, err := ParseID(s); err == nil {
			t.Errorf("%q is taken for a case", s)
		}
	}
}

func TestReasonsThatMayIdentifyAChildAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"UPN B801200005001 agrees": "a UPN", "upn b80120000500a agrees": "a UPN", "NHS 943 476 5919": "an NHS number", "number 9434765919 on both": "an NHS number",
		"moved from AB1 2CD": "a postcode", "lives at sw1a1aa now": "a postcode", "SW1A 1AA": "a postcode", "born 04/03/2012": "a date", "born 4.3.12": "a date", "2012-03-04": "a date",
		"born 4 March": "a date", "born on the 4th of march 2012": "a date", "March 4th": "a date", "CHILD 1000001 of before": "a number of a child", "key 8f3a91b2c7d0e4f5a6": "an id or a key",
		"one\ntwo": "a line break", strings.Repeat("long ", 80): "longer than",
	} {
		w := Word{Reason: text, Reviewer: "Ann"}
		if err := w.Check(); err == nil || !strings.Contains(err.Error(), want) || len(text) < 40 && strings.Contains(err.Error(), text) {
			t.Errorf("%q: %v, want %q, not quoted", text, err, want)
		}
	}
	for _, text := range []string{"REC E3 in one and RNE S in the other", "E3 one day before", "the 2 may be twins of 2016", "rule p05_dob_sex_home; UPN of 2017–2019 never agrees", "case 7k2mq-x01ab is the other twin",
		"same carer in both years, 3 of 4 comparisons agree", "the authority confirmed it"} {
		if err := (&Word{Reason: text, Reviewer: "Ann Other"}).Check(); err != nil {
			t.Errorf("%q is refused: %v", text, err)
		}
	}
	for _, w := range []Word{{Reviewer: "Ann"}, {Reason: "x"}, {Reason: "x", Reviewer: "born 04/03/2012"}} {
		if w.Check() == nil {
			t.Errorf("%+v is taken", w)
		}
	}
}

func TestReadCSV(t *testing.T) {
	got, err := ReadCSV("d.csv", strings.NewReader("\ufeffReviewer,case,why,decision,reason\nAnn,7K2MQX01AB,grey,Same,same carer\nAnn,00000-00001,grey,,\nBob,00000-00002,,different,twins\n"))
	if err != nil || len(got) != 2 || got[0] != (Word{"7k2mq-x01ab", true, "same carer", "Ann", 2}) || got[1].Same || got[1].Line != 4 {
		t.Errorf("%+v, %v", got, err)
	}
	_, err = ReadCSV("d.csv", strings.NewReader("case,decision,reason,reviewer\n00000-00001,same,yes,Ann\n00000-00001,different,no,Ann\nx,same,yes,Ann\n00000-00002,perhaps,yes,Ann\n"+
		"00000-00003,same,,Ann\n00000-00004,same,yes,\n00000-00005,same,born 04/03/2012,Ann\n"))
	for _, want := range []string{"d.csv:3: case 00000-00001: the contrary of line 2", "d.csv:4: column case", "d.csv:5: column decision", "d.csv:6: a decision needs a reason", "d.csv:7: a decision needs the name",
		"d.csv:8: reason: has what looks like a date"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no word of %q in: %v", want, err)
		}
	}
	for _, text := range []string{"", "case,decision,reason\n", "case,decision,reason,reviewer\n", "case,decision,reason,reviewer\n\"x"} {
		if _, err := ReadCSV("d.csv", strings.NewReader(text)); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

func TestContradiction(t *testing.T) {
	d := []linkage.Decision{{A: key(1), B: key(2), Same: true}, {A: key(2), B: key(3), Same: true}, {A: key(3), B: key(4)}}
	if c, ok := Contradiction(d); ok {
		t.Errorf("%+v contradicts nothing", c)
	}
	if c, ok := Contradiction(append(d, linkage.Decision{A: key(3), B: key(1)})); !ok || c.A != key(1) || c.B != key(3) {
		t.Error("three records of one child, two of which are two children, were taken")
	}
}

func TestWords(t *testing.T) {
	if got := Years([]int{2016, 2017, 2018, 2020}); got != "2016–2018, 2020" {
		t.Errorf("years %q", got)
	}
	w := RuleWords(linkage.DefaultRules())
	for _, c := range []struct {
		c    Case
		want string
	}{
		{Case{A: key(1), Outcome: "joined", Pass: "score"}, "joined by the score"},
		{Case{A: key(1), Outcome: "joined", Pass: "p01_upn_dob"}, "joined by p01_upn_dob (UPN and date of birth agree)"},
		{Case{A: key(1), Outcome: "refused", Constraint: "decision"}, "kept apart by decision"},
		{Case{A: key(1), Outcome: "left"}, "left apart: below the threshold"},
	} {
		if got := w.Did(&c.c); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
	m := &score.Model{Comparisons: []score.Comparison{{ID: "home_place", Levels: []score.Level{{ID: "unit_rare", M: 0.8, U: 0.1}, {ID: "differ", Does: "nothing in common", M: 0.2, U: 0.9}}}, {ID: "sex", Does: "sex", Levels: []score.Level{{ID: "same", M: 1, U: 0.5}}}}}
	got := Agreements(m, score.Pattern(0).With(0, 0))
	if len(got) != 2 || got[0] != (Agreement{What: "home place", How: "unit rare", Bits: 3}) || !got[1].Missing || got[1].How != "not given for one of the two, or both" {
		t.Errorf("agreements %+v", got)
	}
}
