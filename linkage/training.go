package linkage

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"throughline/linkage/score"
)

// kindOf is pairs that have a model of their own: those of the spine with records of a source, or those of a stratum of the spine.
type kindOf struct {
	name   string
	source uint8
	agree  term // nil but for strata: those that agree on it
}

func (e *engine) prepareKinds() {
	for i, s := range e.t.sources {
		e.kinds = append(e.kinds, kindOf{name: s, source: uint8(i)})
	}
	if e.t.spine == noSource {
		return
	}
	for _, x := range e.rules.Scoring.Strata {
		e.kinds = append(e.kinds, kindOf{name: e.t.sources[e.t.spine] + " " + x, source: e.t.spine, agree: e.t.term(e.rules, x)})
	}
}

// kind is which model judges a pair: that of a stratum that both are of, or of the source that is attached to the spine.
func (e *engine) kind(x *pair) int {
	a, b := &e.t.nodes[x.a], &e.t.nodes[x.b]
	if a.source != e.t.spine {
		return int(a.source)
	}
	if b.source != e.t.spine {
		return int(b.source)
	}
	for k := len(e.t.sources); k < len(e.kinds); k++ {
		if e.t.meet(e.kinds[k].agree, a, b) {
			return k
		}
	}
	return int(a.source)
}

// shape is the model before training.
func (e *engine) shape(kind string) *score.Model {
	m := &score.Model{Kind: kind}
	for _, c := range e.rules.Comparisons {
		x := score.Comparison{ID: c.ID, Does: c.Does}
		for _, l := range c.Levels {
			x.Levels = append(x.Levels, score.Level{ID: l.ID, Does: l.Does, M: l.M, U: l.U})
		}
		m.Comparisons = append(m.Comparisons, x)
	}
	return m
}

// train learns a model for each source from the pairs, and estimates how often each pass is right.
func (e *engine) train(c *clusters) error {
	e.estimate(c)
	if len(e.rules.Comparisons) == 0 {
		return nil
	}
	counts := make([][]score.Counts, len(e.kinds)) // by kind and plan
	all := make([]score.Counts, len(e.kinds))
	for k := range counts {
		counts[k] = make([]score.Counts, len(e.plans))
		for p := range counts[k] {
			counts[k][p] = score.Counts{}
		}
		all[k] = score.Counts{}
	}
	for i := range c.pairs {
		x := &c.pairs[i]
		if x.by&forbidden != 0 || !e.t.isSpine(x.a) && !e.t.isSpine(x.b) {
			continue // twins and the like agree as matches do; two extracts' records may be of a child who was never in care
		}
		k := e.kind(x)
		all[k][score.Pattern(x.pattern)]++
		for p := range e.plans {
			if x.by>>p&1 == 1 {
				counts[k][p][score.Pattern(x.pattern)]++
			}
		}
	}
	group, basis := e.groups(), e.basis()
	linked := e.linked(c)
	e.models = make([]*score.Model, len(e.kinds))
	e.all = all
	for k := range e.kinds {
		var t score.Training
		random, space := e.random(k, group, linked)
		t.Random = []score.Sample{{Name: "random pairs", Counts: random}}
		t.All, t.Pairs = all[k], space
		for p, plan := range e.plans {
			if plan.twins || len(counts[k][p]) == 0 {
				continue
			}
			s := score.Sample{Name: plan.ID, Counts: counts[k][p], Fixed: e.fixed(plan)}
			if slices.Contains(e.rules.Scoring.Links, plan.ID) {
				t.Links = append(t.Links, s)
			}
			t.Candidates = append(t.Candidates, s)
		}
		m, err := score.Train(e.shape(e.kinds[k].name), t, score.DefaultOptions())
		if err != nil {
			return fmt.Errorf("train %s: %w", e.kinds[k].name, err)
		}
		m.Fingerprint = basis
		if err := m.Save(io.Discard); err != nil { // which gives it its hash
			return fmt.Errorf("train %s: %w", e.kinds[k].name, err)
		}
		e.models[k] = m
	}
	return e.setThresholds()
}

