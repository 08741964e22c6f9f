package hashed

import (
	"math/rand/v2"
	"testing"
)

func TestTableFindsWhatItWasGiven(t *testing.T) {
	var x Table
	rng := rand.New(rand.NewPCG(3, 4))
	want := map[uint64]uint32{}
	for i := range uint32(20_000) {
		h := rng.Uint64() &^ (rng.Uint64() & 0xff) // many begin alike
		if _, ok := want[h]; ok != (x.Get(h) != 0) {
			t.Fatalf("%x: %d", h, x.Get(h))
		} else if !ok {
			x.Put(h, i+1)
			want[h] = i + 1
		}
	}
	for h, v := range want {
		if x.Get(h) != v {
			t.Fatalf("%x is %d, want %d", h, x.Get(h), v)
		}
	}
	if x.used != len(want) || x.Get(12345) != 0 {
		t.Errorf("%d hashes, want %d", x.used, len(want))
	}
}

func BenchmarkTable(b *testing.B) {
	for b.Loop() {
		var x Table
		h := uint64(1)
		for i := range uint32(1 << 20) {
			h = h*6364136223846793005 + 1442695040888963407
			if x.Get(h>>1) == 0 {
				x.Put(h>>1, i+1)
			}
		}
	}
	b.ReportMetric(float64(b.N)*(1<<20)/b.Elapsed().Seconds(), "values/s")
}
