package evaluate

import (
	"cmp"
	"iter"
	"math"
	"slices"

	"throughline/linkage"
)

// Label says how many rows of a record are about a person, where the truth is known.
type Label struct {
	Record int32 // number
	Person int32 // number, of the truth
	Rows   int32
}

// Sum joins the labels of one record and person, and puts them in order.
func Sum(all []Label) []Label {
	slices.SortFunc(all, func(a, b Label) int { return cmp.Or(cmp.Compare(a.Record, b.Record), cmp.Compare(a.Person, b.Person)) })
	out := all[:0]
	for _, x := range all {
		if n := len(out); n > 0 && out[n-1].Record == x.Record && out[n-1].Person == x.Person {
			out[n-1].Rows += x.Rows
			continue
		}
		out = append(out, x)
	}
	return out
}

// Groups are a way to split records: by sex, by age.
type Groups struct {
	Name  string
	Names []string // of groups, from 1 on
	Of    []uint8  // by number of record; 0: not known
}

// Partition is how clusters compare with the truth.
type Partition struct {
	Records  int64    // whose person is known
	Persons  int64    // distinct
	Mixed    int64    // records that hold rows of several persons: no clustering of records can be right about those
	Pairs    Scores   // of records: a record is of the person that most of its rows are of, and of several the first
	RowPairs Scores   // of rows
	Clusters Scores   // TP: clusters that hold all records of a person and no other; FP: other clusters; FN: other persons
	Shared   Scores   // the same of clusters and persons of two or more records
	Groups   []Group  // pairs by group: one whose records are of two groups is of the later
	Found    int64    // pairs of one person that blocking proposed
	Proposed int64    // pairs that blocking proposed, of records whose person is known
	Weights  []Weight // proposed pairs by model and weight, from the highest down
	person   []int32  // by record; 0: not known
	last     int32    // highest number of a person
}

// Weight counts the proposed pairs of one weight.
type Weight struct {
	Kind        string  // model
	Bits        float64 // match weight
	True, False int64   // pairs of one person, and of two
}

// cell counts the records, or rows, that a cluster and a person share.
type cell struct {
	cluster, person int32
	n               int64
}

// Clusters compares clusters with the truth. Of is each record's cluster; labels are in the order of Sum.
func Clusters(of []int32, labels []Label, groups []Groups, pairs iter.Seq[linkage.ScoredPair]) *Partition {
	p := &Partition{person: make([]int32, len(of))}
	p.label(labels)
	p.RowPairs = scores(rowCells(of, labels), p.last)
	order := byCluster(of)
	joined := p.cells(of, order, nil, 0)
	p.Pairs = scores(joined, p.last)
	p.whole(joined)
	for _, g := range groups {
		p.group(of, order, g)
	}
	p.sweep(pairs)
	return p
}

// byCluster puts records in the order of their clusters.
func byCluster(of []int32) []int32 {
	starts := make([]int32, slices.Max(of)+2)
	for _, c := range of {
		starts[c+1]++
	}
	for i := 1; i < len(starts); i++ {
		starts[i] += starts[i-1]
	}
	out := make([]int32, len(of))
	for r, c := range of {
		out[starts[c]] = int32(r)
		starts[c]++
	}
	return out
}

// cells are the records of known persons, those of groups above the kth left out, by cluster and person.
func (p *Partition) cells(of, order []int32, group []uint8, k int) []cell {
	out := make([]cell, 0, p.Records)
	from := 0 // of the cluster
	for i, r := range order {
		if i > 0 && of[r] != of[order[i-1]] {
			from = len(out)
		}
		person := p.person[r]
		if person == 0 || group != nil && int(group[r]) > k {
			continue
		}
		if at := slices.IndexFunc(out[from:], func(c cell) bool { return c.person == person }); at >= 0 {
			out[from+at].n++
			continue
		}
		out = append(out, cell{cluster: of[r], person: person, n: 1})
	}
	return out
}

// label gives each record the person that most of its rows are of.
func (p *Partition) label(labels []Label) {
	var persons []bool
	for _, x := range labels {
		p.last = max(p.last, x.Person)
	}
	persons = make([]bool, p.last+1)
	for i := 0; i < len(labels); {
		best, j := labels[i], i
		for ; j < len(labels) && labels[j].Record == labels[i].Record; j++ {
			if labels[j].Rows > best.Rows {
				best = labels[j]
			}
		}
		if j > i+1 {
			p.Mixed++
		}
		p.person[best.Record] = best.Person
		if !persons[best.Person] {
			persons[best.Person] = true
			p.Persons++
		}
		p.Records++
		i = j
	}
}

