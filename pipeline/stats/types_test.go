package stats

import (
	"encoding/json"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
)

// States of the made-up careers.
const (
	foster State = iota
	kin
	home
	residential
	secure
	semi
	adopted
	guardian
	away
	alphabet = 14
)

// career is a child's 25 months in one of five manners, with noise: leaving soon, staying in one foster home, kin then guardianship,
// children's homes, adoption.
func career(r *rand.Rand) (Sequence, int) {
	manner := min(r.IntN(8), 4)
	s := make(Sequence, 25)
	at := []State{foster, foster, kin, residential, foster}[manner]
	left := []float64{.25, .004, .07, .02, .06}[manner]
	to := []State{home, away, guardian, semi, adopted}[manner]
	move := []float64{.02, .03, .02, .12, .01}[manner]
	for i := range s {
		s[i] = at
		switch x := r.Float64(); {
		case at >= home && at != residential && at != secure && at != semi:
			if x < .005 {
				at = foster
			}
		case x < left:
			at = to
		case x < left+move:
			at = []State{foster, kin, residential, secure, semi, 9, 10}[r.IntN(7)]
		}
	}
	return s, manner
}

func careers(seed uint64, n int) (seqs []Sequence, manner []int) {
	r := rand.New(rand.NewPCG(seed, 2))
	for range n {
		s, m := career(r)
		seqs, manner = append(seqs, s), append(manner, m)
	}
	return seqs, manner
}

