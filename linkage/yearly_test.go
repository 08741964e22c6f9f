package linkage_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"throughline/linkage"
)

// until folds the deliveries up to a year into records.
func (d *delivery) until(t *testing.T, year int) *linkage.Records {
	t.Helper()
	g := linkage.NewReturns(d.in.Successors)
	for i := range d.in.Identities {
		if d.in.Identities[i].Year <= year {
			g.Identity(&d.in.Identities[i])
		}
	}
	for i := range d.in.Addresses {
		if d.in.Addresses[i].Year <= year {
			g.Address(&d.in.Addresses[i])
		}
	}
	for i := range d.in.Stays {
		if d.in.Stays[i].Year <= year {
			g.Stay(&d.in.Stays[i])
		}
	}
	r, err := g.Records()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// sets are the records of each person, by its id.
func sets(m []linkage.Membership) map[string][]linkage.Key {
	out := map[string][]linkage.Key{}
	for _, x := range m {
		out[x.PersonID] = append(out[x.PersonID], x.Key)
	}
	return out
}

// TestYearByYearEqualsAllAtOnce links invented deliveries one year after another, each run told the spine and the pairs of the one before,
// and once all together. The partitions are equal, and a person whose records are those of the year before, or those and new ones, keeps the id.
func TestYearByYearEqualsAllAtOnce(t *testing.T) {
	d, _ := invented(t)
	years := map[int]bool{}
	for i := range d.in.Identities {
		years[d.in.Identities[i].Year] = true
	}
	var order []int
	for y := range years {
		order = append(order, y)
	}
	slices.Sort(order)
	var since *linkage.Since
	var before []linkage.Membership
	kept, should := 0, 0
	for _, year := range order {
		records := d.until(t, year)
		start := time.Now()
		s, err := linkage.NewSession(records, linkage.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var p *linkage.Proposed
		if since == nil {
			p, err = s.Propose(t.Context(), linkage.Shard{}, 1, nil)
		} else {
			p, err = s.ProposeSince(t.Context(), *since, 1, nil)
		}
		if err != nil {
			t.Fatal(err)
		}
		blocking := time.Since(start)
		scored, err := s.Score(t.Context(), p.Parts)
		if err != nil {
			t.Fatal(err)
		}
		m, err := s.Train([][]byte{scored})
		if err != nil {
			t.Fatal(err)
		}
		run := fmt.Sprint("run of ", year)
		in := linkage.Input{Records: records, Previous: before, RunID: run, Mint: func(n uint64) string { return d.enc.PersonID(run, n) }}
		r, err := s.Cluster(t.Context(), in, [][]byte{scored}, [][]linkage.Cost{p.Costs}, m, nil)
		if err != nil {
			t.Fatal(err)
		}
		compared := 0
		for _, c := range p.Costs {
			compared += c.Compared
		}
		events := map[linkage.EventKind]int{}
		for _, e := range r.Events {
			events[e.Kind]++
		}
		t.Logf("%d: %d records, %d pairs looked at, blocking %v of %v; events %v", year, records.Len(), compared, blocking.Round(time.Millisecond), time.Since(start).Round(time.Millisecond), events)
		old, now := sets(before), sets(r.Memberships)
		person := map[linkage.Key]string{}
		for _, x := range r.Memberships {
			person[x.Key] = x.PersonID
		}
		was := map[linkage.Key]string{}
		for _, x := range before {
			was[x.Key] = x.PersonID
		}
		for id, keys := range old {
			whole := person[keys[0]] != ""
			for _, k := range keys {
				whole = whole && person[k] == person[keys[0]]
			}
			for _, k := range now[person[keys[0]]] {
				whole = whole && (was[k] == "" || was[k] == id)
			}
			if !whole {
				continue // split, or joined with another
			}
			should++
			if person[keys[0]] == id {
				kept++
			}
		}
		before, since = r.Memberships, &linkage.Since{Records: records, Scored: [][]byte{scored}}
	}
	if kept != should || should < 1000 {
		t.Errorf("%d of %d persons that nothing affected kept their ids", kept, should)
	}
	t.Logf("%d of %d persons that nothing affected kept their ids", kept, should)
	full, err := linkage.Link(t.Context(), linkage.Input{Records: d.until(t, order[len(order)-1]), RunID: "full", Mint: func(n uint64) string { return d.enc.PersonID("full", n) }}, linkage.Options{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	lowest := func(m []linkage.Membership) map[linkage.Key]linkage.Key {
		low, out := map[string]linkage.Key{}, map[linkage.Key]linkage.Key{}
		for _, x := range m { // by key
			if _, ok := low[x.PersonID]; !ok {
				low[x.PersonID] = x.Key
			}
			out[x.Key] = low[x.PersonID]
		}
		return out
	}
	a, b := lowest(before), lowest(full.Memberships)
	differ := 0
	for k, x := range a {
		if b[k] != x {
			differ++
		}
	}
	t.Logf("%d of %d records differ between year by year and all at once", differ+max(0, len(b)-len(a)), len(b))
	if differ > 0 || len(a) != len(b) {
		t.Errorf("%d of %d records are in other company, year by year, than all at once", differ, len(b))
	}
}
