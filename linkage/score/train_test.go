package score

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// blocked draws what a run sees of a world of n pairs: random pairs, the candidates of two blocking rules (dob equal; UPN equal), each pair
// once, and the links of a pass that asks for both.
func (w world) blocked(rng *rand.Rand, n, random int64) (t Training, matches, others Counts) {
	matches, others = w.pairs(rng, n)
	sample := Counts{}
	w.draw(rng, sample, random, uOf)
	union := func(c Counts) Counts {
		found := c.where(0)
		for p, k := range c.where(4) {
			found[p] = k
		}
		return found
	}
	all := both(matches, others)
	matches, others = union(matches), union(others)
	return Training{
		Random: []Sample{{Name: "random", Counts: sample}},
		Links:  []Sample{{Name: "upn and dob", Counts: matches.where(0).where(4), Fixed: 1<<0 | 1<<4}},
		Candidates: []Sample{
			{Name: "dob", Counts: all.where(0), Fixed: 1 << 0},
			{Name: "upn", Counts: all.where(4), Fixed: 1 << 4},
		},
		All: union(all), Pairs: n,
	}, matches, others
}

func TestTrainRecoversKnownTruth(t *testing.T) {
	for seed := range uint64(5) {
		w := children(0.0002)
		tr, matches, others := w.blocked(seeded(seed, 10), 100_000_000, 2_000_000)
		got, err := Train(w.shape(), tr, DefaultOptions())
		if err != nil {
			t.Fatal(err)
		}
		worst := w.near(t, seed, got, 1<<5-1, 0.01)
		found := float64(matches.Pairs()) / float64(tr.Pairs) // some 4 in 100 matches are no candidates
		if math.Abs(got.Prior/found-1) > 0.03 || got.PriorFrom != FromAllPairs {
			t.Errorf("seed %d: prior %v from %s, %v of all pairs are matches and candidates", seed, got.Prior, got.PriorFrom, found)
		}
		// The same without knowing how many pairs there are.
		less := tr
		less.Pairs = 0
		without, err := Train(w.shape(), less, DefaultOptions())
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(without.Prior/w.Prior-1) > 0.05 || without.PriorFrom != FromEM {
			t.Errorf("seed %d: prior %v from %s without Pairs, planted %v", seed, without.Prior, without.PriorFrom, w.Prior)
		}
		// What the model expects of its thresholds is what is so.
		rows := got.Thresholds(tr.All)
		for _, e := range []Expectation{Choose(rows), At(rows, 0), At(rows, 5), At(rows, 15), rows[len(rows)-1]} {
			var right, wrong int64
			for p, n := range matches {
				if got.Weight(p) >= e.Weight {
					right += n
				}
			}
			for p, n := range others {
				if got.Weight(p) >= e.Weight {
					wrong += n
				}
			}
			precision, recall := float64(right)/float64(right+wrong), float64(right)/float64(matches.Pairs())
			if e.Links != right+wrong || math.Abs(e.Precision-precision) > 0.02 || math.Abs(e.Recall-recall) > 0.02 {
				t.Errorf("seed %d: at %.1f bits precision %.4f and recall %.4f are expected, %.4f and %.4f are so", seed, e.Weight, e.Precision, e.Recall, precision, recall)
			}
		}
		t.Logf("seed %d: worst m or u %.4f off; priors %.6f with Pairs, %.6f without, planted %.6f; %d candidates, %d matches", seed, worst,
			got.Prior, without.Prior, w.Prior, tr.All.Pairs(), matches.Pairs())
	}
}

// two is a shape of three comparisons of two levels, m and u not declared.
func two() *Model {
	none := []float64{0, 0}
	return &Model{Kind: "two", Comparisons: []Comparison{comparison("a", none, none), comparison("b", none, none), comparison("c", none, none)}}
}

// pair is a pattern of the levels given; -1 is missing.
func pair(levels ...int) (p Pattern) {
	for i, l := range levels {
		p = p.With(i, l)
	}
	return p
}

func train(t *testing.T, m *Model, tr Training, o Options) *Model {
	t.Helper()
	got, err := Train(m, tr, o)
	if err != nil {
		t.Fatal(err)
	}
	sound(t, "trained", got)
	return got
}

