package stage

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"throughline/linkage"
	"throughline/linkage/evaluate"
	"throughline/linkage/review"
	"throughline/pipeline/lake"
	"throughline/workflows"
)

// someDay is when decisions of tests are made.
var someDay = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// linked links all that a project has, and gives the run and its queue.
func linked(t *testing.T, s *Stages) (string, *review.Queue) {
	t.Helper()
	run := planned(t, s, 0).RunID
	if _, err := os.Stat(s.lake.Path("loads")); err != nil { // else the loads of the run before are found
		ingested(t, s, 0)
	}
	if _, err := s.Link(t.Context(), workflows.RunInput{RunID: run}, quiet); err != nil {
		t.Fatal(err)
	}
	q, err := s.Review()
	if err != nil {
		t.Fatal(err)
	}
	if q.RunID != run {
		t.Fatalf("the queue of run %.12s is shown after run %.12s was linked", q.RunID, run)
	}
	return run, q
}

func opened[T any](t *testing.T, s *Stages, run, kind string) []T {
	t.Helper()
	var note linkNote
	if ok, err := s.lake.ReadRun(run, linkFile, &note); err != nil || !ok {
		t.Fatal(ok, err)
	}
	seal, err := newSealer(s.encoder)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := lake.Unseal[T](s.lake, seal, kind, note.Spine[kind])
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// apart reports whether the records of a case have different persons in a run.
func apart(t *testing.T, s *Stages, run string, c *review.Case) bool {
	t.Helper()
	person := map[linkage.Key]string{}
	for _, m := range opened[linkage.Membership](t, s, run, membershipKind) {
		person[m.Key] = m.PersonID
	}
	return person[c.A] == "" || person[c.A] != person[c.B]
}

// pick is a case that the rules left apart, and one that they joined.
func pick(t *testing.T, q *review.Queue) (left, joined review.Case) {
	t.Helper()
	for _, c := range q.Cases {
		switch {
		case c.One() || c.Outcome == string(linkage.Refused):
		case c.Outcome == string(linkage.Joined) && joined.ID == "":
			joined = c
		case c.Outcome != string(linkage.Joined) && left.ID == "" && (c.SourceA == "ssda903" || c.SourceB == "ssda903"): // else it would join no child
			left = c
		}
	}
	if left.ID == "" || joined.ID == "" {
		t.Fatalf("of %d cases none was joined, or none left apart", len(q.Cases))
	}
	return left, joined
}

func figure(t *testing.T, s *Stages, run, item, subgroup string) float64 {
	t.Helper()
	rows, err := s.LinkQuality(run)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if r.Section == "review" && r.Item == item && r.Subgroup == subgroup {
			return r.Value
		}
	}
	return 0
}

func TestTheNextRunObeysDecisions(t *testing.T) {
	s := crowd(t, 600)
	first, q := linked(t, s)
	left, joined := pick(t, q)
	if got := figure(t, s, first, "queued", ""); got != float64(len(q.Cases)) || got == 0 {
		t.Errorf("%v cases are counted, %d are shown", got, len(q.Cases))
	}
	decide := func(w ...review.Word) {
		t.Helper()
		if n, err := s.Decide(w, someDay); err != nil || n != len(w) {
			t.Fatalf("%d of %d decisions, %v", n, len(w), err)
		}
	}
	decide(review.Word{Case: left.ID, Same: true, Reason: "one carer in both years", Reviewer: "Ann"}, review.Word{Case: joined.ID, Reason: "two children of one home", Reviewer: "Bob"})

	now, err := s.Review()
	if err != nil || len(now.Cases) != len(q.Cases)-2 || now.Waiting() != 2 {
		t.Fatalf("%d cases wait for people and %d decisions for a run, %v", len(now.Cases), now.Waiting(), err)
	}
	if c, d := now.Find(left.ID); c == nil || d == nil || !d.Same || d.Obeyed {
		t.Errorf("the decided case: %+v, %+v", c, d)
	}

	second, q := linked(t, s)
	if second == first {
		t.Fatal("decisions make no other run")
	}
	if apart(t, s, second, &left) || !apart(t, s, second, &joined) {
		t.Error("the next run doesn't obey")
	}
	if slices.ContainsFunc(q.Cases, func(c review.Case) bool { return c.ID == left.ID || c.ID == joined.ID }) || q.Waiting() != 0 {
		t.Error("decided cases are asked again")
	}
	for k, want := range map[[2]string]float64{{"decided", ""}: 2, {"decided", "one child"}: 1, {"decided", "two children"}: 1, {"reviewers", ""}: 2} {
		if got := figure(t, s, second, k[0], k[1]); got != want {
			t.Errorf("%v: %v, want %v", k, got, want)
		}
	}
	var said []string
	for _, e := range opened[linkage.Event](t, s, second, eventKind) {
		if e.Kind == linkage.Decided {
			said = append(said, e.Reason)
		}
	}
	slices.Sort(said)
	if want := []string{"one child: one carer in both years", "two children: two children of one home"}; !slices.Equal(said, want) {
		t.Errorf("events %q, want %q", said, want)
	}

	// A later word replaces an earlier one; both are kept.
	decide(review.Word{Case: left.ID, Reason: "twins after all", Reviewer: "Bob"})
	third, q := linked(t, s)
	if third == second || !apart(t, s, third, &left) || !apart(t, s, third, &joined) {
		t.Error("the second decision on a case doesn't replace the first")
	}
	if len(q.Decisions) != 3 || q.Decisions[0].Stands || !q.Decisions[1].Stands || !q.Decisions[2].Stands || !q.Decisions[2].Obeyed {
		t.Errorf("decisions %+v", q.Decisions)
	}
	// The same again is nothing new, and gives the same run.
	if n, err := s.Decide([]review.Word{{Case: left.ID, Reason: "twins after all", Reviewer: "Bob"}}, someDay.Add(time.Hour)); n != 0 || err != nil {
		t.Errorf("the same decision again: %d, %v", n, err)
	}
	if again := planned(t, s, 0).RunID; again != third {
		t.Error("the same decisions make another run")
	}
}

