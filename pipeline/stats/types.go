package stats

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"sort"
)

// TypeOptions say how Types clusters.
type TypeOptions struct {
	Alphabet   int    // states, 1 to 127
	Costs      *Costs // of optimal matching; nil: TransitionCosts of the sequences themselves
	Least      int    // fewest types to try, 2 or more
	Most       int    // most types to try
	Sample     int    // unique sequences that are clustered; the others go to the nearest medoid. Time grows with its square
	Bootstraps int    // draws for the stability of the types; 0 for none
	Seed       uint64 // of the sample and the bootstraps
}

// DefaultTypeOptions try 3 to 8 types on a sample of 2,500 unique sequences, with 20 bootstraps: some seconds on 2 cores for 100,000
// children.
func DefaultTypeOptions(alphabet int) TypeOptions {
	return TypeOptions{Alphabet: alphabet, Least: 3, Most: 8, Sample: 2500, Bootstraps: 20, Seed: 1}
}

// Validate names the field that is wrong.
func (o TypeOptions) Validate() error {
	switch {
	case o.Least < 2:
		return fmt.Errorf("Least %d is below 2", o.Least)
	case o.Most < o.Least:
		return fmt.Errorf("Most %d is below Least %d", o.Most, o.Least)
	case o.Sample < o.Most:
		return fmt.Errorf("Sample %d is below Most %d", o.Sample, o.Most)
	case o.Bootstraps < 0:
		return fmt.Errorf("Bootstraps %d is below 0", o.Bootstraps)
	case o.Costs != nil && len(o.Costs.Substitution) != o.Alphabet:
		return fmt.Errorf("Costs are of %d states, Alphabet is %d", len(o.Costs.Substitution), o.Alphabet)
	}
	return nil
}

// Type is a kind of sequence.
type Type struct {
	Medoid      Sequence // the one that the others are nearest to
	MedoidIndex int      // of the first of the sequences given that is the medoid
	MedoidCount int      // sequences that are exactly the medoid: few may tell who it is
	Count       int      // sequences of this type
	Silhouette  float64  // mean of the type in the clustered sample, -1 to 1
	Stability   float64  // mean Jaccard of the type with the most like cluster of each bootstrap, 0 to 1; 0 without bootstraps. Above .75 holds, below .5 doesn't (Hennig 2007)
}

// Candidate is one number of types that was tried.
type Candidate struct {
	Types      int
	Silhouette float64 // mean over the children of the clustered sample
}

// TypesResult says which type each sequence is of.
type TypesResult struct {
	Types      []Type // most common first, then in order of the medoid
	Of         []int  // by sequence, a place in Types
	Silhouette float64
	Candidates []Candidate // what was tried; the first with the highest silhouette was taken
	Unique     int         // different sequences
	Clustered  int         // of them in the sample
}

// Types finds kinds of sequences by optimal matching and PAM, as many as give the highest silhouette. The result depends on what
// sequences there are, how often and the seed, not on their order nor on how many cores there are.
//
// Above Sample unique sequences, children are drawn at random until so many are reached, so that a common sequence weighs in the sample
// what it weighs in all. Silhouettes and stability are of the sample.
func Types(seqs []Sequence, o TypeOptions) (TypesResult, error) {
	err := o.Validate()
	if err == nil {
		err = checkSequences(seqs, o.Alphabet)
	}
	if err == nil && len(seqs) == 0 {
		err = fmt.Errorf("no sequences")
	}
	if err != nil {
		return TypesResult{}, fmt.Errorf("types: %w", err)
	}
	u := unique(seqs)
	costs := o.Costs
	if costs == nil {
		rates, err := TransitionRates(u.seqs, u.counts, o.Alphabet)
		if err != nil {
			return TypesResult{}, fmt.Errorf("types: %w", err)
		}
		c := TransitionCosts(rates)
		costs = &c
	}
	sample, counts := u.sample(o.Sample, rand.New(rand.NewPCG(o.Seed, 0)))
	sampled := make([]Sequence, len(sample))
	for i, s := range sample {
		sampled[i] = u.seqs[s]
	}
	d, err := OptimalMatching(sampled, *costs)
	if err != nil {
		return TypesResult{}, fmt.Errorf("types: %w", err)
	}
	w, err := checkCounts(counts, len(sample))
	if err != nil {
		return TypesResult{}, fmt.Errorf("types: %w", err)
	}

	out := TypesResult{Unique: len(u.seqs), Clustered: len(sample)}
	built := build(d, w, min(o.Most, len(sample)))
	var best Clustering
	var each []float64
	for k := min(o.Least, len(built)); k <= len(built); k++ {
		c := swap(d, w, built[:k])
		s := silhouette(d, w, c.Of, k)
		mean := weightedMean(s, w)
		if len(out.Candidates) == 0 || mean > out.Silhouette {
			best, each, out.Silhouette = c, s, mean
		}
		out.Candidates = append(out.Candidates, Candidate{k, mean})
	}

	types := make([]Type, len(best.Medoids))
	for m, x := range best.Medoids {
		at := sample[x]
		types[m] = Type{Medoid: slices.Clone(u.seqs[at]), MedoidIndex: u.first[at], MedoidCount: u.counts[at]}
	}
	for m, s := range stability(d, w, best, o.Bootstraps, o.Seed) {
		types[m].Stability = s
	}
	sums := make([]float64, len(types))
	for i, m := range best.Of {
		types[m].Silhouette += w[i] * each[i]
		sums[m] += w[i]
	}
	for m := range types {
		types[m].Silhouette /= sums[m]
	}

	near, err := nearest(u.seqs, types, *costs)
	if err != nil {
		return TypesResult{}, fmt.Errorf("types: %w", err)
	}
	for i, m := range near {
		types[m].Count += u.counts[i]
	}
	order := make([]int, len(types))
	for m := range order {
		order[m] = m
	}
	sort.SliceStable(order, func(a, b int) bool { return types[order[a]].Count > types[order[b]].Count }) // medoids are in order
	place := make([]int, len(types))
	for p, m := range order {
		place[m] = p
		out.Types = append(out.Types, types[m])
	}
	out.Of = make([]int, len(seqs))
	for i, at := range u.of {
		out.Of[i] = place[near[at]]
	}
	return out, nil
}

