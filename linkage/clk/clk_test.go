package clk

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

var testKey = []byte("a test's key, 32 bytes, not kept")

func encoder(t testing.TB, o Options) *Encoder {
	t.Helper()
	e, err := New(testKey, o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func hardenings() (out []Options) {
	f := DefaultOptions().Fields
	for _, h := range []Hardening{None, Balance, XORFold, Rule90} {
		out = append(out, Options{Fields: f, Hardening: h})
	}
	return append(out, Options{Fields: f, Hardening: Diffuse, Spread: 4}, DefaultOptions())
}

func TestKeysDependOnKeySaltFieldAndValue(t *testing.T) {
	for _, o := range hardenings() {
		e := encoder(t, o)
		x := e.Encode("2010", "ann", "lee")
		if y := e.Clone().Encode("2010", "ann", "lee"); x != y {
			t.Errorf("%s: the same record gives another key", o.Hardening)
		}
		other, err := New([]byte(strings.Repeat("k", 32)), o)
		if err != nil {
			t.Fatal(err)
		}
		base := Dice(&x, new(e.Encode("2010", "zuzu", "quick"))) // of strangers
		for name, y := range map[string]CLK{"salt": e.Encode("2011", "ann", "lee"), "field": e.Encode("2010", "lee", "ann"),
			"key": other.Encode("2010", "ann", "lee")} {
			if d := Dice(&x, &y); d > base+0.1 {
				t.Errorf("%s: two keys are alike (%.2f, strangers %.2f) although the %s differs", o.Hardening, d, base, name)
			}
		}
		near := e.Encode("2010", "anne", "lee")
		if d := Dice(&x, &near); d < base+0.1 || d >= 1 {
			t.Errorf("%s: one letter more gives %.2f, strangers %.2f", o.Hardening, d, base)
		}
		if z := e.Encode("2010", "", ""); z != (CLK{}) {
			t.Errorf("%s: a record without a value has bits", o.Hardening)
		}
	}
}

// The sizes of both sets of grams and of what they share give about the Dice of the keys without hardening.
func TestDiceIsThatOfGrams(t *testing.T) {
	e := encoder(t, Options{Fields: []Field{{"name", 2, 10}}, Hardening: None})
	for _, c := range []struct {
		a, b string
		want float64
	}{
		{"peter", "pete", 2 * 4. / 11}, {"smith", "smith", 1}, {"smith", "smyth", 2 * 4. / 12}, {"abc", "xyz", 0},
	} {
		got := 0.0
		for salt := range 30 {
			x, y := e.Encode(strconv.Itoa(salt), c.a), e.Encode(strconv.Itoa(salt), c.b)
			got += Dice(&x, &y) / 30
		}
		if got < c.want-0.02 || got > c.want+0.07 { // two grams may set one bit by chance, which adds likeness
			t.Errorf("%s and %s: %.3f, their grams %.3f", c.a, c.b, got, c.want)
		}
	}
}

func TestGrams(t *testing.T) {
	for _, c := range []struct {
		value string
		n     int
		want  []string
	}{
		{"ann", 2, []string{"_a", "an", "nn", "n_"}}, {"a", 2, []string{"_a", "a_"}}, {"al", 3, []string{"__a", "_al", "al_", "l__"}},
		{"łé", 2, []string{"_ł", "łé", "é_"}}, {"ann", 1, []string{"a", "n", "n"}}, {"2010-03", 0, []string{"2010-03"}},
	} {
		if got := slices.Collect(grams(c.value, c.n)); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.value, got, c.want)
		}
	}
}

func TestBalancedKeysHaveOneWeight(t *testing.T) {
	e := encoder(t, Options{Fields: DefaultOptions().Fields, Hardening: Balance})
	for _, p := range population(200, 9) {
		if c := e.Encode("", p.names[:]...); c.Ones() != Size/2 {
			t.Fatalf("%d ones", c.Ones())
		}
	}
}

