package evaluate

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"strings"

	"throughline/linkage"
)

const returnsSource = "ssda903"

// under is the age in years below which a child counts as young: before school there is no UPN.
const under = 5

// TruthIdentity says whose record a Key is.
type TruthIdentity struct {
	Key        linkage.Key
	Source     string
	Holder     string
	Person     string // two records of one Person should be linked; a child adopted is another Person from then on
	AgeAtFirst int    // completed years when the record begins
	UASC       bool   // ever an unaccompanied asylum-seeking child
	Sex        string // M, F or empty
}

// Scores count pairs or records.
type Scores struct {
	TP int64 // linked, rightly
	FP int64 // linked, wrongly
	FN int64 // not linked, wrongly
}

func share(a, b int64) float64 {
	if b == 0 {
		return 1
	}
	return float64(a) / float64(b)
}

// Precision is the share of links that are right; 1 when there are none.
func (s Scores) Precision() float64 { return share(s.TP, s.TP+s.FP) }

// Recall is the share of true links that were made; 1 when there are none.
func (s Scores) Recall() float64 { return share(s.TP, s.TP+s.FN) }

// F1 is the harmonic mean of precision and recall.
func (s Scores) F1() float64 { return share(2*s.TP, 2*s.TP+s.FP+s.FN) }

// Group is the scores of a part.
type Group struct {
	Item     string // "pairs" of records of the returns, or the source that a bridge leads to
	Subgroup string // "" for all, else "age: under 5", "sex: F", "asylum-seeking: yes" ...
	Scores
}

// Report is what a comparison finds.
type Report struct {
	Pairs    Scores  // over pairs of distinct authority and CHILD
	Groups   []Group // pairs and bridges, all and by subgroup, in a fixed order
	Passes   []Group // by pass: records that it attached to the child that most of their person's records are of, or to another
	Children Scores  // whole children: TP when a person holds all records of a child and no other
	Unseen   int     // records of the truth that no delivery holds
	Unknown  int     // records of the spine that the truth does not know
}

// Evaluate compares memberships with the truth. Nodes tell which records were delivered at all; with none given, all were.
//
// A pair is two records of the returns: right when both are of one person. A bridge is a record of an extract: right when the person it
// was given is mostly the child whose record it is, missed when that child has a record in the returns and the bridge is not right.
func Evaluate(truth []TruthIdentity, nodes []linkage.Node, memberships []linkage.Membership) *Report {
	r := &Report{}
	delivered := make(map[linkage.Key]bool, len(nodes))
	for i := range nodes {
		delivered[nodes[i].Key] = true
	}
	var seen []*TruthIdentity
	known := make(map[linkage.Key]*TruthIdentity, len(truth))
	for i := range truth {
		x := &truth[i]
		if len(nodes) > 0 && !delivered[x.Key] {
			r.Unseen++
			continue
		}
		if known[x.Key] == nil {
			known[x.Key] = x
			seen = append(seen, x)
		}
	}
	slices.SortFunc(seen, func(a, b *TruthIdentity) int { return bytes.Compare(a.Key[:], b.Key[:]) })
	given := make(map[linkage.Key]string, len(memberships))
	for _, m := range memberships {
		given[m.Key] = m.PersonID
		if known[m.Key] == nil {
			r.Unknown++
		}
	}
	t := tally{}
	children, persons := map[string][]*TruthIdentity{}, map[string][]*TruthIdentity{}
	for _, x := range seen {
		if x.Source != returnsSource {
			continue
		}
		children[x.Person] = append(children[x.Person], x)
		if p := given[x.Key]; p != "" {
			persons[p] = append(persons[p], x)
		}
	}
	for _, records := range children {
		pairs(records, func(a, b *TruthIdentity) {
			p := given[a.Key]
			t.count("pairs", a, b, p != "" && p == given[b.Key], true)
		})
	}
	passes := tally{}
	main := map[string]string{}
	for id, records := range persons {
		pairs(records, func(a, b *TruthIdentity) {
			if a.Person != b.Person {
				t.count("pairs", a, b, true, false)
			}
		})
		main[id] = mostly(records)
		if len(records) == len(children[records[0].Person]) && !slices.ContainsFunc(records, func(x *TruthIdentity) bool { return x.Person != records[0].Person }) {
			r.Children.TP++
		}
	}
	r.Children.FP = int64(len(persons)) - r.Children.TP
	r.Children.FN = int64(len(children)) - r.Children.TP
	for _, m := range memberships {
		if x := known[m.Key]; x != nil && m.Pass != "" {
			s := passes[[2]string{m.Pass, ""}]
			if x.Person == main[m.PersonID] {
				s.TP++
			} else {
				s.FP++
			}
			passes[[2]string{m.Pass, ""}] = s
		}
	}
	r.Passes = passes.groups()
	for _, x := range seen {
		if x.Source == returnsSource {
			continue
		}
		p := given[x.Key]
		right := p != "" && main[p] == x.Person
		if p != "" && !right {
			t.count(x.Source, x, x, true, false)
		}
		if len(children[x.Person]) > 0 {
			t.count(x.Source, x, x, right, true)
		}
	}
	r.Groups = t.groups()
	r.Pairs = t[[2]string{"pairs", ""}]
	return r
}

