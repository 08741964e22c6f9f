package linkage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

// shards runs a session over records that were saved and loaded, in so many shards and parts.
func shards(t *testing.T, in Input, o Options, n, parts int) *Result {
	t.Helper()
	var saved bytes.Buffer
	if err := in.Records.Save(&saved); err != nil {
		t.Fatal(err)
	}
	open := func() *Session { // each step may be another machine's
		r, err := LoadRecords(bytes.NewReader(saved.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		s, err := NewSession(r, o)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	proposed, costs := make([][][]byte, parts), [][]Cost{}
	for i := range n {
		p, err := open().Propose(context.Background(), Shard{N: i, Of: n}, parts, nil)
		if err != nil {
			t.Fatal(err)
		}
		for j, b := range p.Parts {
			proposed[j] = append(proposed[j], b)
		}
		costs = append(costs, p.Costs)
	}
	return finish(t, open(), in, proposed, costs)
}

func finish(t *testing.T, s *Session, in Input, proposed [][][]byte, costs [][]Cost) *Result {
	t.Helper()
	var scored [][]byte
	for _, part := range proposed {
		b, err := s.Score(context.Background(), part)
		if err != nil {
			t.Fatal(err)
		}
		scored = append(scored, b)
	}
	m, err := s.Train(scored)
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Cluster(context.Background(), in, scored, costs, m, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestShardsGiveWhatOneRunGives(t *testing.T) {
	for seed := range uint64(6) {
		in := invent(t, crowd(rand.New(rand.NewPCG(seed, 9)), 300)...)
		want := link(t, in)
		for _, n := range [][2]int{{1, 1}, {3, 2}, {7, 5}} {
			if got := shards(t, in.input(t), Options{Threads: 2}, n[0], n[1]); !reflect.DeepEqual(got, want) {
				t.Fatalf("seed %d: %d shards and %d parts give another result", seed, n[0], n[1])
			}
		}
	}
}

// TestProposingSinceEqualsProposingAll adds years one after another; each run is told the records and pairs of the one before.
func TestProposingSinceEqualsProposingAll(t *testing.T) {
	fewer := int64(0)
	for seed := range uint64(4) {
		full := invent(t, crowd(rand.New(rand.NewPCG(seed, 5)), 400)...)
		var since *Since
		for year := 2016; year <= 2022; year++ {
			in := full
			in.RunID = fmt.Sprint(year)
			in.Mint = mint(in.RunID)
			in.Identities, in.Stays = nil, nil
			known := map[Key]bool{}
			for _, x := range full.Identities {
				if x.Year <= year {
					in.Identities = append(in.Identities, x)
					known[x.Key] = true
				}
			}
			for _, x := range full.Stays {
				if x.Year <= year {
					in.Stays = append(in.Stays, x)
				}
			}
			input := in.input(t)
			s, err := NewSession(input.Records, Options{})
			if err != nil {
				t.Fatal(err)
			}
			all, err := s.Propose(context.Background(), Shard{}, 1, nil)
			if err != nil {
				t.Fatal(err)
			}
			if since != nil {
				got, err := s.ProposeSince(context.Background(), *since, 1, nil)
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(got.Parts[0], all.Parts[0]) {
					t.Fatalf("seed %d: pairs of %d differ when told what came before", seed, year)
				}
				if !slices.Equal(got.Costs, all.Costs) {
					t.Fatalf("seed %d: costs of %d differ when told what came before", seed, year)
				}
				fewer += got.Known
			}
			scored, err := s.Score(context.Background(), all.Parts)
			if err != nil {
				t.Fatal(err)
			}
			since = &Since{Records: input.Records, Scored: [][]byte{scored}}
		}
	}
	if fewer <= 0 {
		t.Error("nothing was saved: every block was looked at again")
	}
}

func TestRecordsAreSavedAsTheSameBytes(t *testing.T) {
	var saved [4]bytes.Buffer
	for i := range saved {
		in := invent(t, crowd(rand.New(rand.NewPCG(1, 9)), 300)...)
		if err := in.input(t).Records.Save(&saved[i]); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(saved[0].Bytes(), saved[i].Bytes()) {
			t.Fatalf("saved again, the same records are other bytes")
		}
	}
}

func TestDecisionsOutliveRules(t *testing.T) {
	a := child{id: "A/1", years: [2]int{2016, 2016}, dob: "2006-02-03", sex: "M", upn: "U1"}
	b := child{id: "B/1", years: [2]int{2018, 2018}, dob: "2006-02-03", sex: "M", upn: "U1"}
	c := child{id: "C/1", years: [2]int{2020, 2020}, dob: "2011-09-09", sex: "F"}
	in := invent(t, a, b, c)
	if got := together(link(t, in), []child{a, b, c}); got != "A/1 B/1" {
		t.Fatalf("together: %q", got)
	}
	in.Decisions = []Decision{
		{A: fakeKey("A/1"), B: fakeKey("B/1"), Same: true, AtUTC: 1},
		{A: fakeKey("B/1"), B: fakeKey("A/1"), Same: false, AtUTC: 2}, // the last word counts
		{A: fakeKey("A/1"), B: fakeKey("C/1"), Same: true, AtUTC: 1},
	}
	r := link(t, in)
	if got := together(r, []child{a, b, c}); got != "A/1 C/1" {
		t.Errorf("together: %q", got)
	}
	if refused(r)[decisionPassID] == 0 || passOf(r, "C/1") != decisionPassID {
		t.Errorf("refusals %v, pass %q", refused(r), passOf(r, "C/1"))
	}
}

// TestBlockThatShrankIsLookedAt corrects one record's UPN, so that the others' value is no longer shared by too many.
func TestBlockThatShrankIsLookedAt(t *testing.T) {
	records := func(last string) Input {
		var all []child
		for i := range DefaultRules().MaxBlock + 1 {
			upn := "U1"
			if i == 0 {
				upn = last
			}
			all = append(all, child{id: fmt.Sprintf("L%02d/%d", i, i), years: [2]int{2016, 2016}, dob: "2006-02-03", sex: "M", upn: upn})
		}
		d := invent(t, all...)
		return d.input(t)
	}
	before, now := records("U1"), records("U2")
	propose := func(in Input, since *Since) []byte {
		s, err := NewSession(in.Records, Options{})
		if err != nil {
			t.Fatal(err)
		}
		var p *Proposed
		if since == nil {
			p, err = s.Propose(context.Background(), Shard{}, 1, nil)
		} else {
			p, err = s.ProposeSince(context.Background(), *since, 1, nil)
		}
		if err != nil {
			t.Fatal(err)
		}
		return p.Parts[0]
	}
	s, err := NewSession(before.Records, Options{})
	if err != nil {
		t.Fatal(err)
	}
	scored, err := s.Score(context.Background(), [][]byte{propose(before, nil)})
	if err != nil {
		t.Fatal(err)
	}
	all, got := propose(now, nil), propose(now, &Since{Records: before.Records, Scored: [][]byte{scored}})
	if len(all) == 0 || !bytes.Equal(got, all) {
		t.Errorf("%d pairs when told what came before, %d in full", len(got)/16, len(all)/16)
	}
}

func TestShardsShareTheBudget(t *testing.T) {
	var all []child
	for i := range 600 {
		all = append(all, child{id: fmt.Sprintf("L%d/%d", i%40, i), years: [2]int{2016, 2016}, dob: fmt.Sprintf("2006-02-%02d", 1+i%20), sex: "M", upn: fmt.Sprint("U", i/30)})
	}
	d := invent(t, all...)
	in := d.input(t)
	rules := DefaultRules()
	rules.Budget = 10
	var over *OverBudget
	if _, err := Link(t.Context(), in, Options{Rules: rules}, nil); !errors.As(err, &over) {
		t.Fatalf("the whole is not refused: %v", err)
	}
	refused := 0
	for i := range 4 {
		s, err := NewSession(in.Records, Options{Rules: rules})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Propose(t.Context(), Shard{N: i, Of: 4}, 1, nil); errors.As(err, &over) {
			refused++
		}
	}
	if refused == 0 {
		t.Error("no shard is refused")
	}
}