func TestUIsTheSmoothedShareOfRandomPairs(t *testing.T) {
	random := Counts{pair(0, 1, -1): 99, pair(1, 1, 0): 900}
	got := train(t, two(), Training{Random: []Sample{{Name: "r", Counts: random, Fixed: 1 << 2}}}, DefaultOptions())
	a, b, c := got.Comparisons[0].Levels, got.Comparisons[1].Levels, got.Comparisons[2].Levels
	if want := 99.5 / 1000; math.Abs(a[0].U-want) > 1e-12 || a[0].UFrom != FromRandom || a[0].UPairs != 99 {
		t.Errorf("seen on 99 of 999: %+v, want u %v", a[0], want)
	}
	if want := 0.5 / 1000; math.Abs(b[0].U-want) > 1e-12 || b[0].UFrom != FromNone {
		t.Errorf("never seen: %+v, want u %v", b[0], want)
	}
	if c[0].UPairs != 0 || c[0].UFrom != FromNone || c[0].Bits() != 0 {
		t.Errorf("held fixed by how pairs were chosen: %+v", c[0])
	}
}

func TestLinksGiveMAndCandidatesRefineIt(t *testing.T) {
	random := []Sample{{Name: "r", Counts: Counts{pair(0, 0, 0): 10, pair(1, 1, 1): 9990, pair(0, 1, 1): 90, pair(1, 0, 1): 90, pair(1, 1, 0): 90}}}
	links := []Sample{{Name: "first", Counts: Counts{pair(0, 0, 0): 80, pair(0, 1, 0): 20}, Fixed: 1}, {Name: "second", Counts: Counts{pair(1, 0, 0): 100}}}
	candidates := []Sample{{Name: "block", Counts: Counts{pair(0, 0, 0): 700, pair(0, 1, 0): 300, pair(0, 1, 1): 9000}, Fixed: 1}}

	got := train(t, two(), Training{Random: random, Links: links}, DefaultOptions())
	b := got.Comparisons[1].Levels[0]
	if u := got.Comparisons[1].Levels[0].U; math.Abs(b.M-(180+u)/201) > 1e-12 || b.MFrom != FromLinks || b.MPairs != 180 {
		t.Errorf("links of two passes are added up: %+v", b)
	}
	if a := got.Comparisons[0].Levels[0]; a.MPairs != 0 || a.M >= a.U {
		t.Errorf("the first pass asks for it, so only the second counts: %+v", a)
	}

	o := DefaultOptions()
	with := train(t, two(), Training{Random: random, Links: links, Candidates: candidates}, o).Comparisons[1].Levels[0]
	o.LinkWeight = 0
	without := train(t, two(), Training{Random: random, Links: links, Candidates: candidates}, o).Comparisons[1].Levels[0]
	if with.MFrom != FromLinksAndEM || without.MFrom != FromEM || with.MPairs-without.MPairs != 180 {
		t.Errorf("with links %+v, without %+v", with, without)
	}
	if !(without.M < with.M && with.M < b.M) {
		t.Errorf("m of links %.3f, of both %.3f, of candidates %.3f: both should lie between", b.M, with.M, without.M)
	}
}

func TestSessionsLeaveFixedComparisonsOut(t *testing.T) {
	random := []Sample{{Name: "r", Counts: Counts{pair(0, 0, 0): 10, pair(1, 1, 1): 9990, pair(0, 1, 1): 90, pair(1, 0, 1): 90, pair(1, 1, 0): 90}}}
	block := Counts{pair(0, 0, 0): 700, pair(0, 1, 0): 300, pair(0, 1, 1): 9000}
	got := train(t, two(), Training{Random: random, Candidates: []Sample{{Name: "block", Counts: block, Fixed: 1}}}, DefaultOptions())
	if a := got.Comparisons[0].Levels; a[0].MFrom != FromNone || a[0].MPairs != 0 || a[0].Bits() != 0 || a[1].Bits() != 0 {
		t.Errorf("nothing can be learned of what is held fixed: %+v", a)
	}
	if len(got.Warnings) != 1 || !strings.Contains(got.Warnings[0], "comparison a") {
		t.Errorf("warnings: %q", got.Warnings)
	}
	// It is no evidence either: the same pairs without it give the same.
	bare := Counts{}
	for p, n := range block {
		bare[p.With(0, Missing)] += n
	}
	other := train(t, two(), Training{Random: random, Candidates: []Sample{{Name: "block", Counts: bare, Fixed: 1}}}, DefaultOptions())
	if d := Compare(got, other); len(d) != 0 {
		t.Errorf("differs: %+v", d)
	}
	lone := train(t, two(), Training{Random: random, Candidates: []Sample{{Name: "lone", Counts: block, Fixed: 3}}}, DefaultOptions())
	if len(lone.Sessions) != 0 || !strings.HasPrefix(lone.Warnings[0], "session lone: 1 comparisons") {
		t.Errorf("one comparison teaches nothing: %+v %q", lone.Sessions, lone.Warnings)
	}
}

