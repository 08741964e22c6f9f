package linkage

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
)

// national invents records in the proportions of a country: each of n records of the returns has some four yearly rows and stays and
// three addresses; a fifth are a second number of a child who has one already.
func national(n int) deliveries {
	rng := rand.New(rand.NewPCG(1, 1))
	token := func(of int) Token { return fake16(uint64(rng.IntN(of)) + 1) }
	in := deliveries{RunID: "bench", Mint: mint("bench")}
	var last Identity
	var home Token
	for i := range n {
		r := last
		if i == 0 || rng.IntN(5) > 0 {
			y, m, d := rng.IntN(18), rng.IntN(12), rng.IntN(28)
			r = Identity{Source: "ssda903", Sex: token(2), Ethnic: token(18),
				DOB: fake16(uint64(1e6 + y*400 + m*31 + d)), DOBYearMonth: fake16(uint64(2e6 + y*12 + m)), DOBYearDay: fake16(uint64(3e6 + y*31 + d)), DOBMonthDay: fake16(uint64(4e6 + m*31 + d))}
			if rng.IntN(5) < 3 {
				r.UPN = fake16(uint64(1e9) + uint64(i))
			}
			home = fake16(2e9 + uint64(rng.IntN(20*n)))
		}
		r.Key = Key(fmt.Appendf(nil, "%016x", rng.Uint64()))
		r.Holder = fmt.Sprintf("E%08d", rng.IntN(150))
		first := 2016 + rng.IntN(10)
		years := 1 + rng.IntN(7)
		from := yearEnd(first-1) + Day(rng.IntN(300))
		for k := range years {
			r.Year = first + k
			in.Identities = append(in.Identities, r)
			x := Stay{Key: r.Key, Year: r.Year, From: from, RNE: [2]string{"P", "S"}[min(1, max(0, 1-k))]}
			if from = yearEnd(r.Year) - Day(rng.IntN(90)); k < years-1 {
				x.To, x.REC = from, "X1"
			} else if rng.IntN(4) > 0 {
				x.To, x.REC = from, "E4A"
				if rng.IntN(25) == 0 {
					x.REC = "E3"
				}
			}
			in.Stays = append(in.Stays, x)
		}
		last = r
		for k := range 3 {
			unit := home
			if k > 0 {
				unit = fake16(3e9 + uint64(rng.IntN(n)))
			}
			in.Addresses = append(in.Addresses, Address{Key: r.Key, Year: first, Placement: k > 0, Unit: unit, Sector: fake16(5e9 + unit.Hi%10000)})
		}
	}
	return in
}

// fake16 spreads a number over 128 bits.
func fake16(n uint64) Token { return Token{mix(n, 1) | 1, mix(n, 2)} }

func BenchmarkLink(b *testing.B) {
	for _, n := range []int{10_000, 100_000, 600_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			if n > 100_000 && testing.Short() {
				b.Skip("takes 2 GB")
			}
			d := national(n)
			in := d.input(b)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Link(context.Background(), in, Options{Threads: 2}, nil); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}