// linked are the pairs that trusted passes link: among random ones they are no chance agreement.
func (e *engine) linked(c *clusters) map[[2]int32]bool {
	var trusted uint64
	for p, plan := range e.plans {
		if !plan.twins && !plan.scoreOnly && (slices.Contains(e.rules.Scoring.Links, plan.ID) || plan.attach && plan.witness) {
			trusted |= 1 << p
		}
	}
	out := map[[2]int32]bool{}
	for i := range c.pairs {
		if x := &c.pairs[i]; x.by&trusted != 0 && x.by&forbidden == 0 {
			out[[2]int32{x.a, x.b}] = true
		}
	}
	return out
}

// basis names what a model was learned from: rules, code and data.
func (e *engine) basis() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %016x", e.rules.Hash(), e.code, e.t.Fingerprint()))
	return hex.EncodeToString(sum[:])
}

// setThresholds makes scorers and says from which weight on pairs are joined.
func (e *engine) setThresholds() error {
	e.scorers, e.thresholds, e.expected = nil, nil, nil
	for k, m := range e.models {
		e.scorers = append(e.scorers, m.Scorer())
		rows := m.Thresholds(e.all[k])
		at, err := threshold(e.rules.Scoring, m, rows)
		if err != nil {
			return err
		}
		if n := len(rows); n == 0 || rows[n-1].True < float64(e.rules.Scoring.LeastMatches) {
			at = neverJoins // too few to have learned from
		}
		e.expected = append(e.expected, rows)
		e.thresholds = append(e.thresholds, at)
	}
	return nil
}

// fixed are the comparisons that a plan's conditions decide or bend.
func (e *engine) fixed(p *plan) (mask uint32) {
	given := func(of []term) map[int]bool {
		out := map[int]bool{}
		for _, x := range of {
			for _, r := range x {
				if r.special == "" {
					out[r.given] = true
				}
			}
		}
		return out
	}
	held := given(p.agree)
	for g := range given(p.also) {
		held[g] = true
	}
	days := map[int]bool{}
	for _, name := range []string{decomField, transferField, handoverField, dayField} {
		if f, ok := e.t.given[name]; ok {
			days[f] = true
		}
	}
	time := p.Near != nil
	for g := range held {
		time = time || days[g]
	}
	for i, c := range e.comparisons {
		bent := false
		for g := range given(c.of) {
			bent = bent || held[g]
		}
		for _, l := range c.levels {
			bent = bent || l.Near != nil && time
		}
		if bent {
			mask |= 1 << i
		}
	}
	return mask
}

// groups numbers records so that those of one number can be told by Scoring.Within to be of an age: values that stand beside each other,
// directly or through others, are of one group. The number is that of the group's first record; -1 for records without a value.
func (e *engine) groups() []int32 {
	out := make([]int32, len(e.t.nodes))
	if len(e.rules.Scoring.Within) == 0 {
		return out
	}
	refs := make([]ref, len(e.rules.Scoring.Within))
	offset := make([]int, len(refs))
	size := 0
	for i, f := range e.rules.Scoring.Within {
		refs[i] = e.t.ref(f)
		offset[i] = size
		size += len(e.t.domains[refs[i].domain].hash)
	}
	root := make([]int32, size)
	for i := range root {
		root[i] = int32(i)
	}
	find := func(i int32) int32 {
		for root[i] != i {
			root[i] = root[root[i]]
			i = root[i]
		}
		return i
	}
	// of one value, the parts that are derived from it stand together
	for v := range refs[0].derived {
		for i := 1; i < len(refs); i++ {
			if refs[i].derived == nil || refs[i].given != refs[0].given {
				continue
			}
			if x, y := refs[0].derived[v], refs[i].derived[v]; x != 0 && y != 0 {
				a, b := find(int32(offset[0])+int32(x)), find(int32(offset[i])+int32(y))
				root[max(a, b)] = min(a, b)
			}
		}
	}
	first := map[int32]int32{}
	var buf [16]uint32
	for n := range e.t.nodes {
		out[n] = -1
		for i := range refs {
			if v := e.t.list(&e.t.nodes[n], &refs[i], buf[:0]); len(v) > 0 {
				g := find(int32(offset[i]) + int32(e.t.least(&refs[i], v)))
				if _, ok := first[g]; !ok {
					first[g] = int32(n)
				}
				out[n] = first[g]
				break
			}
		}
	}
	return out
}

