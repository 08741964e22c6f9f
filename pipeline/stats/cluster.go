package stats

import (
	"fmt"
	"math"
	"slices"
	"sort"
)

// Merge is one step of a Ward tree: things are 0 to n-1, the cluster that merge m makes is n+m.
type Merge struct {
	A, B   int     // A below B
	Height float64 // root of twice the growth of the sum of squares; for two single things their distance
	Count  int     // of children in the new cluster
}

// Tree is a Ward tree of n things, lowest merge first.
type Tree struct {
	N      int
	Merges []Merge // n-1 of them
}

// Ward joins, again and again, the two clusters whose joining adds least to the sum of squares. counts says how many children are each
// thing, as if it were there so many times; nil is 1 each. Distances are squared within, as by R's ward.D2.
func Ward(d *Distances, counts []int) (Tree, error) {
	w, err := checkCounts(counts, d.n)
	if err != nil {
		return Tree{}, fmt.Errorf("ward: %w", err)
	}
	n := d.n
	t := Tree{N: n}
	if n < 2 {
		return t, nil
	}
	// chains of nearest neighbours end in a pair that is nearest to each other, which can be joined whatever the order
	sq := make([]float64, n*n)
	for i := range n {
		for j := range n {
			sq[i*n+j] = d.d[i*n+j] * d.d[i*n+j] * 2 * w[i] * w[j] / (w[i] + w[j])
		}
	}
	alive := make([]int, n)
	for i := range alive {
		alive[i] = i
	}
	type pair struct {
		a, b   int
		height float64
	}
	var pairs []pair
	var chain []int
	for len(pairs) < n-1 {
		if len(chain) == 0 {
			chain = append(chain, alive[0])
		}
		for {
			at := chain[len(chain)-1]
			best, nearest := -1, math.Inf(1)
			if len(chain) > 1 { // the one before wins a tie, or the chain would never end
				best = chain[len(chain)-2]
				nearest = sq[at*n+best]
			}
			for _, x := range alive {
				if x != at && sq[at*n+x] < nearest {
					best, nearest = x, sq[at*n+x]
				}
			}
			if len(chain) > 1 && best == chain[len(chain)-2] {
				break
			}
			chain = append(chain, best)
		}
		a, b := chain[len(chain)-1], chain[len(chain)-2]
		chain = chain[:len(chain)-2]
		if a > b {
			a, b = b, a
		}
		ab := sq[a*n+b]
		pairs = append(pairs, pair{a, b, math.Sqrt(ab)})
		at, _ := slices.BinarySearch(alive, b)
		alive = slices.Delete(alive, at, at+1)
		for _, x := range alive { // the cluster lives on as a
			if x != a {
				v := ((w[a]+w[x])*sq[a*n+x] + (w[b]+w[x])*sq[b*n+x] - w[x]*ab) / (w[a] + w[b] + w[x])
				sq[a*n+x], sq[x*n+a] = v, v
			}
		}
		w[a] += w[b]
	}
	sort.SliceStable(pairs, func(i, j int) bool { return pairs[i].height < pairs[j].height })
	counted, err := checkCounts(counts, n)
	if err != nil {
		return Tree{}, err
	}
	sets := newSets(n)
	cluster, count := make([]int, n), counted
	for i := range cluster {
		cluster[i] = i
	}
	for m, p := range pairs {
		a, b := sets.find(p.a), sets.find(p.b)
		low, high := min(cluster[a], cluster[b]), max(cluster[a], cluster[b])
		sets[b] = a
		count[a] += count[b]
		cluster[a] = n + m
		t.Merges = append(t.Merges, Merge{A: low, B: high, Height: p.height, Count: int(count[a])})
	}
	return t, nil
}

type sets []int

func newSets(n int) sets {
	s := make(sets, n)
	for i := range s {
		s[i] = i
	}
	return s
}

func (s sets) find(i int) int {
	for s[i] != i {
		s[i] = s[s[i]]
		i = s[i]
	}
	return i
}

// Cut gives the cluster, 0 to k-1, of each thing when the last k-1 merges are undone. Clusters are numbered by their first thing.
func (t Tree) Cut(k int) ([]int, error) {
	if k < 1 || k > t.N {
		return nil, fmt.Errorf("cut: %d clusters of %d: 1 to as many as there are", k, t.N)
	}
	s := newSets(2*t.N - 1)
	for m, x := range t.Merges[:t.N-k] {
		s[s.find(x.A)], s[s.find(x.B)] = t.N+m, t.N+m
	}
	names, out := map[int]int{}, make([]int, t.N)
	for i := range out {
		root := s.find(i)
		if _, ok := names[root]; !ok {
			names[root] = len(names)
		}
		out[i] = names[root]
	}
	return out, nil
}

// Clustering is a partition around medoids: things that stand for their cluster.
type Clustering struct {
	Medoids []int   // in order of index
	Of      []int   // cluster of each thing: the medoid nearest to it, by place in Medoids, the first of those as near
	Cost    float64 // sum of distances to the medoids, a thing as often as it counts
}