func TestOptionsSayWhatIsWrong(t *testing.T) {
	f := []Field{{"a", 2, 10}}
	for name, o := range map[string]Options{
		"fields":           {Hardening: None},
		"stands twice":     {Fields: []Field{{"a", 2, 10}, {"a", 2, 10}}, Hardening: None},
		"grams of 9":       {Fields: []Field{{"a", 9, 10}}, Hardening: None},
		"0 hashes":         {Fields: []Field{{"a", 2, 0}}, Hardening: None},
		"isn't known":      {Fields: f},
		"spread of 1":      {Fields: f, Hardening: Diffuse, Spread: 1},
		"without harden":   {Fields: f, Hardening: None, Spread: 2},
		"spread of 3 with": {Fields: f, Hardening: XORFold, Spread: 3},
	} {
		if err := o.Validate(); err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "hint: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := DefaultOptions().Validate(); err != nil {
		t.Error(err)
	}
	if _, err := New([]byte("short"), DefaultOptions()); err == nil || strings.Contains(err.Error(), "short") {
		t.Errorf("a short key: %v", err)
	}
}

// randomKeys gives n keys whose ones differ in number as real ones do, some alike and one zero.
func randomKeys(n int, seed uint64) []CLK {
	r := rand.New(rand.NewPCG(seed, 1))
	keys := make([]CLK, n)
	for i := range keys {
		if i%7 == 3 {
			keys[i] = keys[r.IntN(i)]
			keys[i][r.IntN(len(keys[i]))] ^= 1 << r.IntN(64)
			continue
		}
		for range 150 + r.IntN(200) {
			p := r.IntN(Size)
			keys[i][p>>6] |= 1 << (p & 63)
		}
	}
	keys[n/2] = CLK{}
	return keys
}

func TestPairsAreAllAndInOrder(t *testing.T) {
	all := randomKeys(1_700, 1)
	left, right := all[:800], all[700:]
	for _, threshold := range []float64{0.25, 0.35, 0.9, 1} {
		var want []Pair
		for i := range left {
			for j := range right {
				if d := Dice(&left[i], &right[j]); d >= threshold && d > 0 {
					want = append(want, Pair{i, j, d})
				}
			}
		}
		if len(want) < 50 {
			t.Fatalf("threshold %g: only %d pairs to find", threshold, len(want))
		}
		for _, threads := range []int{1, 3} {
			var got []Pair
			if err := Pairs(left, right, threshold, threads, func(p Pair) bool { got = append(got, p); return true }); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got, want) {
				t.Errorf("threshold %g, %d threads: %d pairs, want %d", threshold, threads, len(got), len(want))
			}
		}
	}
	n := 0
	if err := Pairs(left, right, 0.25, 2, func(Pair) bool { n++; return n < 10 }); err != nil || n != 10 {
		t.Errorf("went on after yield said stop: %d pairs, %v", n, err)
	}
	if err := Pairs(nil, right, 0.5, 2, func(Pair) bool { t.Error("a pair of nothing"); return true }); err != nil {
		t.Error(err)
	}
	for _, threshold := range []float64{0, -1, 1.1, math.NaN()} {
		if err := Pairs(left, right, threshold, 1, func(Pair) bool { return true }); err == nil {
			t.Errorf("threshold %g was taken", threshold)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	e, people := encoder(b, DefaultOptions()), population(1_000, 5)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		e.Encode("2010", people[n%len(people)].names[:]...)
		n++
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "keys/s")
}

// BenchmarkPairs compares 4,000 records with as many on one core: names under the default options, and without hardening.
func BenchmarkPairs(b *testing.B) {
	for _, c := range []struct {
		o         Options
		threshold float64 // about the best one of TestQuality
	}{{DefaultOptions(), 0.56}, {Options{Fields: DefaultOptions().Fields, Hardening: None}, 0.7}} {
		b.Run(string(c.o.Hardening), func(b *testing.B) {
			e, people := encoder(b, c.o), population(8_000, 5)
			keys := make([]CLK, len(people))
			for i, p := range people {
				keys[i] = e.Encode("2010", p.names[:]...)
			}
			half := len(keys) / 2
			start, rounds := time.Now(), 0
			for b.Loop() {
				if err := Pairs(keys[:half], keys[half:], c.threshold, 1, func(Pair) bool { return true }); err != nil {
					b.Fatal(err)
				}
				rounds++
			}
			b.ReportMetric(float64(rounds*half*half)/time.Since(start).Seconds()/1e6, "M/s")
		})
	}
	b.Run("Dice", func(b *testing.B) {
		keys := randomKeys(512, 3)
		n, sum := 0, 0.0
		for b.Loop() {
			sum += Dice(&keys[n&511], &keys[n>>9&511])
			n++
		}
		b.ReportMetric(float64(n)/b.Elapsed().Seconds()/1e6, "M/s")
	})
}
