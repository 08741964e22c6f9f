package linkage

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
)

// crowd invents records from so few values that many agree: most passes and cannot-links are met.
func crowd(rng *rand.Rand, n int) []child {
	pick := func(of ...string) string { return of[rng.IntN(len(of))] }
	var all []child
	for i := range n {
		first := 2016 + rng.IntN(6)
		c := child{
			id:    fmt.Sprintf("%s/%d", pick("A", "B", "C"), i),
			years: [2]int{first, min(2022, first+rng.IntN(3))},
			load:  rng.IntN(2),
			dob:   fmt.Sprintf("20%02d-%02d-%02d", 5+rng.IntN(10), 1+rng.IntN(3), 1+rng.IntN(4)),
			sex:   pick("M", "F"), ethnic: pick("WBRI", "BCRB", ""),
			home: fmt.Sprintf("AB%d %dCD", rng.IntN(5), rng.IntN(4)), place: pick("", "XY1 2AB", "XY2 3AB"),
		}
		if rng.IntN(2) == 0 {
			c.upn = fmt.Sprint("U", rng.IntN(n/2))
		}
		in, out := rng.IntN(12), rng.IntN(12)
		c.stays = []string{fmt.Sprintf("%d-%02d-01 %d-%02d-20 S %s", first-1, in%9+4, first, out%3+1, pick("E3", "E3", "E4A", "E11", "E2"))}
		switch rng.IntN(5) {
		case 0:
			c.id, c.former, c.stays = "npd:E92000001/"+fmt.Sprint(i), fmt.Sprint("U", rng.IntN(n/2)), nil
		case 1:
			c.id, c.ref, c.stays = "cin_census:A/"+fmt.Sprint(i), fmt.Sprintf("A/%d", rng.IntN(n)), nil
		}
		all = append(all, c)
	}
	return all
}

func TestOrderAndThreadsDoNotMatter(t *testing.T) {
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 1))
		in := invent(t, crowd(rng, 200)...)
		want := link(t, in)
		for threads := 1; threads <= 3; threads++ {
			rng.Shuffle(len(in.Identities), func(i, j int) { in.Identities[i], in.Identities[j] = in.Identities[j], in.Identities[i] })
			rng.Shuffle(len(in.Stays), func(i, j int) { in.Stays[i], in.Stays[j] = in.Stays[j], in.Stays[i] })
			rng.Shuffle(len(in.Addresses), func(i, j int) { in.Addresses[i], in.Addresses[j] = in.Addresses[j], in.Addresses[i] })
			got, err := Link(context.Background(), in.input(t), Options{Threads: threads}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("seed %d: another order of records on %d threads gives another result", seed, threads)
			}
		}
	}
}

func TestPersonsPartitionRecordsAndObeyCannotLinks(t *testing.T) {
	joined := 0
	for seed := range uint64(40) {
		in := invent(t, crowd(rand.New(rand.NewPCG(seed, 2)), 200)...)
		r := link(t, in)
		e, err := newEngine(in.input(t).Records, Options{})
		if err != nil {
			t.Fatal(err)
		}
		tab := e.t
		person := map[Key]string{}
		for _, m := range r.Memberships {
			if person[m.Key] != "" {
				t.Fatalf("seed %d: a record has two persons", seed)
			}
			person[m.Key] = m.PersonID
			if !(m.MatchProbability > 0 && m.MatchProbability <= 1) {
				t.Fatalf("seed %d: match probability %v", seed, m.MatchProbability)
			}
		}
		for i := range tab.nodes {
			a := &tab.nodes[i]
			if tab.isSpine(int32(i)) && person[a.key] == "" {
				t.Fatalf("seed %d: a record of the returns has no person", seed)
			}
			for j := range i {
				b := &tab.nodes[j]
				if person[a.key] == "" || person[a.key] != person[b.key] {
					continue
				}
				joined++
				if why, _ := e.conflict(int32(i), int32(j)); why != none {
					t.Fatalf("seed %d: one person across %s", seed, e.constraintID(why))
				}
				if back, _ := e.conflict(int32(j), int32(i)); back != none {
					t.Fatalf("seed %d: cannot-link %s holds one way only", seed, e.constraintID(back))
				}
			}
		}
	}
	if joined < 200 {
		t.Errorf("only %d pairs joined: the crowd does not try the linker", joined)
	}
}