func TestSessionsCountByTheirMatches(t *testing.T) {
	w := children(0.1)
	random := Counts{}
	w.draw(seeded(1, 12), random, 1_000_000, uOf)
	sample := func(name string, n int64, equal float64) Sample { // of a world in which that share of matches has an equal postcode
		w := children(0.1)
		l := w.Comparisons[2].Levels
		l[0].M, l[2].M = equal, 0.85-equal
		matches, others := w.pairs(seeded(1, 13), n)
		return Sample{Name: name, Counts: both(matches, others)}
	}
	got := train(t, w.shape(), Training{Random: []Sample{{Counts: random}}, Candidates: []Sample{sample("large", 300_000, 0.8), sample("small", 100_000, 0.4)}}, DefaultOptions())
	if len(got.Sessions) != 2 || math.Abs(got.Sessions[0].Matches/30_000-1) > 0.03 || math.Abs(got.Sessions[1].Matches/10_000-1) > 0.03 {
		t.Fatalf("sessions: %+v", got.Sessions)
	}
	postcode := got.Comparisons[2].Levels
	if m := postcode[0].M; math.Abs(m-(3*0.8+0.4)/4) > 0.01 {
		t.Errorf("m of 0.8 in three of four matches and 0.4 in the fourth is %.4f", m)
	}
	both := 0.7 * (got.Sessions[0].Matches + got.Sessions[1].Matches) // three of ten have no postcode
	if n := postcode[0].MPairs + postcode[1].MPairs + postcode[2].MPairs; math.Abs(float64(n)/both-1) > 0.02 {
		t.Errorf("m is from %d pairs, %.0f matches are expected to have a postcode", n, both)
	}
}

func TestLevelsNeverMetWeighNothing(t *testing.T) {
	shape := two()
	shape.Comparisons[0] = comparison("a", []float64{0, 0, 0}, []float64{0, 0, 0})
	random := []Sample{{Name: "r", Counts: Counts{pair(0, 0, 0): 100, pair(2, 1, 1): 999_900}}}
	got := train(t, shape, Training{Random: random, Links: []Sample{{Name: "l", Counts: Counts{pair(0, 0, 0): 900, pair(2, 0, 0): 100}}}}, DefaultOptions())
	if l := got.Comparisons[0].Levels[1]; l.Bits() != 0 || l.MFrom != FromNone || l.UFrom != FromNone {
		t.Errorf("neither a random pair nor a link is on it: %+v, %v bits", l, l.Bits())
	}
}

func TestDeclaredStaysWhereDataCannotJudge(t *testing.T) {
	shape := two()
	a, b, c := shape.Comparisons[0].Levels, shape.Comparisons[1].Levels, &shape.Comparisons[2]
	a[0].U, a[1].U = 1e-7, 1-1e-7 // too rare for the sample
	b[0].U, b[1].U = 0.4, 0.6     // the sample knows better
	c.HoldU, c.Levels[0].U, c.Levels[1].U = true, 0.25, 0.75
	c.HoldM, c.Levels[0].M, c.Levels[1].M = true, 0.75, 0.25
	random := []Sample{{Name: "r", Counts: Counts{pair(1, 1, 1): 9998, pair(1, 0, 0): 2}}}
	links := []Sample{{Name: "l", Counts: Counts{pair(0, 0, 0): 500}}}
	got := train(t, shape, Training{Random: random, Links: links}, DefaultOptions())
	for _, x := range []struct {
		name string
		l    Level
		u    float64
		from Origin
	}{
		{"a is rarer than the sample shows", got.Comparisons[0].Levels[0], 1e-7, FromDeclared},
		{"the rest of a is seen", got.Comparisons[0].Levels[1], 1 - 1e-7, FromRandom},
		{"b should have been seen often", got.Comparisons[1].Levels[0], 2.5 / 10001, FromNone},
		{"c is held", got.Comparisons[2].Levels[0], 0.25, FromDeclared},
	} {
		if math.Abs(x.l.U-x.u) > 1e-12 || x.l.UFrom != x.from {
			t.Errorf("%s: %+v, want %v %s", x.name, x.l, x.u, x.from)
		}
	}
	if l := got.Comparisons[2].Levels[0]; math.Abs(l.Bits()-math.Log2(3)) > 1e-12 || l.MFrom != FromDeclared {
		t.Errorf("held m: %+v", l)
	}
}

