package evaluate

import (
	"cmp"
	"iter"
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
	Records  int64   // whose person is known
	Persons  int64   // distinct
	Mixed    int64   // records that hold rows of several persons: no clustering of records can be right about those
	Pairs    Scores  // of records: a record is of the person that most of its rows are of, and of several the first
	RowPairs Scores  // of rows
	Clusters Scores  // TP: clusters that hold all records of a person and no other; FP: other clusters; FN: other persons
	Shared   Scores  // the same of clusters and persons of two or more records
	Groups   []Group // pairs by group: one whose records are of two groups is of the later
	Found    int64   // pairs of one person that blocking proposed
	Proposed int64   // pairs that blocking proposed, of records whose person is known
	Sweep    []Step  // what each threshold alone would give, from the highest down
	person   []int32 // by record; 0: not known
}

// Step is what follows when all pairs of a weight and above are linked, cannot-links and passes left aside.
type Step struct {
	Kind   string  // model
	Weight float64 // bits
	Scores         // of pairs of this kind; FN counts pairs that blocking missed
}

// cell counts the records, or rows, that a cluster and a person share, .
type cell struct {
	cluster, person int32
	n               int64
}

// Clusters compares clusters with the truth. Of is each record's cluster; labels are in the order of Sum.
func Clusters(of []int32, labels []Label, groups []Groups, pairs iter.Seq[linkage.ScoredPair]) *Partition {
	p := &Partition{person: make([]int32, len(of))}
	p.label(labels)
	p.RowPairs = scores(rowCells(of, labels))
	cells := make([]cell, 0, p.Records)
	for r, person := range p.person {
		if person != 0 {
			cells = append(cells, cell{cluster: of[r], person: person, n: 1})
		}
	}
	joined := join(cells)
	p.Pairs = scores(joined)
	p.whole(joined)
	for _, g := range groups {
		p.group(of, g)
	}
	p.sweep(pairs)
	return p
}

// label gives each record the person that most of its rows are of.
func (p *Partition) label(labels []Label) {
	persons := map[int32]bool{}
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
		persons[best.Person] = true
		p.Records++
		i = j
	}
	p.Persons = int64(len(persons))
}

func rowCells(of []int32, labels []Label) []cell {
	out := make([]cell, 0, len(labels))
	for _, x := range labels {
		out = append(out, cell{cluster: of[x.Record], person: x.Person, n: int64(x.Rows)})
	}
	return join(out)
}

// join sums cells of one cluster and person, and puts them in order.
func join(all []cell) []cell {
	slices.SortFunc(all, func(a, b cell) int { return cmp.Or(cmp.Compare(a.cluster, b.cluster), cmp.Compare(a.person, b.person)) })
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

// scores counts pairs of cells that are in order.
func scores(cells []cell) (s Scores) {
	persons := map[int32]int64{}
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
	persons := map[int32]int64{}
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
func (p *Partition) group(of []int32, g Groups) {
	below := Scores{}
	for k := 0; k <= len(g.Names); k++ {
		var cells []cell
		for r, person := range p.person {
			if person != 0 && int(g.Of[r]) <= k {
				cells = append(cells, cell{cluster: of[r], person: person, n: 1})
			}
		}
		s := scores(join(cells))
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
		kind   string
		weight float64
	}
	count := map[at]*Scores{}
	for x := range pairs {
		a, b := p.person[x.A], p.person[x.B]
		if a == 0 || b == 0 {
			continue
		}
		p.Proposed++
		s := count[at{x.Kind, x.Weight}]
		if s == nil {
			s = new(Scores)
			count[at{x.Kind, x.Weight}] = s
		}
		if a == b {
			p.Found++
			s.TP++
		} else {
			s.FP++
		}
	}
	keys := make([]at, 0, len(count))
	for k := range count {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b at) int { return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(b.weight, a.weight)) })
	all := p.Pairs.TP + p.Pairs.FN
	var sum Scores
	for i, k := range keys {
		if i > 0 && keys[i-1].kind != k.kind {
			sum = Scores{}
		}
		sum.TP += count[k].TP
		sum.FP += count[k].FP
		sum.FN = all - sum.TP
		p.Sweep = append(p.Sweep, Step{Kind: k.kind, Weight: k.weight, Scores: sum})
	}
}

// Completeness is the share of the true pairs that blocking proposed; 1 when there are none.
func (p *Partition) Completeness() float64 { return share(p.Found, p.Pairs.TP+p.Pairs.FN) }

// Reduction is the share of all pairs of records that blocking spared.
func (p *Partition) Reduction() float64 { return 1 - share(p.Proposed, choose2(p.Records)) }

// Best is the step of a model with the highest F1; of several, that of the highest weight. ok is false when nothing was scored.
func (p *Partition) Best(kind string) (best Step, ok bool) {
	for _, s := range p.Sweep {
		if s.Kind == kind && (!ok || s.F1() > best.F1()) {
			best, ok = s, true
		}
	}
	return best, ok
}

// At is what linking all pairs of a model from a weight up gives.
func (p *Partition) At(kind string, weight float64) Scores {
	out := Scores{FN: p.Pairs.TP + p.Pairs.FN}
	for _, s := range p.Sweep {
		if s.Kind == kind && s.Weight >= weight {
			out = s.Scores
		}
	}
	return out
}

// Rows are the comparison as rows of the linkage quality table.
func (p *Partition) Rows() []linkage.QualityRow {
	var out []linkage.QualityRow
	add := func(section, item, subgroup, note string, value float64) {
		out = append(out, linkage.QualityRow{Section: section, Item: item, Subgroup: subgroup, Value: value, Note: note})
	}
	scores := func(item, subgroup, of string, s Scores) {
		add("evaluation", item+": precision", subgroup, "share of "+of+" made that are right, against known truth", s.Precision())
		add("evaluation", item+": recall", subgroup, "share of true "+of+" that were made, against known truth", s.Recall())
		add("evaluation", item+": F1", subgroup, "harmonic mean of precision and recall", s.F1())
		add("evaluation", item+": right", subgroup, "true "+of+" made", float64(s.TP))
		add("evaluation", item+": false", subgroup, of+" made that are wrong", float64(s.FP))
		add("evaluation", item+": missed", subgroup, "true "+of+" not made", float64(s.FN))
	}
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
