package linkage

import (
	"cmp"
	"slices"
)

// clusters are sets of records taken for one child. They only ever grow, and never across a cannot-link.
type clusters struct {
	parent  []int32
	next    []int32 // the cluster's records as a ring
	root    []int32 // parent, flattened when a pass starts
	inSpine []bool  // by root: holds a record of the returns
	twins   []pair  // both ways, by first record
	joins   []join

	proposed []pair // what passes without UPN that join have proposed so far, in order
}

// join is one merge: the pair whose agreement caused it.
type join struct {
	a, b int32
	pass int16
}

func newClusters(t *table) *clusters {
	n := len(t.nodes)
	c := &clusters{parent: make([]int32, n), next: make([]int32, n), root: make([]int32, n), inSpine: make([]bool, n)}
	for i := range n {
		c.parent[i], c.next[i], c.root[i] = int32(i), int32(i), int32(i)
		c.inSpine[i] = t.isReturn(int32(i))
	}
	return c
}

func (c *clusters) find(i int32) int32 {
	for c.parent[i] != i {
		c.parent[i] = c.parent[c.parent[i]]
		i = c.parent[i]
	}
	return i
}

// flatten makes root current, so that many threads can read it.
func (c *clusters) flatten() {
	for i := range c.root {
		c.root[i] = c.find(int32(i))
	}
}

// union merges the clusters of a pair; the lower number stays root.
func (c *clusters) union(a, b int32, pass int16) {
	x, y := c.find(a), c.find(b)
	if y < x {
		x, y = y, x
	}
	c.parent[y] = x
	c.next[x], c.next[y] = c.next[y], c.next[x]
	c.inSpine[x] = c.inSpine[x] || c.inSpine[y]
	c.joins = append(c.joins, join{a, b, pass})
}

// conflict looks for a cannot-link between any two records of two clusters, and tells an override that was needed between a pair.
func (c *clusters) conflict(t *table, l *limits, x, y int32) (constraint, override, pair) {
	lifted, at := noOverride, pair{}
	for a := x; ; {
		for b := y; ; {
			why, how := t.conflict(l, a, b)
			if why != none {
				return why, noOverride, pair{a: a, b: b}
			}
			if how != noOverride {
				lifted, at = how, pair{a: min(a, b), b: max(a, b)}
			}
			if b = c.next[b]; b == y {
				break
			}
		}
		if a = c.next[a]; a == x {
			return none, lifted, at
		}
	}
}

// twinsOf are the records of a's authority that look like a twin of a.
func (c *clusters) twinsOf(a int32) []pair {
	i, _ := slices.BinarySearchFunc(c.twins, a, func(p pair, a int32) int { return cmp.Compare(p.a, a) })
	j := i
	for j < len(c.twins) && c.twins[j].a == a {
		j++
	}
	return c.twins[i:j]
}

// findTwins notes records that one return holds beside each other with equal date of birth and sex and a shared home postcode or
// DECOM. Weak evidence for one of them is evidence for the other.
func (c *clusters) findTwins(t *table, l *limits, maxBlock, threads int) {
	for i, agree := range [][]string{{"holder", "dob", "sex", "home_unit"}, {"holder", "dob", "sex", "decom"}} {
		p := t.plan(-1-i, &Pass{Links: linksReturns, Agree: agree})
		for _, x := range t.candidates(p, l, c, maxBlock, threads).pairs {
			if why, _ := t.conflict(l, x.a, x.b); why != none {
				c.twins = append(c.twins, pair{a: x.a, b: x.b}, pair{a: x.b, b: x.a})
			}
		}
	}
	slices.SortFunc(c.twins, comparePair)
	c.twins = slices.Compact(c.twins)
}
