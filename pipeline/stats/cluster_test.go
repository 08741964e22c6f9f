package stats

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

var (
	planeX      = []float64{-0.591, 4.027, 6.483, -1.363, 5.178, 7.066, 1.324, 4.625, 7.954, -1.004, 3.172, 7.652, -1.538, 3.744, 6.85, 0.012, 3.777, 8.888, -0.592, 3.344, 7.317, -0.016, 3.557, 8.353}
	planeY      = []float64{0.073, 5.007, 0.812, -0.766, 4.779, 0.016, -1.104, 4.062, 1.679, -1.577, 4.13, 1.485, -0.186, 6.546, 0.389, -0.348, 3.363, 1.02, 0.892, 4.127, 1.89, -0.344, 2.813, 1.88}
	planeCounts = []int{3, 3, 3, 4, 3, 4, 4, 3, 4, 1, 2, 4, 1, 1, 1, 4, 2, 4, 3, 3, 2, 4, 1, 3}
)

// plane is made-up points in three clouds.
func plane() *Distances { return between(planeX, planeY) }

func between(x, y []float64) *Distances {
	return NewDistances(len(x), func(i, j int) float64 { return math.Hypot(x[i]-x[j], y[i]-y[j]) })
}

func heights(t Tree) (out []float64) {
	for _, m := range t.Merges {
		out = append(out, m.Height)
	}
	return out
}

// R 4.2: hclust(dist(points), "ward.D2"), which cluster::agnes agrees with; for counts each point as often as it counts, without the
// merges at height 0.
func TestWardKnownAnswer(t *testing.T) {
	for _, c := range []struct {
		name   string
		counts []int
		want   []float64
	}{
		{"once each", nil, []float64{
			0.0282842712475, 0.1720261608012, 0.3589428923938, 0.4310278413281, 0.5923681287848, 0.6058258825768, 0.6643894440261, 0.8190006105004,
			0.8922744346145, 0.9042392751184, 0.9054821919839, 1.2158577219395, 1.3718907876844, 1.4380003477051, 1.5810890234266, 1.6257149811698,
			2.5118467215141, 2.5908075960982, 2.9041373442531, 3.3120002465781, 3.5143170389138, 13.7263963633941, 22.8008982397989,
		}},
		{"counted", planeCounts, []float64{
			0.0565685424949, 0.2665017823580, 0.5452118854170, 0.6840077972265, 0.7178857847875, 0.7663158617698, 1.0292677008437, 1.3003621290497,
			1.4185506688166, 1.4802590209929, 1.5683411618650, 1.7447800721008, 1.9164850638604, 2.0155326549906, 2.6626592507706, 2.9693022412681,
			3.0560743458299, 3.9135467222992, 4.4791297524060, 5.3991201767819, 5.7313920999640, 22.1641604467704, 39.0574788110791,
		}},
	} {
		tree, err := Ward(plane(), c.counts)
		if err != nil {
			t.Fatal(err)
		}
		got := heights(tree)
		if len(got) != len(c.want) {
			t.Fatalf("%s: %d merges", c.name, len(got))
		}
		for i := range got {
			near(t, c.name, got[i], c.want[i], 1e-11)
		}
		all := 24
		if c.counts != nil {
			all = 67
		}
		if n := tree.Merges[22].Count; n != all {
			t.Errorf("%s: %d children in the last cluster, not %d", c.name, n, all)
		}
		of, err := tree.Cut(3)
		if err != nil {
			t.Fatal(err)
		}
		for i, got := range of { // the clouds take turns
			if got != i%3 {
				t.Errorf("%s: point %d is in cluster %d", c.name, i, got)
			}
		}
	}
}

// cluster 2.1.4: pam(dist(points), k), medoids, cost and average silhouette; for counts each point as often as it counts.
func TestPAMKnownAnswer(t *testing.T) {
	d := plane()
	for _, c := range []struct {
		counts     []int
		k          int
		medoids    []int // from 1, as R has it
		cost, mean float64
	}{
		{nil, 2, []int{21, 22}, 51.4501808521, 0.618338917607},
		{nil, 3, []int{12, 20, 22}, 24.6390005963, 0.717290361613},
		{nil, 4, []int{9, 15, 20, 22}, 20.9515860072, 0.655001352736},
		{nil, 5, []int{4, 9, 15, 20, 22}, 17.9225712879, 0.512651803007},
		{planeCounts, 2, []int{21, 22}, 124.822810922, 0.656969807237},
		{planeCounts, 3, []int{12, 20, 22}, 62.0800887059, 0.760791124868},
		{planeCounts, 4, []int{6, 9, 20, 22}, 52.2474169802, 0.712496574826},
		{planeCounts, 5, []int{4, 6, 9, 20, 22}, 44.9837314355, 0.59555364508},
	} {
		got, err := PAM(d, c.counts, c.k)
		if err != nil {
			t.Fatal(err)
		}
		for i := range got.Medoids {
			if got.Medoids[i] != c.medoids[i]-1 {
				t.Errorf("%d clusters, counts %v: medoids %v (from 0), want %v (from 1)", c.k, c.counts != nil, got.Medoids, c.medoids)
				break
			}
		}
		near(t, "cost", got.Cost, c.cost, 1e-8)
		_, mean, err := Silhouette(d, c.counts, got.Of)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "silhouette", mean, c.mean, 1e-10)
	}
	// cluster::silhouette of each point
	got, err := PAM(d, nil, 3)
	if err != nil {
		t.Fatal(err)
	}
	each, _, err := Silhouette(d, nil, got.Of)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{
		0.810172463527, 0.728195501665, 0.662338375919, 0.806676838330, 0.582574711007, 0.707217436388, 0.620273012026, 0.657667819071,
		0.770984981902, 0.776307278093, 0.740010100669, 0.782849192731, 0.788133137629, 0.607551382286, 0.718273725353, 0.808767326767,
		0.668166924467, 0.719381919964, 0.699674413277, 0.749792669485, 0.706111897879, 0.811149800346, 0.564551443697, 0.728146326224,
	} {
		near(t, "silhouette of a point", each[i], want, 1e-11)
	}
}