// random counts the patterns of pairs taken at random within groups, those that a trusted pass links left out, and tells how many pairs
// there are to take from.
func (e *engine) random(kind int, group []int32, linked map[[2]int32]bool) (score.Counts, int64) {
	type among struct {
		group int32
		value uint64 // of the stratum's term: its hash, since numbers depend on the order of rows
	}
	type member struct {
		among
		node int32
	}
	gather := func(k kindOf) (out []member) {
		var buf [16]uint32
		for n := range e.t.nodes {
			if e.t.nodes[n].source != k.source || group[n] < 0 {
				continue
			}
			if k.agree == nil {
				out = append(out, member{among{group: group[n]}, int32(n)})
				continue
			}
			for i := range k.agree {
				if v := e.t.list(&e.t.nodes[n], &k.agree[i], buf[:0]); len(v) > 0 {
					out = append(out, member{among{group[n], e.t.hashOf(&k.agree[i], e.t.least(&k.agree[i], v))}, int32(n)})
					break
				}
			}
		}
		slices.SortStableFunc(out, func(a, b member) int { return cmp.Or(cmp.Compare(a.group, b.group), cmp.Compare(a.value, b.value)) })
		return out
	}
	k := e.kinds[kind]
	left := gather(kindOf{source: e.t.spine, agree: k.agree})
	right, same := left, true
	if k.source != e.t.spine {
		right, same = gather(k), false
	}
	at := map[among]span{}
	for lo := 0; lo < len(right); {
		hi := lo
		for hi < len(right) && right[hi].among == right[lo].among {
			hi++
		}
		at[right[lo].among] = span{uint32(lo), uint32(hi)}
		lo = hi
	}
	var space int64
	for _, m := range left {
		s := at[m.among]
		space += int64(s.hi - s.lo)
	}
	if same {
		space = (space - int64(len(left))) / 2
	}
	if space <= 0 {
		return score.Counts{}, 0
	}
	rng := rand.New(rand.NewPCG(e.rules.Scoring.Seed, uint64(kind)))
	n := int(min(int64(e.rules.Scoring.Random), 4*space))
	pairs := make([]pair, 0, n)
	for range n {
		m := left[rng.IntN(len(left))]
		s := at[m.among]
		if s.hi == s.lo {
			continue
		}
		if o := right[int(s.lo)+rng.IntN(int(s.hi-s.lo))]; o.node != m.node {
			pairs = append(pairs, pair{a: min(m.node, o.node), b: max(m.node, o.node)})
		}
	}
	e.score(pairs)
	counts := score.Counts{}
	for i := range pairs {
		if !linked[[2]int32{pairs[i].a, pairs[i].b}] {
			counts[score.Pattern(pairs[i].pattern)]++
		}
	}
	return counts, space
}

// estimate works out how often each pass is right: where it does not use the witness itself, its expected precision moves by the pairs
// that no earlier such pass proposed and on which the witness speaks.
func (e *engine) estimate(c *clusters) {
	e.estimates = make([]float64, len(e.plans))
	e.judged = make([][2]int, len(e.plans))
	var blind uint64
	for p, plan := range e.plans {
		e.estimates[p] = plan.Precision
		if !plan.witness && !plan.twins && !plan.scoreOnly && e.rules.Witness != "" {
			blind |= 1 << p
		}
	}
	if blind == 0 {
		return
	}
	witness := e.t.term(e.rules, e.rules.Witness)
	limits := map[int]bool{}
	for i, l := range e.limits {
		limits[i] = l.Kind == kindDiffer && l.Field == e.rules.Witness
	}
	var before uint64 // plans without the witness that join
	prior := float64(e.rules.PriorLinks)
	for p, plan := range e.plans {
		if blind>>p&1 == 0 {
			continue
		}
		for _, part := range parallel(len(c.pairs), e.threads, func(_, lo, hi int) (n [2]int) {
			for i := lo; i < hi; i++ {
				x := &c.pairs[i]
				if x.by>>p&1 == 0 || x.by&before != 0 || plan.Unique && e.contested(c, x, 1<<p) {
					continue
				}
				a, b := &e.t.nodes[x.a], &e.t.nodes[x.b]
				if !e.t.has(a, witness) || !e.t.has(b, witness) {
					continue
				}
				if e.t.meet(witness, a, b) {
					n[0]++
				} else if e.differs(limits, x) {
					n[1]++
				}
			}
			return n
		}) {
			e.judged[p][0] += part[0]
			e.judged[p][1] += part[1]
		}
		agree, differ := float64(e.judged[p][0]), float64(e.judged[p][1])
		e.estimates[p] = (prior*plan.Precision + agree) / (prior + agree + differ)
		if e.estimates[p] >= e.rules.Floor {
			before |= 1 << p
		}
	}
}