// rowCells are the rows of known persons, by cluster and person.
func rowCells(of []int32, labels []Label) []cell {
	all := make([]cell, 0, len(labels))
	for _, x := range labels {
		all = append(all, cell{cluster: of[x.Record], person: x.Person, n: int64(x.Rows)})
	}
	slices.SortFunc(all, func(a, b cell) int {
		if a.cluster != b.cluster {
			return int(a.cluster) - int(b.cluster)
		}
		return int(a.person) - int(b.person)
	})
	out := all[:0]
	for _, x := range all {
		if n := len(out); n > 0 && out[n-1].cluster == x.cluster && out[n-1].person == x.person {
			out[n-1].n += x.n
			continue
		}
		out = append(out, x)
	}
	return out
}

func choose2(n int64) int64 { return n * (n - 1) / 2 }

// scores counts the pairs of cells, those of one cluster being together; persons go up to last.
func scores(cells []cell, last int32) (s Scores) {
	persons := make([]int64, last+1)
	var linked, is int64
	for i := 0; i < len(cells); {
		var n int64
		c := cells[i].cluster
		for ; i < len(cells) && cells[i].cluster == c; i++ {
			n += cells[i].n
			persons[cells[i].person] += cells[i].n
			s.TP += choose2(cells[i].n)
		}
		linked += choose2(n)
	}
	for _, n := range persons {
		is += choose2(n)
	}
	s.FP, s.FN = linked-s.TP, is-s.TP
	return s
}

// whole counts clusters that are a person.
func (p *Partition) whole(cells []cell) {
	persons := make([]int64, p.last+1)
	for _, c := range cells {
		persons[c.person] += c.n
	}
	var shared int64
	for _, n := range persons {
		if n > 1 {
			shared++
		}
	}
	for i := 0; i < len(cells); {
		j, n := i, int64(0)
		for ; j < len(cells) && cells[j].cluster == cells[i].cluster; j++ {
			n += cells[j].n
		}
		right := j == i+1 && persons[cells[i].person] == n
		switch {
		case right && n > 1:
			p.Shared.TP++
		case n > 1:
			p.Shared.FP++
		}
		if right {
			p.Clusters.TP++
		} else {
			p.Clusters.FP++
		}
		i = j
	}
	p.Clusters.FN, p.Shared.FN = p.Persons-p.Clusters.TP, shared-p.Shared.TP
}

// group counts the pairs of each group: of the pairs among records of groups up to g, those that are not among records of groups below it.
func (p *Partition) group(of, order []int32, g Groups) {
	below := Scores{}
	for k := 0; k <= len(g.Names); k++ {
		s := scores(p.cells(of, order, g.Of, k), p.last)
		name := "not known"
		if k > 0 {
			name = g.Names[k-1]
		}
		own := Scores{TP: s.TP - below.TP, FP: s.FP - below.FP, FN: s.FN - below.FN}
		if own != (Scores{}) {
			p.Groups = append(p.Groups, Group{Item: "pairs", Subgroup: g.Name + ": " + name, Scores: own})
		}
		below = s
	}
}

// sweep counts proposed pairs by their weight.
func (p *Partition) sweep(pairs iter.Seq[linkage.ScoredPair]) {
	type at struct {
		kind string
		bits float64
	}
	count := map[at]*Weight{}
	for x := range pairs {
		a, b := p.person[x.A], p.person[x.B]
		if a == 0 || b == 0 {
			continue
		}
		p.Proposed++
		w := count[at{x.Kind, x.Weight}]
		if w == nil {
			w = &Weight{Kind: x.Kind, Bits: x.Weight}
			count[at{x.Kind, x.Weight}] = w
		}
		if a == b {
			p.Found++
			w.True++
		} else {
			w.False++
		}
	}
	for _, w := range count {
		p.Weights = append(p.Weights, *w)
	}
	slices.SortFunc(p.Weights, func(a, b Weight) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(b.Bits, a.Bits)) })
}

// Above counts what linking the proposed pairs of a model from a weight on gives: FN are the model's other proposed pairs of one person.
func (p *Partition) Above(kind string, bits float64) (s Scores) {
	for _, w := range p.Weights {
		switch {
		case w.Kind != kind:
		case w.Bits >= bits:
			s.TP += w.True
			s.FP += w.False
		default:
			s.FN += w.True
		}
	}
	return s
}