func TestLittleEvidenceWeighsLittle(t *testing.T) {
	random := []Sample{{Name: "r", Counts: Counts{pair(0, 0, 0): 100, pair(1, 1, 1): 999_900}}}
	for _, links := range []int64{1, 5, 20} {
		got := train(t, two(), Training{Random: random, Links: []Sample{{Name: "l", Counts: Counts{pair(1, 0, 0): links}}}}, DefaultOptions())
		if bits := got.Comparisons[0].Levels[0].Bits(); math.Abs(bits+math.Log2(float64(links)+1)) > 0.01 {
			t.Errorf("a level that %d links are not on weighs %.2f bits", links, bits)
		}
	}
	got := train(t, two(), Training{Random: random}, DefaultOptions())
	for _, r := range got.Rows() {
		if r.Bits != 0 || r.MFrom != FromNone {
			t.Errorf("no links, and yet %+v", r)
		}
	}
}

func TestOrderedLevelsThatAreNotAreTold(t *testing.T) {
	shape := &Model{Kind: "k", Comparisons: []Comparison{
		{ID: "a", Ordered: true, HoldM: true, HoldU: true, Levels: []Level{{ID: "x", M: 0.5, U: 0.4}, {ID: "y", M: 0.3, U: 0.1}, {ID: "z", M: 0.2, U: 0.5}}},
		{ID: "b", HoldM: true, HoldU: true, Levels: []Level{{ID: "x", M: 0.1, U: 0.4}, {ID: "y", M: 0.9, U: 0.6}}},
	}}
	got := train(t, shape, Training{}, DefaultOptions())
	got.Warnings = slices.DeleteFunc(got.Warnings, func(w string) bool { return strings.HasPrefix(w, "prior") })
	if want := "comparison a: level y weighs 1.58 bits, more than the better level x with 0.32"; len(got.Warnings) != 1 || got.Warnings[0] != want {
		t.Errorf("warnings %q, want %q", got.Warnings, want)
	}
	if got.Comparisons[0].Levels[1].M != 0.3 {
		t.Error("it is told, not changed")
	}
}

func TestTrainRefuses(t *testing.T) {
	o := DefaultOptions()
	change := func(f func(*Model)) *Model { m := two(); f(m); return m }
	bad := o
	bad.Smoothing = 0
	for _, x := range []struct {
		name  string
		shape *Model
		t     Training
		o     Options
		want  string
	}{
		{"no smoothing", two(), Training{}, bad, "smoothing"},
		{"counts below 0", two(), Training{Links: []Sample{{Name: "p01", Counts: Counts{pair(0, 0): -1}}}}, o, "p01: pattern 0x11: -1 pairs"},
		{"levels that the model does not have", two(), Training{All: Counts{pair(0, 2): 1}}, o, "all candidates: pattern 0x31: comparison b: level 3 of 2"},
		{"comparisons that the model does not have", two(), Training{Random: []Sample{{Counts: Counts{pair(0, 0, 0, 0): 1}}}}, o, "comparison 4 of a model that has 3"},
		{"pairs below 0", two(), Training{Pairs: -1}, o, "-1 pairs"},
		{"no comparisons", &Model{}, Training{}, o, "comparisons: 0 isn't 1 to 16"},
		{"an id twice", change(func(m *Model) { m.Comparisons[1].ID = "a" }), Training{}, o, `comparison 2: id "a"`},
		{"an id of the waterfall's own", change(func(m *Model) { m.Comparisons[1].ID = PartTotal }), Training{}, o, `comparison 2: id "total"`},
		{"shares that add up to more than 1", change(func(m *Model) { l := m.Comparisons[0].Levels; l[0].M, l[1].M = 0.9, 0.2 }), Training{}, o, "m adds up to 1.1"},
		{"shares that leave nothing", change(func(m *Model) { m.Comparisons[0].Levels[0].U = 1 }), Training{}, o, "leaves nothing"},
		{"no share", change(func(m *Model) { m.Comparisons[0].Levels[0].U = math.NaN() }), Training{}, o, "isn't a share"},
		{"held and not declared", change(func(m *Model) { m.Comparisons[2].HoldM = true }), Training{}, o, "comparison c: m is held but not declared"},
	} {
		_, err := Train(x.shape, x.t, x.o)
		if err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: %v, want %q", x.name, err, x.want)
		}
	}
}
