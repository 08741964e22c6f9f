package stats

import (
	"fmt"
	"math"
	"math/bits"
	"runtime"
	"sync"
	"sync/atomic"
)

// Costs are those of turning one sequence into another: of putting a month in or taking it out, and of one state for another.
type Costs struct {
	Indel        float64
	Substitution [][]float64 // by state and state; symmetric, 0 on the diagonal
}

// ConstantCosts have the same substitution cost for any two states. With twice the indel cost the distance is what two sequences don't
// share in order.
func ConstantCosts(alphabet int, indel, substitution float64) Costs {
	c := Costs{Indel: indel, Substitution: make([][]float64, alphabet)}
	for i := range c.Substitution {
		c.Substitution[i] = make([]float64, alphabet)
		for j := range c.Substitution[i] {
			if i != j {
				c.Substitution[i][j] = substitution
			}
		}
	}
	return c
}

// TransitionCosts make states alike that often follow each other: indel 1, substitution 2 - p(i,j) - p(j,i).
func TransitionCosts(rates [][]float64) Costs {
	c := ConstantCosts(len(rates), 1, 2)
	for i := range rates {
		for j := range rates {
			if i != j {
				c.Substitution[i][j] -= rates[i][j] + rates[j][i]
			}
		}
	}
	return c
}

// Validate says what is wrong.
func (c Costs) Validate() error {
	const most = 1000
	if !(c.Indel > 0 && c.Indel <= most) {
		return fmt.Errorf("costs: Indel %v isn't above 0 and at most %d", c.Indel, most)
	}
	for i, row := range c.Substitution {
		if len(row) != len(c.Substitution) {
			return fmt.Errorf("costs: Substitution of state %d has %d of %d states", i, len(row), len(c.Substitution))
		}
		for j, x := range row {
			if !(x >= 0 && x <= most) || (i == j && x != 0) || x != c.Substitution[j][i] {
				return fmt.Errorf("costs: Substitution of states %d and %d is %v: 0 to %d, the same both ways, 0 for a state itself", i, j, x, most)
			}
		}
	}
	return nil
}

// Distances between n things, each pair once.
type Distances struct {
	n int
	d []float64 // n by n, so that a row is read along
}

// NewDistances asks between for every pair i > j.
func NewDistances(n int, between func(i, j int) float64) *Distances {
	d := &Distances{n: n, d: make([]float64, n*n)}
	for i := range n {
		for j := range i {
			x := between(i, j)
			d.d[i*n+j], d.d[j*n+i] = x, x
		}
	}
	return d
}

// N is how many things.
func (d *Distances) N() int { return d.n }

// At is the distance between i and j.
func (d *Distances) At(i, j int) float64 { return d.d[i*d.n+j] }

func (d *Distances) row(i int) []float64 { return d.d[i*d.n : (i+1)*d.n] }

// OptimalMatching gives the least cost of turning each sequence into each other one. Costs are rounded to 2^-32 and summed as whole
// numbers, so that a distance is the same in both directions to the last bit.
func OptimalMatching(seqs []Sequence, c Costs) (*Distances, error) {
	m, err := newMatcher(c)
	if err == nil {
		err = checkSequences(seqs, len(c.Substitution))
	}
	if err != nil {
		return nil, fmt.Errorf("optimal matching: %w", err)
	}
	known := make([]Sequence, len(seqs))
	for i, s := range seqs {
		known[i] = s.known()
	}
	n := len(seqs)
	d := &Distances{n: n, d: make([]float64, n*n)}
	share(n, func() func(int) {
		p := m.against()
		return func(i int) {
			p.set(known[i])
			for j := range i {
				x := p.distance(known[j])
				d.d[i*n+j], d.d[j*n+i] = x, x
			}
		}
	})
	return d, nil
}

// share calls a function once for each of 0 to n-1, on as many cores as there are. Each core gets its own function from start.
func share(n int, start func() func(i int)) {
	var next atomic.Int64
	var wait sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n) {
		wait.Go(func() {
			do := start()
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	wait.Wait()
}

const unit = 1 << 32 // of cost

type matcher struct {
	alphabet     int
	indel        int64
	substitution []int64 // alphabet by alphabet
	common       bool    // a substitution is never cheaper than out and in: distance follows from the longest common subsequence
}

func newMatcher(c Costs) (*matcher, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	m := &matcher{alphabet: len(c.Substitution), indel: int64(math.Round(c.Indel * unit)), common: true}
	for i, row := range c.Substitution {
		for j, x := range row {
			cost := int64(math.Round(x * unit))
			m.substitution = append(m.substitution, cost)
			m.common = m.common && (i == j || cost >= 2*m.indel)
		}
	}
	return m, nil
}

// pattern is a sequence that others are compared with, one at a time.
type pattern struct {
	*matcher
	seq   Sequence
	masks []uint64 // by state: the months of seq that have it, when 64 are enough
	row   []int64
}

func (m *matcher) against() *pattern { return &pattern{matcher: m, masks: make([]uint64, m.alphabet)} }

func (p *pattern) set(s Sequence) {
	p.seq = s
	if p.common && len(s) <= 64 {
		clear(p.masks)
		for i, x := range s {
			p.masks[x] |= 1 << i
		}
	}
	if len(p.row) <= len(s) {
		p.row = make([]int64, len(s)+1)
	}
}

func (p *pattern) distance(s Sequence) float64 {
	if p.common && len(p.seq) <= 64 {
		// Hyyro's bit-parallel longest common subsequence: a 0 in v marks a month at which its length grows
		v := ^uint64(0)
		for _, x := range s {
			u := v & p.masks[x]
			v = (v + u) | (v - u)
		}
		common := len(p.seq) - bits.OnesCount64(v&(1<<len(p.seq)-1))
		return float64(int64(len(s)+len(p.seq)-2*common)*p.indel) / unit
	}
	return float64(p.edit(p.seq, s)) / unit
}

// edit is the dynamic programme, one row of memory. What a and b begin or end alike costs nothing and is left off.
func (p *pattern) edit(a, b Sequence) int64 {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	row, indel := p.row[:len(a)+1], p.indel
	for i := range row {
		row[i] = int64(i) * indel
	}
	for _, x := range b {
		costs := p.substitution[int(x)*p.alphabet : (int(x)+1)*p.alphabet]
		diagonal, left := row[0], row[0]+indel
		row[0] = left
		above := row[1:]
		for i, y := range a {
			up := above[i]
			best := min(diagonal+costs[y], up+indel)
			left = min(best, left+indel)
			above[i], diagonal = left, up
		}
	}
	return row[len(a)]
}
