package score

import (
	"fmt"
	"slices"
)

// Limits of a pattern: 16 comparisons of four bits each, of whose 16 values one says missing.
const (
	MaxComparisons = 16
	MaxLevels      = 15
)

// Missing is the level of a comparison for which either record has no value.
const Missing = -1

// Pattern is how two records agree. Comparison i sits in bits 4i to 4i+3: 0 is missing, k is level k-1. The zero Pattern says nothing.
type Pattern uint64

// Level is the level of a comparison, 0 (best) to 14, or Missing. Comparisons beyond the 16th are always missing.
func (p Pattern) Level(comparison int) int { return int(p>>(4*uint(comparison))&15) - 1 }

// With is p with a comparison, 0 to 15, on a level, 0 to 14; Missing clears it.
func (p Pattern) With(comparison, level int) Pattern {
	at := 4 * uint(comparison)
	return p&^(15<<at) | Pattern(level+1)&15<<at
}

// Counts are patterns with how many pairs have each. Zero is as good as absent; less than zero is refused by training.
type Counts map[Pattern]int64

// Add adds the pairs of o to c.
func (c Counts) Add(o Counts) {
	for p, n := range o {
		c[p] += n
	}
}

// Pairs is how many pairs there are.
func (c Counts) Pairs() int64 {
	var n int64
	for _, k := range c {
		n += k
	}
	return n
}

// table is Counts in ascending order of pattern, so that sums are the same each time.
type table struct {
	patterns []Pattern
	pairs    []float64
	total    float64
}

// sorted gives the patterns that have pairs, and of them only those with some comparison of the mask that is not missing.
func (c Counts) sorted(use uint32) *table {
	var nibbles Pattern
	for i := range MaxComparisons {
		if use>>i&1 == 1 {
			nibbles |= 15 << (4 * i)
		}
	}
	t := &table{}
	for p, n := range c {
		if n > 0 && p&nibbles != 0 {
			t.patterns = append(t.patterns, p)
		}
	}
	slices.Sort(t.patterns)
	for _, p := range t.patterns {
		t.pairs = append(t.pairs, float64(c[p]))
		t.total += float64(c[p])
	}
	return t
}

// check refuses counts that are no counts of the model's patterns.
func (c Counts) check(m *Model) error {
	for p, n := range c {
		if n < 0 {
			return fmt.Errorf("pattern %#x: %d pairs\nhint: counts start at 0; was one subtracted twice?", uint64(p), n)
		}
		for i := range MaxComparisons {
			l := p.Level(i)
			if i >= len(m.Comparisons) && l != Missing {
				return fmt.Errorf("pattern %#x: comparison %d of a model that has %d\nhint: count with the comparisons that the model declares",
					uint64(p), i+1, len(m.Comparisons))
			}
			if i < len(m.Comparisons) && l >= len(m.Comparisons[i].Levels) {
				return fmt.Errorf("pattern %#x: comparison %s: level %d of %d\nhint: count with the comparisons that the model declares",
					uint64(p), m.Comparisons[i].ID, l+1, len(m.Comparisons[i].Levels))
			}
		}
	}
	return nil
}

// grid holds a number for each level of each comparison, at the place that a pattern's four bits name: level k at k+1, missing at 0.
type grid [MaxComparisons][MaxLevels + 1]float64

// levels are the numbers of a comparison's k levels.
func (g *grid) levels(comparison, k int) []float64 { return g[comparison][1 : k+1] }

// add counts n pairs of a pattern.
func (g *grid) add(p Pattern, n float64) {
	for i := 0; p != 0; i++ {
		g[i][p&15] += n
		p >>= 4
	}
}

// sum adds along a pattern, in order of the comparisons.
func (g *grid) sum(p Pattern) float64 {
	var s float64
	for i := 0; p != 0; i++ {
		s += g[i][p&15]
		p >>= 4
	}
	return s
}

func total(x []float64) float64 {
	var s float64
	for _, v := range x {
		s += v
	}
	return s
}
