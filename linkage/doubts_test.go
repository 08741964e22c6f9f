package linkage

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// doubtOf finds the doubt about two records.
func doubtOf(r *Result, a, b string) *Doubt {
	x, y := fakeKey(a), fakeKey(b)
	if bytes.Compare(x[:], y[:]) > 0 {
		x, y = y, x
	}
	for i := range r.Doubts {
		if d := &r.Doubts[i]; d.A == x && d.B == y {
			return d
		}
	}
	return nil
}

func TestDoubts(t *testing.T) {
	twin := func(id string, first int) child {
		return child{id: id, years: [2]int{first, first}, dob: "2009-05-20", sex: "F", home: "AB1 2CD"}
	}
	in := invent(t,
		// one child of three authorities
		child{id: "A/1", years: [2]int{2016, 2016}, dob: "2006-02-03", sex: "M", upn: "U1"},
		child{id: "B/1", years: [2]int{2018, 2019}, dob: "2006-02-03", sex: "M", upn: "U1"},
		child{id: "C/1", years: [2]int{2021, 2021}, dob: "2006-02-03", sex: "M", upn: "U1"},
		// one UPN in the care of two authorities for a year
		child{id: "A/2", years: [2]int{2018, 2018}, dob: "2007-02-03", sex: "M", upn: "U2", stays: []string{"2017-05-01 2018-03-01 S E4A"}},
		child{id: "B/2", years: [2]int{2018, 2018}, dob: "2007-02-03", sex: "M", upn: "U2", stays: []string{"2017-05-02 2018-03-01 S E4A"}},
		// twins, one of whom comes back elsewhere
		twin("A/3", 2016), twin("A/4", 2016), twin("B/3", 2019),
		// nothing to doubt
		child{id: "A/5", years: [2]int{2016, 2016}, dob: "2008-08-08", sex: "F", upn: "U5"},
		child{id: "B/5", years: [2]int{2018, 2018}, dob: "2008-08-08", sex: "F", upn: "U5"})
	r := link(t, in)
	far := 0
	for _, p := range [][2]string{{"A/1", "B/1"}, {"B/1", "C/1"}, {"A/1", "C/1"}} {
		if d := doubtOf(r, p[0], p[1]); d != nil && d.Outcome == Joined && d.Authorities == 3 && d.Witness && d.RecordYears == 1 {
			far++
		}
	}
	if far != 2 {
		t.Errorf("%d of the two joins of a child of three authorities are doubts", far)
	}
	if d := doubtOf(r, "A/2", "B/2"); d == nil || d.Outcome != Refused || d.Constraint != "two_authorities" || !d.Witness {
		t.Errorf("one UPN across a cannot-link: %+v", d)
	}
	for _, id := range []string{"A/3", "A/4"} {
		if d := doubtOf(r, id, "B/3"); d == nil || d.Outcome != Ambiguous || d.Pass != "p05_dob_sex_home" || d.Twins != 1 || !slices.Equal(d.Years[0], []int{2016}) && !slices.Equal(d.Years[1], []int{2016}) {
			t.Errorf("%s, a twin of another, and B/3: %+v", id, d)
		}
	}
	if d := doubtOf(r, "A/5", "B/5"); d != nil {
		t.Errorf("a plain link is doubted: %+v", d)
	}

	in.Decisions = []Decision{{A: fakeKey("A/3"), B: fakeKey("B/3"), Same: true, Reason: "one carer", AtUTC: 1}, {A: fakeKey("A/1"), B: fakeKey("B/1"), AtUTC: 1, Known: true}}
	r = link(t, in)
	if d := doubtOf(r, "A/3", "B/3"); d != nil {
		t.Errorf("a decided pair is doubted: %+v", d)
	}
	var events []Event
	for _, e := range r.Events {
		if e.Kind == Decided {
			events = append(events, e)
		}
	}
	if len(events) != 1 || events[0].Reason != "one child: one carer" || events[0].Person == "" || events[0].Other != "" || events[0].RunID != "run-1" {
		t.Errorf("events %+v, want one about the new decision", events)
	}
}

func TestGreyDoubts(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	var all []child
	for i := range 900 { // who move from A to B; some have no UPN, and some move home nearby
		c := child{id: fmt.Sprint("A/", i), years: [2]int{2016, 2017}, dob: fmt.Sprintf("20%02d-%02d-%02d", 3+rng.IntN(9), 1+rng.IntN(12), 1+rng.IntN(28)),
			sex: []string{"M", "F"}[rng.IntN(2)], ethnic: []string{"WBRI", "WBRI", "BCRB", "AIND"}[rng.IntN(4)], upn: fmt.Sprint("U", i), home: fmt.Sprintf("AB%d 2CD", i/3),
			stays: []string{"2015-05-01 2017-06-01 S E4A"}}
		if rng.IntN(3) == 0 {
			c.upn = ""
		}
		all = append(all, c)
		c.id, c.years, c.stays = fmt.Sprint("B/", i), [2]int{2020, 2020}, []string{"2019-07-20 2020-03-01 S E4A"}
		if rng.IntN(2) == 0 {
			c.home, c.ethnic = fmt.Sprintf("AB%d 2EF", i/3), "MOTH"
		}
		if rng.IntN(9) > 0 {
			all = append(all, c)
		}
	}
	in := invent(t, all...)
	rules := DefaultRules()
	rules.Scoring.LeastMatches, rules.Scoring.Threshold, rules.Scoring.Review = 1, "p0.999999", 0.01
	r, err := Link(t.Context(), in.input(t), Options{Rules: rules}, nil)
	if err != nil {
		t.Fatal(err)
	}
	person := map[Key]string{}
	for _, m := range r.Memberships {
		person[m.Key] = m.PersonID
	}
	outcomes := map[Outcome]int{}
	for i := range r.Doubts {
		d := &r.Doubts[i]
		outcomes[d.Outcome]++
		if bytes.Compare(d.A[:], d.B[:]) >= 0 || i > 0 && bytes.Compare(d.A[:], r.Doubts[i-1].A[:]) < 0 {
			t.Fatalf("doubt %d is out of order", i)
		}
		if joined := person[d.A] == person[d.B] && person[d.A] != ""; joined != (d.Outcome == Joined) {
			t.Errorf("outcome %s of a pair that is together: %v", d.Outcome, joined)
		}
		if d.Outcome == Left && (d.Probability < rules.Scoring.Review || d.Weight >= r.Models.Thresholds[d.Kind]) {
			t.Errorf("left with probability %v and %v bits", d.Probability, d.Weight)
		}
	}
	if outcomes[Left] == 0 {
		t.Errorf("doubts by outcome: %v", outcomes)
	}
}

func TestStandingIsTheLastWordOnEachPair(t *testing.T) {
	a, b, c := fakeKey("1"), fakeKey("2"), fakeKey("3")
	got := Standing([]Decision{{A: a, B: b, AtUTC: 5, Reason: "first"}, {A: a, B: c, AtUTC: 1}, {A: b, B: a, AtUTC: 5, Same: true, Reason: "second"}, {A: b, B: a, AtUTC: 4, Reason: "old"}})
	if len(got) != 2 {
		t.Fatalf("%d decisions stand, want 2", len(got))
	}
	for _, d := range got {
		if bytes.Compare(d.A[:], d.B[:]) > 0 || d.AtUTC == 5 && (!d.Same || d.Reason != "second") {
			t.Errorf("%+v", d)
		}
	}
}