// TestDecisionsOfOneWhoKnows lets a reviewer who knows who is who decide all cases: fewer links are wrong or missing then, and each case that
// was decided comes out as it is.
func TestDecisionsOfOneWhoKnows(t *testing.T) {
	s := crowd(t, 600)
	first, q := linked(t, s)
	truth, err := s.readTruth()
	if err != nil {
		t.Fatal(err)
	}
	person := map[linkage.Key]string{}
	for _, x := range truth {
		person[x.Key] = x.Person
	}
	count := func(run string) (wrong, missed int64) {
		for _, g := range evaluate.Evaluate(truth, opened[linkage.Node](t, s, run, nodeKind), opened[linkage.Membership](t, s, run, membershipKind)).Groups {
			if g.Subgroup == "" {
				wrong, missed = wrong+g.FP, missed+g.FN
			}
		}
		return wrong, missed
	}
	wrong, missed := count(first)
	var words []review.Word
	same := map[string]bool{}
	for _, c := range q.Cases {
		if a, b := person[c.A], person[c.B]; !c.One() && a != "" && b != "" {
			same[c.ID] = a == b
			words = append(words, review.Word{Case: c.ID, Same: a == b, Reason: "the truth is known", Reviewer: "one who knows"})
		}
	}
	if _, err := s.Decide(words, someDay); err != nil {
		t.Fatal(err)
	}
	second, _ := linked(t, s)
	nowWrong, nowMissed := count(second)
	t.Logf("%d of %d cases decided; wrong links %d, then %d; missed links %d, then %d", len(words), len(q.Cases), wrong, nowWrong, missed, nowMissed)
	if nowWrong > wrong || nowMissed > missed || nowWrong+nowMissed == wrong+missed {
		t.Errorf("wrong links %d, then %d; missed links %d, then %d", wrong, nowWrong, missed, nowMissed)
	}
	for i := range q.Cases {
		if c := &q.Cases[i]; !c.One() && apart(t, s, second, c) == same[c.ID] {
			t.Errorf("case %s, which is one child: %v, comes out otherwise", c.ID, same[c.ID])
		}
	}
}

