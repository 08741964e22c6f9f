package linkage

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
)

// firstPass is the pass of a person's earliest record, which nothing attached.
const firstPass = "first"

// person is one cluster that holds a record of the returns.
type person struct {
	members []int32 // by number
	first   int32   // earliest record of the returns
	id      string
	known   bool
}

// earlier orders records of the returns by first year, then key.
func (t *Records) earlier(a, b int32) int {
	return cmp.Or(cmp.Compare(t.nodes[a].first, t.nodes[b].first), cmp.Compare(a, b))
}

// persons are the clusters with a record of the returns, by earliest record.
func (t *Records) persons(c *clusters) []person {
	at := make([]int32, len(t.nodes)) // place in all, plus one, by root
	var all []person
	for i := range int32(len(t.nodes)) {
		root := c.find(i)
		if !c.inSpine[root] {
			continue
		}
		if at[root] == 0 {
			all = append(all, person{first: -1})
			at[root] = int32(len(all))
		}
		p := at[root] - 1
		all[p].members = append(all[p].members, i)
		if t.isSpine(i) && (all[p].first < 0 || t.earlier(i, all[p].first) < 0) {
			all[p].first = i
		}
	}
	slices.SortFunc(all, func(a, b person) int { return t.earlier(a.first, b.first) })
	return all
}

// past is a person of the parent snapshot.
type past struct {
	id    string
	first int32       // earliest record still there; -1: none
	years map[int]int // record-years of the returns by place in the new persons
	keeps int         // the new person that holds most of them; -1: none
}

// spine gives every cluster that holds a record of the returns a person: the one it had, or a new one.
func (r *Result) spine(t *Records, c *clusters, found *outcome, in *Input) {
	all := t.persons(c)
	owner := make([]int32, len(t.nodes)) // place in all; -1: none
	for i := range owner {
		owner[i] = -1
	}
	for p := range all {
		for _, m := range all[p].members {
			owner[m] = int32(p)
		}
	}
	before := sortedIndex(in.Previous, func(a, b *Membership) int {
		return cmp.Or(bytes.Compare(a.Key[:], b.Key[:]), strings.Compare(a.PersonID, b.PersonID))
	})
	old := make([]int, len(t.nodes)) // place in in.Previous, plus one
	pasts := t.pasts(in, before, old, owner)
	r.keep(t, in, all, pasts)

	ordinal := uint64(0)
	for i := range all {
		if all[i].id == "" {
			all[i].id = in.Mint(ordinal)
			ordinal++
			r.Events = append(r.Events, Event{Kind: Minted, Person: all[i].id, Key: t.nodes[all[i].first].key, Reason: "no record had a person", RunID: in.RunID})
		}
	}
	r.Persons = len(all)
	paths := t.paths(found.joins, all)
	redirect := map[string]string{}
	for _, p := range pasts {
		if p.keeps >= 0 && all[p.keeps].id != p.id {
			redirect[p.id] = all[p.keeps].id
		}
	}
	for i := range t.nodes {
		n := &t.nodes[i]
		var was *Membership
		if old[i] > 0 {
			was = &in.Previous[old[i]-1]
		}
		if owner[i] < 0 {
			if was != nil {
				r.Events = append(r.Events, Event{Kind: Detached, Person: was.PersonID, Key: n.key, Reason: "links to no child of the returns", RunID: in.RunID})
			}
			continue
		}
		p := &all[owner[i]]
		m := Membership{Key: n.key, Source: t.sources[n.source], Holder: t.holders[n.holder], PersonID: p.id, Pass: firstPass, MatchProbability: paths[i].probability, FromRun: in.RunID}
		if paths[i].pass >= 0 {
			m.Pass = c.e.passID(int(paths[i].pass))
		}
		switch {
		case was != nil && was.PersonID == p.id:
			m.FromRun = was.FromRun
		case was != nil && redirect[was.PersonID] != p.id:
			r.Events = append(r.Events, Event{Kind: Split, Person: was.PersonID, Other: p.id, Key: n.key, Reason: "no longer linked", RunID: in.RunID})
		case was == nil && p.known:
			r.Events = append(r.Events, Event{Kind: Attached, Person: p.id, Key: n.key, Reason: m.Pass, RunID: in.RunID})
		}
		r.Memberships = append(r.Memberships, m)
	}
	for _, d := range Standing(in.Decisions) {
		a, okA := t.at(d.A)
		b, okB := t.at(d.B)
		if d.Known || !okA || !okB {
			continue
		}
		x := Event{Kind: Decided, Key: d.A, Reason: "two children: " + d.Reason, RunID: in.RunID}
		if d.Same {
			x.Reason = "one child: " + d.Reason
		}
		if owner[a] >= 0 {
			x.Person = all[owner[a]].id
		}
		if owner[b] >= 0 && owner[b] != owner[a] {
			x.Other = all[owner[b]].id
		}
		r.Events = append(r.Events, x)
	}
	r.Doubts = c.e.doubts(c, found)
}