func weightedMean(x, w []float64) float64 {
	sum, all := 0.0, 0.0
	for i := range x {
		sum += w[i] * x[i]
		all += w[i]
	}
	return sum / all
}

// nearest gives the type whose medoid is nearest to each sequence, the first of those as near.
func nearest(seqs []Sequence, types []Type, c Costs) ([]int, error) {
	m, err := newMatcher(c)
	if err != nil {
		return nil, err
	}
	out := make([]int, len(seqs))
	share(len(seqs), func() func(int) {
		var to []*pattern
		for _, t := range types {
			p := m.against()
			p.set(t.Medoid)
			to = append(to, p)
		}
		return func(i int) {
			best := 0.0
			for m, p := range to {
				if v := p.distance(seqs[i]); m == 0 || v < best {
					best, out[i] = v, m
				}
			}
		}
	})
	return out, nil
}

// uniques are the different sequences among some, in their own order.
type uniques struct {
	seqs   []Sequence
	counts []int
	first  []int // index of the first of each
	of     []int // which one each of the given is
}

func unique(seqs []Sequence) uniques {
	u := uniques{of: make([]int, len(seqs))}
	seen := map[string]int{}
	var key []byte
	for i, s := range seqs {
		s = s.known()
		key = key[:0]
		for _, x := range s {
			key = append(key, byte(x))
		}
		at, ok := seen[string(key)]
		if !ok {
			at = len(u.seqs)
			seen[string(key)] = at
			u.seqs, u.counts, u.first = append(u.seqs, s), append(u.counts, 0), append(u.first, i)
		}
		u.counts[at]++
		u.of[i] = at
	}
	order := make([]int, len(u.seqs))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return slices.CompareFunc(u.seqs[a], u.seqs[b], cmp.Compare[State]) })
	sorted := uniques{of: u.of}
	place := make([]int, len(order))
	for p, at := range order {
		place[at] = p
		sorted.seqs, sorted.counts, sorted.first = append(sorted.seqs, u.seqs[at]), append(sorted.counts, u.counts[at]), append(sorted.first, u.first[at])
	}
	for i, at := range sorted.of {
		sorted.of[i] = place[at]
	}
	return sorted
}

// sample gives the unique sequences to cluster, in order, and how often each was drawn.
func (u uniques) sample(most int, r *rand.Rand) (which, counts []int) {
	if len(u.seqs) <= most {
		for i := range u.seqs {
			which = append(which, i)
		}
		return which, u.counts
	}
	children := make([]int32, 0, len(u.of))
	for i, n := range u.counts {
		for range n {
			children = append(children, int32(i))
		}
	}
	drawn, different := make([]int, len(u.seqs)), 0
	for left := len(children); different < most; left-- {
		i := r.IntN(left)
		x := children[i]
		children[i] = children[left-1]
		if drawn[x] == 0 {
			different++
		}
		drawn[x]++
	}
	for i, n := range drawn {
		if n > 0 {
			which, counts = append(which, i), append(counts, n)
		}
	}
	return which, counts
}

// stability draws as many children as there are, with replacement, clusters them afresh and takes for each of the clusters the greatest
// Jaccard coefficient with a new one, over the children drawn; the mean over draws. Each draw has a stream of its own of the seed.
func stability(d *Distances, w []float64, c Clustering, draws int, seed uint64) []float64 {
	if draws == 0 {
		return nil
	}
	k := len(c.Medoids)
	upTo := make([]float64, len(w))
	all := 0.0
	for i, x := range w {
		all += x
		upTo[i] = all
	}
	found := make([][]float64, draws)
	for draw := range draws {
		r := rand.New(rand.NewPCG(seed, uint64(draw)+1))
		again := make([]float64, len(w))
		for range int(all) {
			x := float64(r.IntN(int(all)))
			again[sort.Search(len(upTo), func(i int) bool { return upTo[i] > x })]++
		}
		other := swap(d, again, build(d, again, k))
		both, mine, its := make([]float64, k*k), make([]float64, k), make([]float64, k)
		for i, n := range again {
			both[c.Of[i]*k+other.Of[i]] += n
			mine[c.Of[i]] += n
			its[other.Of[i]] += n
		}
		found[draw] = make([]float64, k)
		for a := range k {
			for b := range k {
				if union := mine[a] + its[b] - both[a*k+b]; union > 0 {
					found[draw][a] = max(found[draw][a], both[a*k+b]/union)
				}
			}
		}
	}
	out := make([]float64, k)
	for a := range k {
		for _, f := range found {
			out[a] += f[a]
		}
		out[a] /= float64(draws)
	}
	return out
}