// TestTwoProjectsWithEqualDecisionsHaveEqualRuns makes decisions at other times and in other files.
func TestTwoProjectsWithEqualDecisionsHaveEqualRuns(t *testing.T) {
	a, b := crowd(t, 600), crowd(t, 600)
	_, q := linked(t, a)
	linked(t, b)
	left, joined := pick(t, q)
	x, y := review.Word{Case: left.ID, Same: true, Reason: "yes", Reviewer: "Ann"}, review.Word{Case: joined.ID, Reason: "no", Reviewer: "Ann"}
	if _, err := a.Decide([]review.Word{x, y}, someDay); err != nil {
		t.Fatal(err)
	}
	for i, w := range []review.Word{y, x} {
		if _, err := b.Decide([]review.Word{w}, someDay.Add(time.Duration(i+5)*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	if p, q := planned(t, a, 0).RunID, planned(t, b, 0).RunID; p != q {
		t.Errorf("runs %.12s and %.12s", p, q)
	}
}

func TestDecisionsThatCannotBeTaken(t *testing.T) {
	s := crowd(t, 600)
	if _, err := s.Decide([]review.Word{{Case: "00000-00000", Same: true, Reason: "x", Reviewer: "Ann"}}, someDay); err == nil || !strings.Contains(err.Error(), "nothing was linked yet") {
		t.Errorf("before the first run: %v", err)
	}
	run, q := linked(t, s)
	left, _ := pick(t, q)
	_, err := s.Decide([]review.Word{{Case: left.ID, Same: true, Reason: "yes", Reviewer: "Ann", Line: 2}, {Case: "00000-00000", Same: true, Reason: "x", Reviewer: "Ann", Line: 3}, {Case: left.ID, Reviewer: "Ann", Line: 4}}, someDay)
	for _, want := range []string{"line 3: no case 00000-00000", "line 4: a decision needs a reason"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no word of %q in: %v", want, err)
		}
	}
	if now, err := s.Review(); err != nil || len(now.Decisions) != 0 {
		t.Errorf("a part of a wrong file was taken: %+v, %v", now.Decisions, err)
	}
	// Three records of which two pairs are one child and the third isn't: nothing could obey.
	key := func(n byte) linkage.Key { return linkage.Key{n} }
	cases := []review.Case{{A: key(1), B: key(2)}, {A: key(2), B: key(3)}, {A: key(1), B: key(3)}, {A: key(4), B: key(4)}}
	for i := range cases {
		cases[i].ID = s.caseID(cases[i].A, cases[i].B)
	}
	seal, err := newSealer(s.encoder)
	if err != nil {
		t.Fatal(err)
	}
	var note queueNote
	if note.Cases, err = lake.Seal(s.lake, seal, caseKind, cases); err != nil {
		t.Fatal(err)
	}
	if err := s.lake.WriteRun(run, queueFile, note); err != nil {
		t.Fatal(err)
	}
	words := []review.Word{{Case: cases[0].ID, Same: true, Reason: "x", Reviewer: "Ann"}, {Case: cases[1].ID, Same: true, Reason: "x", Reviewer: "Ann"}, {Case: cases[2].ID, Reason: "x", Reviewer: "Ann"}}
	if _, err := s.Decide(words, someDay); err == nil || !strings.Contains(err.Error(), "case "+cases[2].ID+" is decided to be two children") {
		t.Errorf("decisions that contradict each other: %v", err)
	}
	if _, err := s.Decide([]review.Word{{Case: cases[3].ID, Reason: "x", Reviewer: "Ann"}}, someDay); err == nil || !strings.Contains(err.Error(), "can't be split") {
		t.Errorf("a record that is to be split: %v", err)
	}
	if n, err := s.Decide([]review.Word{{Case: cases[3].ID, Same: true, Reason: "x", Reviewer: "Ann"}}, someDay); n != 1 || err != nil {
		t.Errorf("a record that is one child: %d, %v", n, err)
	}
}

func TestDecisionsThatWereLostStopTheRun(t *testing.T) {
	s := crowd(t, 600)
	_, q := linked(t, s)
	left, _ := pick(t, q)
	if _, err := s.Decide([]review.Word{{Case: left.ID, Same: true, Reason: "yes", Reviewer: "Ann"}}, someDay); err != nil {
		t.Fatal(err)
	}
	run := ingested(t, s, 0)
	if err := os.Remove(s.lake.Path(decisionLog)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Link(t.Context(), workflows.RunInput{RunID: run}, quiet); rejectedAs(err) != workflows.WorkspaceBroken || !strings.Contains(err.Error(), "hint: ") {
		t.Errorf("got %v", err)
	}
}

// TestNoKeyIsWrittenInTheClear looks for keys of the queue and of decisions in all that review leaves.
func TestNoKeyIsWrittenInTheClear(t *testing.T) {
	s := crowd(t, 600)
	run, q := linked(t, s)
	left, _ := pick(t, q)
	if _, err := s.Decide([]review.Word{{Case: left.ID, Same: true, Reason: "unmistakable words", Reviewer: "Ann"}}, someDay); err != nil {
		t.Fatal(err)
	}
	var secrets [][]byte
	for _, c := range q.Asked {
		for _, k := range []linkage.Key{c.A, c.B} {
			text, _ := json.Marshal(k)
			secrets = append(secrets, k[:], []byte(hex.EncodeToString(k[:])), text)
		}
	}
	secrets = append(secrets, []byte("unmistakable words"))
	sealed, files := 0, 0
	for _, dir := range []string{"link/decision", "link/review", "runs/" + run} {
		entries, err := os.ReadDir(s.lake.Path(dir))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if e.IsDir() {
				continue
			}
			b, err := os.ReadFile(s.lake.Path(dir + "/" + e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			files++
			if strings.HasSuffix(e.Name(), ".sealed") {
				sealed++
			}
			for _, x := range secrets {
				if bytes.Contains(b, x) {
					t.Errorf("%s/%s: a key or a reason in the clear", dir, e.Name())
					break
				}
			}
		}
	}
	if sealed != 2 || files < 6 {
		t.Errorf("%d files were looked at, %d of them sealed", files, sealed)
	}
	// What is planted is found.
	if b := []byte(fmt.Sprintf("x%xy", left.A[:])); !slices.ContainsFunc(secrets, func(x []byte) bool { return bytes.Contains(b, x) }) {
		t.Error("the search finds nothing")
	}
}