// cloud is n random points with counts, and the same points each as often as it counts.
func cloud(r *rand.Rand, n int) (once, often *Distances, counts, which []int) {
	x, y := make([]float64, n), make([]float64, n)
	var manyX, manyY []float64
	for i := range n {
		x[i], y[i] = r.NormFloat64(), r.NormFloat64()
		c := 1 + r.IntN(4)
		counts = append(counts, c)
		for range c {
			manyX, manyY, which = append(manyX, x[i]), append(manyY, y[i]), append(which, i)
		}
	}
	return between(x, y), between(manyX, manyY), counts, which
}

func TestAThingTwiceIsACountOf2(t *testing.T) {
	r := rand.New(rand.NewPCG(12, 1))
	for range 40 {
		n := 4 + r.IntN(20)
		once, often, counts, which := cloud(r, n)
		a, err1 := Ward(once, counts)
		b, err2 := Ward(often, nil)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		all := heights(b)
		for i, h := range heights(a) {
			near(t, "height", h, all[len(all)-n+1+i], 1e-9)
		}
		k := 1 + r.IntN(4)
		x, err1 := PAM(once, counts, k)
		y, err2 := PAM(often, nil, k)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		near(t, "cost", x.Cost, y.Cost, 1e-9)
		for i, w := range which {
			if y.Of[i] != x.Of[w] {
				t.Fatal("another clustering")
			}
		}
		_, meanX, err1 := Silhouette(once, counts, x.Of)
		_, meanY, err2 := Silhouette(often, nil, y.Of)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		near(t, "silhouette", meanX, meanY, 1e-9)
	}
}

func TestPAMIsAtALowPlace(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 1))
	for range 40 {
		d, _, counts, _ := cloud(r, 5+r.IntN(25))
		k := 1 + r.IntN(4)
		c, err := PAM(d, counts, k)
		if err != nil {
			t.Fatal(err)
		}
		cost := func(medoids []int) (sum float64) {
			for i := range d.N() {
				nearest := math.Inf(1)
				for _, m := range medoids {
					nearest = min(nearest, d.At(i, m))
				}
				sum += float64(counts[i]) * nearest
			}
			return sum
		}
		near(t, "cost", c.Cost, cost(c.Medoids), 1e-9)
		for m := range k {
			for x := range d.N() {
				other := slices.Clone(c.Medoids)
				other[m] = x
				if cost(other) < c.Cost-1e-9 {
					t.Errorf("%d for %d is better: %v, not %v", x, c.Medoids[m], cost(other), c.Cost)
				}
			}
		}
		for i, m := range c.Of {
			for _, other := range c.Medoids {
				if d.At(i, other) < d.At(i, c.Medoids[m]) {
					t.Errorf("%d is nearer to %d", i, other)
				}
			}
		}
	}
}

func TestWardHeightsGrowAndCutsNest(t *testing.T) {
	r := rand.New(rand.NewPCG(14, 1))
	for range 20 {
		// whole distances, so that many tie
		n := 3 + r.IntN(30)
		x := make([]int, n)
		for i := range x {
			x[i] = r.IntN(6)
		}
		tree, err := Ward(NewDistances(n, func(i, j int) float64 { return math.Abs(float64(x[i] - x[j])) }), nil)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.IsSorted(heights(tree)) {
			t.Errorf("heights %v", heights(tree))
		}
		var above []int
		for k := 1; k <= n; k++ {
			of, err := tree.Cut(k)
			if err != nil {
				t.Fatal(err)
			}
			if most := slices.Max(of); most != k-1 {
				t.Errorf("%d clusters, wanted %d", most+1, k)
			}
			into := map[int]int{}
			for i := range of {
				if above != nil {
					if p, ok := into[of[i]]; ok && p != above[i] {
						t.Errorf("a cluster of %d is of two of %d", k, k-1)
					}
					into[of[i]] = above[i]
				}
			}
			above = of
		}
	}
}

func TestClustersThatCannotBe(t *testing.T) {
	d := plane()
	for _, k := range []int{0, 25} {
		if _, err := PAM(d, nil, k); err == nil {
			t.Errorf("%d clusters of 24: no complaint", k)
		}
		if tree, err := Ward(d, nil); err != nil {
			t.Error(err)
		} else if _, err := tree.Cut(k); err == nil {
			t.Errorf("a cut in %d: no complaint", k)
		}
	}
	if _, err := Ward(d, []int{1}); err == nil {
		t.Error("one count for 24: no complaint")
	}
	if _, _, err := Silhouette(d, nil, []int{1}); err == nil {
		t.Error("one cluster for 24: no complaint")
	}
	if tree, err := Ward(NewDistances(1, nil), nil); err != nil || len(tree.Merges) != 0 {
		t.Error(tree, err)
	}
	each, mean, err := Silhouette(d, nil, make([]int, 24))
	if err != nil || mean != 0 || each[0] != 0 {
		t.Errorf("one cluster has no next one: %v, %v, %v", each, mean, err)
	}
}