// pasts gathers the persons of the parent snapshot, by id, and fills old.
func (t *Records) pasts(in *Input, before []uint32, old []int, owner []int32) []past {
	at := map[string]int{}
	var all []past
	next := int32(0)
	for _, x := range before {
		m := &in.Previous[x]
		p, ok := at[m.PersonID]
		if !ok {
			p = len(all)
			at[m.PersonID] = p
			all = append(all, past{id: m.PersonID, first: -1, years: map[int]int{}, keeps: -1})
		}
		for int(next) < len(t.nodes) && bytes.Compare(t.nodes[next].key[:], m.Key[:]) < 0 {
			next++
		}
		if int(next) == len(t.nodes) || t.nodes[next].key != m.Key {
			continue
		}
		old[next] = int(x) + 1
		if !t.isSpine(next) {
			continue
		}
		if all[p].first < 0 || t.earlier(next, all[p].first) < 0 {
			all[p].first = next
		}
		all[p].years[int(owner[next])] += t.nodes[next].recordYears()
	}
	slices.SortFunc(all, func(a, b past) int { return strings.Compare(a.id, b.id) })
	return all
}

// keep decides which persons live on. The part of a split with most record-years keeps the id, and of several ids that meet in one
// cluster the one with the earliest record stays.
func (r *Result) keep(t *Records, in *Input, all []person, pasts []past) {
	for i := range pasts {
		p := &pasts[i]
		for who, years := range p.years {
			if p.keeps < 0 || years > p.years[p.keeps] || years == p.years[p.keeps] && who < p.keeps {
				p.keeps = who
			}
		}
	}
	order := make([]int, len(pasts))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		x, y := &pasts[a], &pasts[b]
		switch {
		case x.first < 0 || y.first < 0:
			return cmp.Or(cmp.Compare(y.first, x.first), strings.Compare(x.id, y.id))
		default:
			return cmp.Or(t.earlier(x.first, y.first), strings.Compare(x.id, y.id))
		}
	})
	for _, i := range order {
		p := &pasts[i]
		switch {
		case p.keeps < 0:
			r.Events = append(r.Events, Event{Kind: Retired, Person: p.id, Reason: "no record of the returns is left", RunID: in.RunID})
		case all[p.keeps].id == "":
			all[p.keeps].id, all[p.keeps].known = p.id, true
		default:
			r.Events = append(r.Events, Event{Kind: Merged, Person: p.id, Other: all[p.keeps].id, Reason: "found to be one child", RunID: in.RunID})
		}
	}
}

// path is how a record hangs on its person.
type path struct {
	pass        int16 // of the last join; -1 for the earliest record
	probability float64
}

// paths walks each person's joins outwards from the earliest record.
func (t *Records) paths(joins []join, all []person) []path {
	out := make([]path, len(t.nodes))
	for i := range out {
		out[i] = path{pass: -1, probability: 1}
	}
	both := make([]join, 0, 2*len(joins))
	for _, j := range joins {
		both = append(both, j, join{j.b, j.a, j.pass, j.probability})
	}
	slices.SortFunc(both, func(a, b join) int { return cmp.Or(cmp.Compare(a.a, b.a), cmp.Compare(a.b, b.b)) })
	seen := make([]bool, len(t.nodes))
	var queue []int32
	for i := range all {
		if len(all[i].members) == 1 {
			continue
		}
		queue = append(queue[:0], all[i].first)
		seen[all[i].first] = true
		for len(queue) > 0 {
			at := queue[0]
			queue = queue[1:]
			k, _ := slices.BinarySearchFunc(both, at, func(j join, a int32) int { return cmp.Compare(j.a, a) })
			for ; k < len(both) && both[k].a == at; k++ {
				if j := both[k]; !seen[j.b] {
					seen[j.b] = true
					out[j.b] = path{pass: j.pass, probability: out[at].probability * float64(j.probability)}
					queue = append(queue, j.b)
				}
			}
		}
	}
	return out
}

func sortedIndex[T any](rows []T, compare func(a, b *T) int) []uint32 {
	order := make([]uint32, len(rows))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(a, b uint32) int { return compare(&rows[a], &rows[b]) })
	return order
}