func pairs(records []*TruthIdentity, do func(a, b *TruthIdentity)) {
	for i, a := range records {
		for _, b := range records[i+1:] {
			do(a, b)
		}
	}
}

// mostly is the person who most records are of; of several, the first by name.
func mostly(records []*TruthIdentity) string {
	n := map[string]int{}
	best := ""
	for _, x := range records {
		n[x.Person]++
		if best == "" || n[x.Person] > n[best] || n[x.Person] == n[best] && x.Person < best {
			best = x.Person
		}
	}
	return best
}

// tally is scores by item and subgroup.
type tally map[[2]string]Scores

// count adds a pair, or a record twice, to the scores of all and of each subgroup. A pair is young or asylum-seeking when either is.
func (t tally) count(item string, a, b *TruthIdentity, linked, right bool) {
	age, asylum, sex := "age: 5 and over", "asylum-seeking: no", "sex: not known"
	if min(a.AgeAtFirst, b.AgeAtFirst) < under {
		age = "age: under 5"
	}
	if a.UASC || b.UASC {
		asylum = "asylum-seeking: yes"
	}
	if s := cmp.Or(a.Sex, b.Sex); s != "" {
		sex = "sex: " + s
	}
	for _, g := range []string{"", age, asylum, sex} {
		s := t[[2]string{item, g}]
		switch {
		case linked && right:
			s.TP++
		case linked:
			s.FP++
		default:
			s.FN++
		}
		t[[2]string{item, g}] = s
	}
}

func (t tally) groups() (out []Group) {
	keys := slices.SortedFunc(maps.Keys(t), func(a, b [2]string) int {
		return cmp.Or(order(a[0])-order(b[0]), strings.Compare(a[0], b[0]), strings.Compare(a[1], b[1]))
	})
	for _, k := range keys {
		out = append(out, Group{Item: k[0], Subgroup: k[1], Scores: t[k]})
	}
	return out
}

// order puts pairs before bridges.
func order(item string) int {
	if item == "pairs" {
		return 0
	}
	return 1
}

// Rows are the report as rows of the linkage quality table.
func (r *Report) Rows() []linkage.QualityRow {
	var out []linkage.QualityRow
	add := func(item, subgroup, note string, value float64) {
		out = append(out, linkage.QualityRow{Section: "evaluation", Item: item, Subgroup: subgroup, Value: value, Note: note})
	}
	for _, g := range append(slices.Clone(r.Groups), Group{Item: "whole children", Scores: r.Children}) {
		if g.TP+g.FP > 0 { // of no links there is no share
			add(g.Item+": precision", g.Subgroup, "share of links that are right, against known truth", g.Precision())
		}
		if g.TP+g.FN > 0 {
			add(g.Item+": recall", g.Subgroup, "share of true links that were made, against known truth", g.Recall())
		}
		add(g.Item+": right", g.Subgroup, "true links made", float64(g.TP))
		add(g.Item+": false", g.Subgroup, "links made that are wrong", float64(g.FP))
		add(g.Item+": missed", g.Subgroup, "true links not made", float64(g.FN))
	}
	for _, g := range r.Passes {
		out = append(out, linkage.QualityRow{Section: "evaluation_pass", Item: g.Item, Subgroup: "precision", Value: g.Precision(),
			Note: "share of the records that the pass attached which are their person's, against known truth"})
	}
	add("records not delivered", "", "records of the truth that no delivery holds", float64(r.Unseen))
	add("records not in the truth", "", "records of the spine that the truth does not know", float64(r.Unknown))
	return out
}
