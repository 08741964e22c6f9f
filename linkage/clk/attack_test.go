package clk

import (
	"cmp"
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The attacker has the keys of one block, knows how they were made (Options) but not the secret, and has the names of as many other people
// of the same population. Two attacks of the literature, the second stronger than published:
//
//  1. frequency: equal keys are counted, and the commonest are taken for the commonest names;
//  2. pattern mining (Christen, Vidanage, Ranbaduge and Schnell 2018, Pattern-mining based cryptanalysis of Bloom filters for
//     privacy-preserving record linkage): bits that are set together in many records are taken for one gram; which gram is told by how often
//     it stands in names, alone and with each other gram; records then get the likeliest name. Beyond the paper: a pattern may miss a
//     quarter of its bits, so that an exclusive or does not stop it at once, and what the surer guesses teach of each gram's bits is used
//     to guess again, five times.
//
// A helped attacker is stronger than any real one: patterns are also gathered by likeness of whole keys, each pattern is told what it
// stands for, and of several ways to go on the best is taken. Rows are records, columns are bits.

// attacker is what the attacker knows.
type attacker struct {
	fields []Field
	public [][]string // other people's values, by person and field
}

// guess is the likeliest values of each record.
type guess [][]string

// frequency lines up equal keys with equal names by how many there are of each.
func (a *attacker) frequency(keys []CLK) guess {
	rows := map[CLK][]int{}
	for i, k := range keys {
		rows[k] = append(rows[k], i)
	}
	groups := make([][]int, 0, len(rows))
	for _, g := range rows {
		groups = append(groups, g)
	}
	slices.SortFunc(groups, func(x, y []int) int { return cmp.Or(len(y)-len(x), x[0]-y[0]) })
	counts := map[string]int{}
	for _, p := range a.public {
		counts[strings.Join(p, "|")]++
	}
	names := make([]string, 0, len(counts))
	for n := range counts {
		names = append(names, n)
	}
	slices.SortFunc(names, func(x, y string) int { return cmp.Or(counts[y]-counts[x], strings.Compare(x, y)) })
	out := make(guess, len(keys))
	for i, g := range groups {
		for _, r := range g {
			out[r] = strings.Split(names[min(i, len(names)-1)], "|")
		}
	}
	return out
}

type bitset []uint64

func newBitset(n int) bitset    { return make(bitset, (n+63)/64) }
func (b bitset) set(i int)      { b[i>>6] |= 1 << (i & 63) }
func (b bitset) has(i int) bool { return b[i>>6]>>(i&63)&1 == 1 }
func (b bitset) and(c bitset) (n int) {
	for i := range b {
		n += bits.OnesCount64(b[i] & c[i])
	}
	return n
}
func (b bitset) count() int { return b.and(b) }

// columns turns keys by a right angle: for each bit, the records that have it.
func columns(keys []CLK) []bitset {
	out := make([]bitset, Size)
	for p := range out {
		out[p] = newBitset(len(keys))
		for i := range keys {
			if keys[i][p>>6]>>(p&63)&1 == 1 {
				out[p].set(i)
			}
		}
	}
	return out
}

// pattern is a set of records that share a gram, or a value, as it seems; clear orders patterns of one search by how sharply their bits
// tell them from the rest.
type pattern struct {
	rows  bitset
	clear float64
}

// mine finds sets of records that share many bits: from each bit, the bits that go with it, the records that have most of those, and
// again until nothing changes. width is the number of bits that a gram sets.
func mine(keys []CLK, cols []bitset, width, least int) (patterns []pattern) {
	n := len(keys)
	share := make([]float64, Size)
	for p := range cols {
		share[p] = float64(cols[p].count()) / float64(n)
	}
	type scored struct {
		p    int
		gain float64
	}
	top := func(rows bitset, k int) []scored {
		size := float64(rows.count())
		all := make([]scored, Size)
		for p := range cols {
			all[p] = scored{p, float64(rows.and(cols[p]))/size - share[p]}
		}
		slices.SortFunc(all, func(x, y scored) int { return cmp.Or(cmp.Compare(y.gain, x.gain), x.p-y.p) })
		return all[:k]
	}
	for seed := range Size {
		if cols[seed].count() < least {
			continue
		}
		chosen := top(cols[seed], 5)
		var rows bitset
		for range 6 {
			tally := make([]uint8, n)
			for _, c := range chosen {
				for w, word := range cols[c.p] {
					for ; word != 0; word &= word - 1 {
						tally[w<<6+bits.TrailingZeros64(word)]++
					}
				}
			}
			next := newBitset(n)
			for i, t := range tally {
				if 4*int(t) >= 3*len(chosen) {
					next.set(i)
				}
			}
			if slices.Equal(next, rows) || next.count() < least {
				rows = next
				break
			}
			rows = next
			chosen = top(rows, width)
		}
		size := rows.count()
		mean := 0.0
		for _, c := range chosen {
			mean += c.gain / float64(len(chosen))
		}
		if size < least || size > n/2 || mean < 0.4 {
			continue
		}
		patterns = append(patterns, pattern{rows, mean})
	}
	return patterns
}

// gather finds sets of records that are like each other: from a record, those nearest to it; which bits these have more or less often than
// the rest; the records that these bits tell from the rest, and again. Signs and sizes of all bits count, so that it needs no bit that goes
// with a gram for certain.
func gather(keys []CLK, cols []bitset, least, seeds int, r *rand.Rand) (patterns []pattern) {
	n := len(keys)
	share := make([]float64, Size)
	for p := range cols {
		share[p] = float64(cols[p].count()) / float64(n)
	}
	type scored struct {
		i int
		x float64
	}
	down := func(x, y scored) int { return cmp.Or(cmp.Compare(y.x, x.x), x.i-y.i) }
	near := make([]scored, n)
	score := make([]float64, n)
	for _, seed := range r.Perm(n)[:min(seeds, n)] {
		for i := range keys {
			near[i] = scored{i, Dice(&keys[seed], &keys[i])}
		}
		slices.SortFunc(near, down)
		rows := newBitset(n)
		for _, x := range near[:max(least, min(n/250, 40))] {
			rows.set(x.i)
		}
		apart := 0.0
		for range 8 {
			size := float64(rows.count())
			gains := make([]scored, Size)
			for p := range cols {
				gains[p] = scored{p, float64(rows.and(cols[p]))/size - share[p]}
			}
			slices.SortFunc(gains, func(x, y scored) int { return cmp.Or(cmp.Compare(math.Abs(y.x), math.Abs(x.x)), x.i-y.i) })
			clear(score)
			for _, g := range gains[:200] {
				for w, word := range cols[g.i] {
					for ; word != 0; word &= word - 1 {
						score[w<<6+bits.TrailingZeros64(word)] += g.x
					}
				}
			}
			var sum, squares, inside float64
			for i, x := range score {
				sum, squares = sum+x, squares+x*x
				if rows.has(i) {
					inside += x / size
				}
			}
			mean := sum / float64(n)
			deviation := math.Sqrt(max(squares/float64(n)-mean*mean, 1e-12))
			apart = (inside - mean) / deviation
			limit := max((inside+mean)/2, mean+3*deviation)
			next := newBitset(n)
			for i, x := range score {
				if x >= limit {
					next.set(i)
				}
			}
			if slices.Equal(next, rows) {
				break
			}
			rows = next
			if rows.count() < least {
				break
			}
		}
		size := rows.count()
		if size < least || size > n/2 || apart < 3 {
			continue
		}
		patterns = append(patterns, pattern{rows, apart})
	}
	return patterns
}

// distinct is the clearest patterns without those that share more than a limit of their records with a clearer one, largest first.
func distinct(patterns []pattern, limit float64) (out []bitset) {
	slices.SortStableFunc(patterns, func(x, y pattern) int { return cmp.Compare(y.clear, x.clear) })
	for _, p := range patterns {
		size := p.rows.count()
		if !slices.ContainsFunc(out, func(q bitset) bool {
			x := q.and(p.rows)
			return float64(x) > limit*float64(q.count()+size-x)
		}) {
			out = append(out, p.rows)
		}
	}
	slices.SortStableFunc(out, func(x, y bitset) int { return y.count() - x.count() })
	return out
}

// grammar is what the public population tells: its grams, the values of each field with their grams and logarithm of their share.
type grammar struct {
	ids    map[string]int
	people []bitset // by gram: who has it
	values [][]string
	grams  [][][]int // by field and value
	prior  [][]float64
}

func (a *attacker) learn() *grammar {
	g := &grammar{ids: map[string]int{}}
	for f, field := range a.fields {
		counts := map[string]int{}
		var values []string
		for _, p := range a.public {
			if counts[p[f]]++; counts[p[f]] == 1 {
				values = append(values, p[f])
			}
		}
		var of [][]int
		var prior []float64
		byValue := map[string][]int{}
		for _, v := range values {
			parts := slices.Collect(grams(v, field.Grams))
			if counts[v] >= 20 {
				parts = append(parts, "="+v) // a common value as a whole is told by more bits
			}
			var list []int
			for _, gram := range parts {
				id, ok := g.ids[strconv.Itoa(f)+gram]
				if !ok {
					id = len(g.people)
					g.ids[strconv.Itoa(f)+gram] = id
					g.people = append(g.people, newBitset(len(a.public)))
				}
				if !slices.Contains(list, id) {
					list = append(list, id)
				}
			}
			of, prior, byValue[v] = append(of, list), append(prior, math.Log(float64(counts[v])/float64(len(a.public)))), list
		}
		for i, p := range a.public {
			for _, id := range byValue[p[f]] {
				g.people[id].set(i)
			}
		}
		g.values, g.grams, g.prior = append(g.values, values), append(g.grams, of), append(g.prior, prior)
	}
	return g
}

// label says which pattern is which gram, -1 for none: the assignment whose counts, alone and two by two, differ least from the public ones,
// found by simulated annealing.
func (g *grammar) label(patterns []bitset, rows, persons int) (gramOf []int) {
	least := math.Inf(1)
	for seed := range uint64(6) {
		if x, cost := g.anneal(patterns, rows, persons, rand.New(rand.NewPCG(5, seed))); cost < least {
			least, gramOf = cost, x
		}
	}
	return gramOf
}

func (g *grammar) anneal(patterns []bitset, rows, persons int, r *rand.Rand) (gramOf []int, total float64) {
	frequent := make([]int, len(g.people))
	for i := range frequent {
		frequent[i] = i
	}
	slices.SortStableFunc(frequent, func(x, y int) int { return g.people[y].count() - g.people[x].count() })
	frequent = frequent[:min(len(frequent), 90)]
	patterns = patterns[:min(len(patterns), 90)]
	np, ng := len(patterns), len(frequent)
	scale := float64(rows) / float64(persons)
	table := func(sets []bitset, by float64) [][]float64 {
		t := make([][]float64, len(sets))
		for i := range sets {
			t[i] = make([]float64, len(sets))
			for j := range sets {
				t[i][j] = by * float64(sets[i].and(sets[j]))
			}
		}
		return t
	}
	sets := make([]bitset, ng)
	for i, f := range frequent {
		sets[i] = g.people[f]
	}
	have, want := table(patterns, 1), table(sets, scale)
	misfit := func(x, y float64) float64 {
		d := (x - y) * (x - y) / ((1+scale)*y + 0.02*y*y + 4)
		return min(d, 30)
	}
	const none = 25 // what a pattern without a gram costs
	at := make([]int, np)
	owner := make([]int, ng)
	for i := range owner {
		owner[i] = -1
	}
	for i := range at {
		at[i] = -1
		if i < ng {
			at[i], owner[i] = i, i
		}
	}
	cost := func(p, as, skip int) float64 {
		if as < 0 {
			return none
		}
		c := 3 * misfit(have[p][p], want[as][as])
		n := 0.0
		d := 0.0
		for q, b := range at {
			if q != p && q != skip && b >= 0 {
				d += misfit(have[p][q], want[as][b])
				n++
			}
		}
		return c + 3*d/max(1, n)*math.Sqrt(max(1, n))
	}
	const steps = 60_000
	for s := range steps {
		heat := 20 * math.Pow(1-float64(s)/steps, 2)
		p, as := r.IntN(np), r.IntN(ng+1)-1
		if r.IntN(2) == 0 && at[p] >= 0 { // to a neighbour by frequency
			as = min(max(at[p]+r.IntN(7)-3, 0), ng-1)
		}
		if as == at[p] {
			continue
		}
		q := -1
		if as >= 0 {
			q = owner[as]
		}
		old := at[p]
		before := cost(p, old, q)
		if q >= 0 {
			before += cost(q, as, p)
		}
		move := func(to, back int) {
			at[p] = to
			if q >= 0 {
				at[q] = back
			}
		}
		move(as, old)
		after := cost(p, as, q)
		if q >= 0 {
			after += cost(q, old, p)
		}
		if after < before || heat > 0 && r.Float64() < math.Exp((before-after)/heat) {
			if old >= 0 {
				owner[old] = q
			}
			if as >= 0 {
				owner[as] = p
			}
			continue
		}
		move(old, as)
	}
	gramOf = make([]int, np)
	for p, x := range at {
		gramOf[p] = -1
		if x >= 0 {
			gramOf[p] = frequent[x]
		}
		total += cost(p, x, -1)
	}
	return gramOf, total
}

// patterns is the second attack, and when the truth is told the helped attacker's: one guess for each way to go on.
func (a *attacker) patterns(keys []CLK, told [][]string) (out []guess) {
	g := a.learn()
	width := 0
	for _, f := range a.fields {
		width = max(width, f.Hashes)
	}
	cols := columns(keys)
	least := max(8, len(keys)/150)
	mined := mine(keys, cols, width, least)
	if found := distinct(mined, 0.9); len(found) > 0 {
		found = found[:min(len(found), 90)]
		out = append(out, a.read(g, keys, cols, found, g.label(found, len(keys), len(a.public)), width, false))
	}
	if told == nil {
		return out
	}
	mined = append(mined, gather(keys, cols, least, 300, rand.New(rand.NewPCG(6, 6)))...)
	found := distinct(mined, 0.9)
	if len(found) == 0 {
		return out
	}
	gramOf := a.tell(g, found, told)
	for _, wide := range []bool{false, true} {
		out = append(out, a.read(g, keys, cols, found, gramOf, width, wide))
	}
	return out
}

// tell labels each pattern with the gram or value whose records it overlaps most, and each gram with one pattern at most.
func (a *attacker) tell(g *grammar, found []bitset, truth [][]string) (gramOf []int) {
	having := make([]bitset, len(g.people))
	for i, t := range truth {
		for f, v := range t {
			for _, gram := range append(slices.Collect(grams(v, a.fields[f].Grams)), "="+v) {
				if id, ok := g.ids[strconv.Itoa(f)+gram]; ok {
					if having[id] == nil {
						having[id] = newBitset(len(truth))
					}
					having[id].set(i)
				}
			}
		}
	}
	gramOf = make([]int, len(found))
	best := make([]float64, len(having))
	owner := make([]int, len(having))
	for p, rows := range found {
		gramOf[p] = -1
		size := rows.count()
		gram, most := -1, 0.2
		for id, h := range having {
			if h == nil || h.count() < 8 {
				continue
			}
			x := h.and(rows)
			if j := float64(x) / float64(size+h.count()-x); j > most {
				gram, most = id, j
			}
		}
		if gram >= 0 && most > best[gram] {
			if best[gram] > 0 {
				gramOf[owner[gram]] = -1
			}
			gramOf[p], best[gram], owner[gram] = gram, most, p
		}
	}
	return gramOf
}

// read guesses each record's values, from patterns first, then from what the surer guesses teach.
func (a *attacker) read(g *grammar, keys []CLK, cols, found []bitset, gramOf []int, width int, wide bool) guess {
	// what each record's bits say for each gram: log likelihood of the gram over none
	evidence := make([][]float32, len(g.people))
	for p, gram := range gramOf {
		if gram < 0 {
			continue
		}
		e := make([]float32, len(keys))
		share := float64(found[p].count()) / float64(len(keys))
		for i := range e {
			e[i] = float32(math.Log(0.1))
			if found[p].has(i) {
				e[i] = float32(math.Log(0.9 / min(share, 0.9)))
			}
		}
		evidence[gram] = e
	}
	choice := make([][]int, len(a.fields))
	sure := make([][]float64, len(a.fields))
	for range 5 {
		for f := range a.fields {
			choice[f], sure[f] = g.choose(f, evidence, len(keys))
		}
		evidence = g.teach(choice, sure, cols, len(keys), width, wide)
	}
	out := make(guess, len(keys))
	for i := range out {
		for f := range a.fields {
			out[i] = append(out[i], g.values[f][choice[f][i]])
		}
	}
	return out
}

// choose is the likeliest value of a field for each record, and by how much it leads the next.
func (g *grammar) choose(f int, evidence [][]float32, rows int) (best []int, lead []float64) {
	best, lead = make([]int, rows), make([]float64, rows)
	for i := range rows {
		first, second := math.Inf(-1), math.Inf(-1)
		for v, list := range g.grams[f] {
			s := g.prior[f][v]
			for _, id := range list {
				if e := evidence[id]; e != nil {
					s += float64(e[i])
				}
			}
			if s > first {
				first, second, best[i] = s, first, v
			} else if s > second {
				second = s
			}
		}
		lead[i] = first - second
	}
	return best, lead
}

// teach learns from the surer half of the choices which bits each gram sets, and weighs each record's bits by it.
func (g *grammar) teach(choice [][]int, sure [][]float64, cols []bitset, rows, width int, wide bool) [][]float32 {
	evidence := make([][]float32, len(g.people))
	having := make([]bitset, len(g.people))
	for f := range choice {
		order := slices.Clone(sure[f])
		slices.Sort(order)
		for i, v := range choice[f] {
			if sure[f][i] < order[rows/2] {
				continue
			}
			for _, id := range g.grams[f][v] {
				if having[id] == nil {
					having[id] = newBitset(rows)
				}
				having[id].set(i)
			}
		}
	}
	share := make([]float64, Size)
	for p := range cols {
		share[p] = (float64(cols[p].count()) + 0.5) / float64(rows+1)
	}
	type scored struct {
		p          int
		with, gain float64
	}
	for id, h := range having {
		if h == nil || h.count() < 4 {
			continue
		}
		size := float64(h.count())
		all := make([]scored, Size)
		for p := range cols {
			with := (float64(h.and(cols[p])) + 0.5) / (size + 1)
			all[p] = scored{p, with, with - share[p]}
		}
		slices.SortFunc(all, func(x, y scored) int { return cmp.Or(cmp.Compare(y.gain, x.gain), x.p-y.p) })
		e := make([]float32, rows)
		use := all[:width]
		if wide {
			use = all
		}
		for _, c := range use {
			if !wide && c.gain < 0.2 {
				break
			}
			if wide && math.Abs(c.gain) < 4.5*math.Sqrt(share[c.p]*(1-share[c.p])/size) {
				continue
			}
			with := min(max(c.with, 0.02), 0.98)
			yes, no := float32(math.Log(with/share[c.p])), float32(math.Log((1-with)/(1-share[c.p])))
			for i := range e {
				if cols[c.p].has(i) {
					e[i] += yes
				} else {
					e[i] += no
				}
			}
		}
		evidence[id] = e
	}
	return evidence
}

// readings is the share of records that an attack reads right: by field, and all fields together.
type readings struct {
	field []float64
	whole float64
}

func (r readings) String() string {
	s := fmt.Sprintf("whole %5.2f%%", 100*r.whole)
	for i, f := range r.field {
		s += fmt.Sprintf(", field %d %5.2f%%", i+1, 100*f)
	}
	return s
}

func score(g guess, truth [][]string) (r readings) {
	r.field = make([]float64, len(truth[0]))
	for i, t := range truth {
		for f := range t {
			if g[i][f] == t[f] {
				r.field[f] += 1 / float64(len(truth))
			}
		}
		if slices.Equal(g[i], t) {
			r.whole += 1 / float64(len(truth))
		}
	}
	return r
}

// trial is one way to make keys, and the attacks on it.
type trial struct {
	name   string
	o      Options
	salted bool // by birth year: attacked within each, since the attacker sees which records were compared
	helped bool
}

// attack encodes people, surnames alone when the options have one field, and gives what each attack reads, and what an attacker reads who
// says the commonest value each time.
func (c trial) attack(t *testing.T, people, others []person) (frequency, patterns, blind readings) {
	t.Helper()
	e := encoder(t, c.o)
	values := func(p person) []string { return p.names[len(p.names)-len(c.o.Fields):] }
	a := &attacker{fields: c.o.Fields}
	best := make([]string, len(c.o.Fields))
	counts := map[string]int{}
	for _, p := range others {
		v := slices.Clone(values(p))
		a.public = append(a.public, v)
		for f, x := range v {
			k := strconv.Itoa(f) + x
			if counts[k]++; counts[k] > counts[strconv.Itoa(f)+best[f]] {
				best[f] = x
			}
		}
	}
	classes := map[int][]int{}
	for i, p := range people {
		if !c.salted {
			p.born = 0
		}
		classes[p.born] = append(classes[p.born], i)
	}
	byFrequency, byPatterns, blindly := make(guess, len(people)), make(guess, len(people)), make(guess, len(people))
	truth := make([][]string, len(people))
	for born, rows := range classes {
		keys, class := make([]CLK, len(rows)), make([][]string, len(rows))
		for i, r := range rows {
			truth[r], blindly[r], byPatterns[r] = slices.Clone(values(people[r])), best, best
			keys[i], class[i] = e.Encode(strconv.Itoa(born), truth[r]...), truth[r]
		}
		for i, names := range a.frequency(keys) {
			byFrequency[rows[i]] = names
		}
		var told [][]string
		if c.helped {
			told = class
		}
		most := -1.0
		for _, g := range a.patterns(keys, told) {
			if s := score(g, class); s.whole > most {
				most = s.whole
				for i, r := range rows {
					byPatterns[r] = g[i]
				}
			}
		}
	}
	return score(byFrequency, truth), score(byPatterns, truth), score(blindly, truth)
}

// Names are read out of plain keys, and out of those that mix two bits into one, in one block of 10,000; a salt alone keeps them from an
// attacker by the smaller blocks that it makes, and not from one who is helped. The default gives up to the one no more than
// a blind guess does, and to the helped one about 1 name in 100.
func TestAttack(t *testing.T) {
	if testing.Short() {
		t.Skip("the attacks take about a minute")
	}
	people, others := population(10_000, 1), population(10_000, 2)
	o := DefaultOptions()
	both, surname := o.Fields, o.Fields[1:]
	for _, c := range []struct { // whole names, as shares of 10,000 records
		trial
		least, most float64
	}{
		{trial{"surname alone, plain", Options{surname, None, 0}, false, false}, 0.5, 1},
		{trial{"both names, plain", Options{both, None, 0}, false, false}, 0.5, 1},
		{trial{"both names, xor-fold", Options{both, XORFold, 0}, false, false}, 0.5, 1},
		{trial{"both names, rule90", Options{both, Rule90, 0}, false, false}, 0.5, 1},
		{trial{"both names, plain, salted, helped", Options{both, None, 0}, true, true}, 0.5, 1},
		{trial{"surname alone, spread of 4", Options{surname, Diffuse, 4}, false, false}, 0.5, 1},
		{trial{"both names, spread of 4, helped", Options{both, Diffuse, 4}, false, true}, 0.25, 1},
		{trial{"both names, default", o, false, false}, 0, 0.002},
		{trial{"both names, default, helped", o, false, true}, 0, 0.015},
		{trial{"both names, default, salted, helped", o, true, true}, 0, 0.01},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			frequency, patterns, blind := c.attack(t, people, others)
			t.Logf("read by frequency: %v; by patterns: %v; blindly: %v", frequency, patterns, blind)
			if read := max(frequency.whole, patterns.whole); read < c.least || read > c.most {
				t.Errorf("%.2f%% of names are read, not between %g%% and %g%%", 100*read, 100*c.least, 100*c.most)
			}
		})
	}
}