// Score counts what linking all proposed pairs from their model's threshold on gives, cannot-links and passes left aside: FN are all true
// pairs that it leaves.
func (p *Partition) Score(threshold func(kind string) float64) (s Scores) {
	for _, w := range p.Weights {
		if w.Bits >= threshold(w.Kind) {
			s.TP += w.True
			s.FP += w.False
		}
	}
	s.FN = p.Pairs.TP + p.Pairs.FN - s.TP
	return s
}

// Best is the highest F1 that any threshold gives Score, and the log2 odds from which pairs are then linked: a model's weights and the odds
// that it began with make them comparable.
func (p *Partition) Best(prior func(kind string) float64) (best Scores, odds float64) {
	all := slices.Clone(p.Weights)
	for i := range all {
		all[i].Bits += prior(all[i].Kind)
	}
	slices.SortFunc(all, func(a, b Weight) int { return cmp.Or(cmp.Compare(b.Bits, a.Bits), cmp.Compare(a.Kind, b.Kind)) })
	s := Scores{FN: p.Pairs.TP + p.Pairs.FN}
	best, odds = s, math.Inf(1)
	for i, w := range all {
		s.TP, s.FP, s.FN = s.TP+w.True, s.FP+w.False, s.FN-w.True
		if (i+1 == len(all) || all[i+1].Bits < w.Bits) && s.F1() > best.F1() {
			best, odds = s, w.Bits
		}
	}
	return best, odds
}

// Completeness is the share of the true pairs that blocking proposed; 1 when there are none.
func (p *Partition) Completeness() float64 { return share(p.Found, p.Pairs.TP+p.Pairs.FN) }

// Reduction is the share of all pairs of records that blocking spared.
func (p *Partition) Reduction() float64 { return 1 - share(p.Proposed, choose2(p.Records)) }

// Rows are scores as rows of the linkage quality table: of what was made, such as links. A share of nothing has no row.
func (s Scores) Rows(item, subgroup, of string) (out []linkage.QualityRow) {
	for _, x := range []struct {
		what, note string
		value      float64
		is         bool
	}{
		{"precision", "share of " + of + " made that are right, against known truth", s.Precision(), s.TP+s.FP > 0},
		{"recall", "share of true " + of + " that were made, against known truth", s.Recall(), s.TP+s.FN > 0},
		{"F1", "harmonic mean of precision and recall", s.F1(), s.TP+s.FP+s.FN > 0},
		{"right", "true " + of + " made", float64(s.TP), true},
		{"false", of + " made that are wrong", float64(s.FP), true},
		{"missed", "true " + of + " not made", float64(s.FN), true},
	} {
		if !x.is {
			continue
		}
		out = append(out, linkage.QualityRow{Section: "evaluation", Item: item + ": " + x.what, Subgroup: subgroup, Value: x.value, Note: x.note})
	}
	return out
}

// Rows are the comparison as rows of the linkage quality table.
func (p *Partition) Rows() []linkage.QualityRow {
	var out []linkage.QualityRow
	add := func(section, item, subgroup, note string, value float64) {
		out = append(out, linkage.QualityRow{Section: section, Item: item, Subgroup: subgroup, Value: value, Note: note})
	}
	scores := func(item, subgroup, of string, s Scores) { out = append(out, s.Rows(item, subgroup, of)...) }
	scores("pairs", "", "links", p.Pairs)
	for _, g := range p.Groups {
		scores(g.Item, g.Subgroup, "links", g.Scores)
	}
	scores("pairs of rows", "", "links of rows", p.RowPairs)
	scores("whole clusters", "", "clusters", p.Clusters)
	scores("whole clusters of two or more", "", "clusters of two or more records", p.Shared)
	add("evaluation", "pair completeness", "", "share of the true pairs that blocking proposed", p.Completeness())
	add("evaluation", "reduction ratio", "", "share of all pairs of records that blocking spared", p.Reduction())
	add("evaluation", "records with known truth", "", "", float64(p.Records))
	add("evaluation", "persons", "", "distinct in the truth", float64(p.Persons))
	add("evaluation", "records of several persons", "", "numbers that were used again: what no clustering of records can get right", float64(p.Mixed))
	return out
}