// PAM finds k medoids that are nearest to all, by building up and then swapping as long as that helps (Kaufman and Rousseeuw 1990;
// swaps are sought as by Schubert and Rousseeuw 2019). Of equal choices it takes the first. counts as for Ward.
func PAM(d *Distances, counts []int, k int) (Clustering, error) {
	w, err := checkCounts(counts, d.n)
	if err != nil {
		return Clustering{}, fmt.Errorf("pam: %w", err)
	}
	if k < 1 || k > d.n {
		return Clustering{}, fmt.Errorf("pam: %d clusters of %d: 1 to as many as there are", k, d.n)
	}
	return swap(d, w, build(d, w, k)), nil
}

// build picks medoids one at a time, each the one that brings things nearest. With more wanted the first stay the same. Weights may be 0:
// such a thing is no medoid and counts nothing.
func build(d *Distances, w []float64, k int) []int {
	near := make([]float64, d.n)
	for i := range near {
		near[i] = math.Inf(1)
	}
	var medoids []int
	taken := make([]bool, d.n)
	cost := make([]float64, d.n)
	for len(medoids) < k {
		share(d.n, func() func(int) {
			return func(x int) {
				sum := 0.0
				for o, v := range d.row(x) {
					sum += w[o] * min(v, near[o])
				}
				cost[x] = sum
			}
		})
		best := -1
		for x := range d.n {
			if !taken[x] && w[x] > 0 && (best < 0 || cost[x] < cost[best]) {
				best = x
			}
		}
		if best < 0 {
			break
		}
		taken[best] = true
		medoids = append(medoids, best)
		for o, v := range d.row(best) {
			near[o] = min(near[o], v)
		}
	}
	return medoids
}

// swap exchanges the medoid and the other thing that lower the cost most, until none does.
func swap(d *Distances, w []float64, start []int) Clustering {
	medoids := slices.Clone(start)
	slices.Sort(medoids)
	n, k := d.n, len(medoids)
	c := Clustering{Medoids: medoids, Of: make([]int, n)}
	near, second := make([]float64, n), make([]float64, n)
	gain, out := make([]float64, n), make([]int, n)
	for {
		c.Cost = 0
		noise := 0.0               // less than this is rounding, by which swaps could go round for ever
		loss := make([]float64, k) // of a medoid gone and nothing in its place
		for o := range n {
			near[o], second[o] = math.Inf(1), math.Inf(1)
			row := d.row(o)
			for m, x := range medoids {
				switch v := row[x]; {
				case v < near[o]:
					near[o], second[o], c.Of[o] = v, near[o], m
				case v < second[o]:
					second[o] = v
				}
			}
			c.Cost += w[o] * near[o]
			noise += 1e-12 * w[o] * near[o]
			if k > 1 {
				noise += 1e-12 * w[o] * second[o]
				loss[c.Of[o]] += w[o] * (second[o] - near[o])
			}
		}
		share(n, func() func(int) {
			change := make([]float64, k)
			return func(x int) {
				gain[x] = math.Inf(1)
				if _, is := slices.BinarySearch(medoids, x); is || w[x] == 0 {
					return
				}
				copy(change, loss)
				all := 0.0
				for o, v := range d.row(x) {
					if k == 1 {
						all += w[o] * (v - near[o])
					} else if v < near[o] {
						all += w[o] * (v - near[o])
						change[c.Of[o]] += w[o] * (near[o] - second[o])
					} else if v < second[o] {
						change[c.Of[o]] += w[o] * (v - second[o])
					}
				}
				best := 0
				for m := range change {
					if change[m] < change[best] {
						best = m
					}
				}
				gain[x], out[x] = all+change[best], best
			}
		})
		best := 0
		for x := range n {
			if gain[x] < gain[best] {
				best = x
			}
		}
		if !(gain[best] < -noise) {
			return c
		}
		medoids[out[best]] = best
		slices.Sort(medoids)
	}
}

// Silhouette says how much nearer each thing is to its own cluster than to the next: (b-a) / max(a, b) of the mean distances, -1 to 1, 0
// for a child alone in its cluster. of is the cluster of each thing. mean is over all children.
func Silhouette(d *Distances, counts []int, of []int) (each []float64, mean float64, err error) {
	w, err := checkCounts(counts, d.n)
	if err == nil && len(of) != d.n {
		err = fmt.Errorf("clusters of %d things for %d", len(of), d.n)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("silhouette: %w", err)
	}
	k := 0
	for i, c := range of {
		if c < 0 {
			return nil, 0, fmt.Errorf("silhouette: thing %d is in cluster %d: clusters are 0 and up", i, c)
		}
		k = max(k, c+1)
	}
	each = silhouette(d, w, of, k)
	all := 0.0
	for i, s := range each {
		mean += w[i] * s
		all += w[i]
	}
	return each, mean / max(all, 1), nil
}

func silhouette(d *Distances, w []float64, of []int, k int) []float64 {
	size := make([]float64, k)
	for i, c := range of {
		size[c] += w[i]
	}
	each := make([]float64, d.n)
	share(d.n, func() func(int) {
		sum := make([]float64, k)
		return func(i int) {
			own := of[i]
			if size[own] <= 1 {
				return
			}
			clear(sum)
			for j, v := range d.row(i) {
				sum[of[j]] += w[j] * v
			}
			a, b := sum[own]/(size[own]-1), math.Inf(1)
			for c := range sum {
				if c != own && size[c] > 0 {
					b = min(b, sum[c]/size[c])
				}
			}
			if m := max(a, b); m > 0 && !math.IsInf(m, 1) {
				each[i] = (b - a) / m
			}
		}
	})
	return each
}