// differs reports whether the witness keeps a pair apart, and nothing else does.
func (e *engine) differs(limits map[int]bool, x *pair) bool {
	spoke := false
	for k := range e.limits {
		spoke = spoke || limits[k] && e.breaks(&e.limits[k], &e.t.nodes[x.a], &e.t.nodes[x.b])
	}
	if !spoke {
		return false
	}
	why, _ := e.conflict(x.a, x.b)
	return why == none || limits[why]
}

// contested reports whether a record of the pair has another partner by one of the same plans that cannot be one child with the other.
func (e *engine) contested(c *clusters, x *pair, plans uint64) bool {
	for _, side := range [2][2]int32{{x.a, x.b}, {x.b, x.a}} {
		for _, q := range c.edges[c.first[side[0]]:c.first[side[0]+1]] {
			y := &c.pairs[q]
			k := y.other(side[0])
			if k == side[1] || y.by&plans == 0 || y.by&forbidden != 0 {
				continue
			}
			if why, _ := e.conflict(k, side[1]); why != none {
				return true
			}
		}
	}
	return false
}

// parseThreshold reads bits, a probability such as p0.95, or auto.
func parseThreshold(s string) (func(m *score.Model, rows []score.Expectation, least float64) float64, error) {
	if s == "auto" {
		return func(m *score.Model, rows []score.Expectation, least float64) float64 {
			best := score.Choose(rows)
			if best.Links == 0 || best.Probability < least {
				return weightOf(m, least)
			}
			return best.Weight
		}, nil
	}
	if p, ok := strings.CutPrefix(s, "p"); ok {
		v, err := strconv.ParseFloat(p, 64)
		if err != nil || !(v > 0 && v < 1) {
			return nil, fmt.Errorf("threshold: %q isn't a probability between p0 and p1", s)
		}
		return func(m *score.Model, _ []score.Expectation, _ float64) float64 { return weightOf(m, v) }, nil
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return nil, fmt.Errorf("threshold: %q isn't bits, a probability such as p0.95, or auto", s)
	}
	return func(*score.Model, []score.Expectation, float64) float64 { return v }, nil
}

// neverJoins is a threshold that no weight reaches: 16 comparisons of at most score.MaxBits.
const neverJoins = 16*score.MaxBits + 1

// weightOf is the weight at which a match has a probability.
func weightOf(m *score.Model, p float64) float64 {
	return math.Log2(p) - math.Log1p(-p)/math.Ln2 - m.PriorBits()
}

func threshold(s Scoring, m *score.Model, rows []score.Expectation) (float64, error) {
	f, err := parseThreshold(s.Threshold)
	if err != nil {
		return 0, err
	}
	return f(m, rows, s.Least), nil
}

// least is the value that comes first whatever the order of rows: values are numbered in the order in which they came.
func (t *Records) least(r *ref, of []uint32) uint32 {
	at := of[0]
	for _, v := range of[1:] {
		if t.hashOf(r, v) < t.hashOf(r, at) {
			at = v
		}
	}
	return at
}

// hashOf is the same for a value whatever the order of rows; what has no domain's number is its own.
func (t *Records) hashOf(r *ref, v uint32) uint64 {
	if r.domain >= 0 && int(v) < len(t.domains[r.domain].hash) {
		return t.domains[r.domain].hash[v]
	}
	return uint64(v)
}