func mustTypes(t testing.TB, seqs []Sequence, o TypeOptions) TypesResult {
	t.Helper()
	r, err := Types(seqs, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestTypesFindPlantedManners(t *testing.T) {
	r := rand.New(rand.NewPCG(15, 1))
	plant := letters("FKRA", "FFFFFFFFFFFF", "KKKKKKKKKKKK", "RRRFFFRRRFFF", "FFFAAAAAAAAA")
	var seqs []Sequence
	var manner []int
	for i := range 400 {
		s := slices.Clone(plant[i%4])
		if i%4 == 0 || i%3 == 0 { // one month of the odd ones is another
			s[r.IntN(12)] = State(r.IntN(4))
		}
		seqs, manner = append(seqs, s), append(manner, i%4)
	}
	o := DefaultTypeOptions(4)
	got := mustTypes(t, seqs, o)
	if len(got.Types) != 4 {
		t.Fatalf("%d types: %+v", len(got.Types), got.Candidates)
	}
	of := map[int]int{}
	for i, m := range manner {
		if p, ok := of[m]; ok && p != got.Of[i] {
			t.Errorf("sequence %d of manner %d is of type %d, another of %d", i, m, got.Of[i], p)
		}
		of[m] = got.Of[i]
	}
	for i, x := range got.Types {
		if !slices.ContainsFunc(plant, func(s Sequence) bool { return slices.Equal(s, x.Medoid) }) {
			t.Errorf("medoid %v isn't one of the planted", x.Medoid)
		}
		if x.Count != 100 || x.Stability < .99 || x.Silhouette < .5 || !slices.Equal(seqs[x.MedoidIndex], x.Medoid) || got.Of[x.MedoidIndex] != i {
			t.Errorf("type %d: %+v", i, x)
		}
	}
}

func TestTypesDoNotDependOnOrderOrCores(t *testing.T) {
	seqs, _ := careers(3, 1500)
	for name, sample := range map[string]int{"all": 2500, "a sample": 150} {
		o := DefaultTypeOptions(alphabet)
		o.Sample, o.Bootstraps = sample, 4
		first := mustTypes(t, seqs, o)
		if (first.Clustered < first.Unique) != (name == "a sample") {
			t.Fatalf("%s: %d of %d clustered", name, first.Clustered, first.Unique)
		}
		want, err := json.Marshal(first)
		if err != nil {
			t.Fatal(err)
		}

		before := runtime.GOMAXPROCS(1)
		again, err := json.Marshal(mustTypes(t, seqs, o))
		runtime.GOMAXPROCS(before)
		if err != nil || string(again) != string(want) {
			t.Errorf("%s: another result on one core", name)
		}

		order := rand.New(rand.NewPCG(16, 1)).Perm(len(seqs))
		mixed := make([]Sequence, len(seqs))
		for i, x := range order {
			mixed[i] = append(slices.Clone(seqs[x]), Missing) // nor on months missing at the end
		}
		other := mustTypes(t, mixed, o)
		for i, x := range order {
			if other.Of[i] != first.Of[x] {
				t.Fatalf("%s: sequence %d is of another type in another order", name, x)
			}
		}
		for i := range other.Types {
			a, b := other.Types[i], first.Types[i]
			if !slices.Equal(a.Medoid, b.Medoid) || a.Count != b.Count || a.Silhouette != b.Silhouette || a.Stability != b.Stability {
				t.Errorf("%s: type %d is %+v, in another order %+v", name, i, b, a)
			}
		}
	}
}

func TestTypesAddUp(t *testing.T) {
	seqs, _ := careers(4, 2000)
	o := DefaultTypeOptions(alphabet)
	o.Sample, o.Bootstraps = 200, 5
	got := mustTypes(t, seqs, o)
	rates, err := TransitionRates(seqs, nil, alphabet)
	if err != nil {
		t.Fatal(err)
	}
	costs := TransitionCosts(rates)
	counts, best := make([]int, len(got.Types)), -2.0
	for i, of := range got.Of {
		counts[of]++
		own := plain(seqs[i], got.Types[of].Medoid, costs)
		for _, x := range got.Types {
			if other := plain(seqs[i], x.Medoid, costs); other < own-1e-7 {
				t.Fatalf("sequence %d is %v from its medoid and %v from another", i, own, other)
			}
		}
	}
	for i, x := range got.Types {
		same := 0
		for _, s := range seqs {
			if slices.Equal(s, x.Medoid) {
				same++
			}
		}
		if x.Count != counts[i] || x.MedoidCount != same || (i > 0 && x.Count > got.Types[i-1].Count) {
			t.Errorf("type %d: %+v, %d sequences, %d like the medoid", i, x, counts[i], same)
		}
		if !(x.Stability > 0 && x.Stability <= 1) || !(x.Silhouette >= -1 && x.Silhouette <= 1) {
			t.Errorf("type %d: stability %v, silhouette %v", i, x.Stability, x.Silhouette)
		}
	}
	for _, c := range got.Candidates {
		best = max(best, c.Silhouette)
		if c.Types == len(got.Types) && c.Silhouette != got.Silhouette {
			t.Errorf("%+v was taken with %v", c, got.Silhouette)
		}
	}
	if best != got.Silhouette || len(got.Candidates) != 6 {
		t.Errorf("%v of %+v was taken", got.Silhouette, got.Candidates)
	}
}

// A sample must give nearly the types of all.
func TestASampleStandsForAll(t *testing.T) {
	seqs, _ := careers(5, 4000)
	o := DefaultTypeOptions(alphabet)
	o.Least, o.Most, o.Bootstraps = 5, 5, 0
	all := mustTypes(t, seqs, o)
	o.Sample = 400
	some := mustTypes(t, seqs, o)
	same, pairs := 0, 0
	for i := range 2000 {
		j := (i*7919 + 1) % len(seqs)
		pairs++
		if (all.Of[i] == all.Of[j]) == (some.Of[i] == some.Of[j]) {
			same++
		}
	}
	if agreed := float64(same) / float64(pairs); agreed < .9 {
		t.Errorf("%d of %d unique clustered: %.3f of pairs agree with all", some.Clustered, some.Unique, agreed)
	}
}

func TestStabilityTellsKindsFromNoise(t *testing.T) {
	r := rand.New(rand.NewPCG(17, 1))
	noise, _, counts, _ := cloud(r, 60)
	for _, c := range []struct {
		name        string
		d           *Distances
		counts      []int
		k           int
		least, most float64
	}{{"three clouds", plane(), planeCounts, 3, .95, 1}, {"three clouds in five", plane(), planeCounts, 5, .3, .97}, {"noise", noise, counts, 5, .3, .85}} {
		got, err := PAM(c.d, c.counts, c.k)
		if err != nil {
			t.Fatal(err)
		}
		w, err := checkCounts(c.counts, c.d.N())
		if err != nil {
			t.Fatal(err)
		}
		mean := 0.0
		for _, s := range stability(c.d, w, got, 40, 1) {
			if s < 0 || s > 1 {
				t.Errorf("%s: a Jaccard of %v", c.name, s)
			}
			mean += s
		}
		mean /= float64(c.k)
		if mean < c.least || mean > c.most {
			t.Errorf("%s: stability %v, not from %v to %v", c.name, mean, c.least, c.most)
		}
	}
}

func TestTypesOfFewSequences(t *testing.T) {
	for name, seqs := range map[string][]Sequence{
		"one":         letters("FH", "FFH"),
		"all alike":   letters("FH", "FFH", "FFH", "FFH"),
		"two kinds":   letters("FH", "FFH", "HHH", "FFH"),
		"three kinds": letters("FH", "FFH", "HHH", "FFH", "FFF"),
	} {
		got := mustTypes(t, seqs, DefaultTypeOptions(2))
		if len(got.Types) != min(got.Unique, 3) || len(got.Of) != len(seqs) || got.Types[0].Count < 1 {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if _, err := Types(nil, DefaultTypeOptions(2)); err == nil {
		t.Error("nobody: no complaint")
	}
}

func TestTypeOptionsThatCannotBe(t *testing.T) {
	costs := ConstantCosts(3, 1, 2)
	for name, change := range map[string]func(*TypeOptions){
		"one type":             func(o *TypeOptions) { o.Least = 1 },
		"most below least":     func(o *TypeOptions) { o.Most = 2 },
		"sample below most":    func(o *TypeOptions) { o.Sample = 5 },
		"bootstraps below 0":   func(o *TypeOptions) { o.Bootstraps = -1 },
		"costs of other count": func(o *TypeOptions) { o.Costs = &costs },
		"no states":            func(o *TypeOptions) { o.Alphabet = 0 },
	} {
		o := DefaultTypeOptions(2)
		change(&o)
		if _, err := Types(letters("FH", "FFH", "HHH"), o); err == nil {
			t.Errorf("%s: no complaint", name)
		}
	}
}

// What the product asks: some 100,000 children over 0 to 24 months.
func BenchmarkTypes(b *testing.B) {
	seqs, _ := careers(1, 100_000)
	b.ReportAllocs()
	for b.Loop() {
		r := mustTypes(b, seqs, DefaultTypeOptions(alphabet))
		b.ReportMetric(float64(r.Unique), "unique")
		b.ReportMetric(float64(len(r.Types)), "types")
	}
}

func BenchmarkOptimalMatching(b *testing.B) {
	seqs, _ := careers(1, 20_000)
	u := unique(seqs)
	rates, err := TransitionRates(u.seqs, u.counts, alphabet)
	if err != nil {
		b.Fatal(err)
	}
	some := u.seqs[:min(len(u.seqs), 2000)]
	for name, c := range map[string]Costs{"constant": ConstantCosts(alphabet, 1, 2), "transition": TransitionCosts(rates)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := OptimalMatching(some, c); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(some)*(len(some)-1)/2)*float64(b.N)/b.Elapsed().Seconds(), "pairs/s")
		})
	}
}
