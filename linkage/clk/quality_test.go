package clk

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
)

// misspell gives a person as the other side has them: a tenth of names with a slip of the keyboard, some given names by another form, 3 in 100
// surnames with a second one added, 2 in 100 given names cut to an initial, 1 in 100 names exchanged, 1 in 100 without a given name, 1 in
// 100 a birth year off by one, which a salt can't mend.
func misspell(p person, r *rand.Rand) person {
	forms := map[string]string{"thomas": "tom", "william": "bill", "james": "jim", "benjamin": "ben", "samuel": "sam", "alexander": "alex",
		"elizabeth": "beth", "isabella": "bella", "charlotte": "lottie", "matilda": "tilly", "daniel": "dan", "joseph": "joe", "michael": "mike"}
	g, s := p.names[0], p.names[1]
	if f, ok := forms[g]; ok && r.IntN(3) == 0 {
		g = f
	}
	switch x := r.IntN(100); {
	case x < 3:
		s += " " + commonSurnames[r.IntN(len(commonSurnames))]
	case x < 5:
		g = g[:1]
	case x < 6:
		g, s = s, g
	case x < 7:
		g = ""
	}
	slip := func(v string) string {
		if len(v) < 3 || r.IntN(10) > 0 {
			return v
		}
		b := []byte(v)
		i := r.IntN(len(b) - 1)
		switch r.IntN(4) {
		case 0:
			b[i], b[i+1] = b[i+1], b[i]
		case 1:
			b[i] = byte('a' + r.IntN(26))
		case 2:
			b = slices.Delete(b, i, i+1)
		case 3:
			b = slices.Insert(b, i, b[i])
		}
		return string(b)
	}
	p.names = [2]string{slip(g), slip(s)}
	if r.IntN(100) == 0 {
		p.born += 1 - 2*r.IntN(2)
	}
	return p
}

type quality struct {
	threshold, f1, precision, recall float64
}

// link compares both sides within birth years, takes the likest pairs first and each record once, and gives the quality at the threshold
// with the best F1. The first partners people of right are those of left; the rest are others.
func link(t *testing.T, o Options, left, right []person, partners int) (best quality) {
	t.Helper()
	e := encoder(t, o)
	encode := func(people []person) (keys map[int][]CLK, rows map[int][]int) {
		keys, rows = map[int][]CLK{}, map[int][]int{}
		for i, p := range people {
			keys[p.born] = append(keys[p.born], e.Encode(strconv.Itoa(p.born), p.names[:]...))
			rows[p.born] = append(rows[p.born], i)
		}
		return keys, rows
	}
	lk, lr := encode(left)
	rk, rr := encode(right)
	least := 0.53 // below every best threshold, and above what most strangers reach
	if o.Hardening == Balance {
		least = 0.78
	}
	var found []Pair
	for born := range lk {
		if err := Pairs(lk[born], rk[born], least, 2, func(p Pair) bool {
			found = append(found, Pair{lr[born][p.Left], rr[born][p.Right], p.Dice})
			return true
		}); err != nil {
			t.Fatal(err)
		}
	}
	slices.SortFunc(found, func(a, b Pair) int {
		return cmp.Or(cmp.Compare(b.Dice, a.Dice), a.Left-b.Left, a.Right-b.Right)
	})
	usedL, usedR := make([]bool, len(left)), make([]bool, len(right))
	links, hits := 0, 0
	for i, p := range found {
		if !usedL[p.Left] && !usedR[p.Right] {
			usedL[p.Left], usedR[p.Right] = true, true
			links++
			if p.Left == p.Right && p.Left < partners {
				hits++
			}
		}
		if i+1 < len(found) && found[i+1].Dice == p.Dice || hits == 0 {
			continue
		}
		q := quality{threshold: p.Dice, precision: float64(hits) / float64(links), recall: float64(hits) / float64(partners)}
		q.f1 = 2 * q.precision * q.recall / (q.precision + q.recall)
		if q.f1 > best.f1 {
			best = q
		}
	}
	return best
}

func (q quality) String() string {
	return fmt.Sprintf("F1 %.4f (precision %.4f, recall %.4f) at %.3f", q.f1, q.precision, q.recall, q.threshold)
}

// What hardening costs: at most 12 in 1,000 of F1, with the salt and in one block of all birth years, where strangers are alike more often.
func TestQuality(t *testing.T) {
	const n, partners = 6_000, 5_000 // one in six has no partner on the other side
	left := population(n, 3)
	others := population(n, 4)
	r := rand.New(rand.NewPCG(4, 4))
	right := slices.Clone(left)
	for i := range right {
		if i >= partners {
			right[i] = others[i]
		}
		right[i] = misspell(right[i], r)
	}
	unsalted := func(people []person) []person {
		out := slices.Clone(people)
		for i := range out {
			out[i].born = 0
		}
		return out
	}
	o := DefaultOptions()
	for _, c := range []struct {
		name        string
		left, right []person
		least       float64 // F1 of keys without hardening
	}{
		{"birth years apart", left, right, 0.96},
		{"one block", unsalted(left), unsalted(right), 0.92},
	} {
		plain := link(t, Options{o.Fields, None, 0}, c.left, c.right, partners)
		hardened := link(t, o, c.left, c.right, partners)
		t.Logf("%s: none %v; default %v", c.name, plain, hardened)
		if plain.f1 < c.least || plain.f1-hardened.f1 > 0.012 {
			t.Errorf("%s: F1 %.4f without hardening, %.4f with it", c.name, plain.f1, hardened.f1)
		}
		if !testing.Short() {
			for _, other := range []Options{{o.Fields, Balance, 0}, {o.Fields, XORFold, 0}, {o.Fields, Rule90, 0}, {o.Fields, Diffuse, 4}} {
				t.Logf("%s: %s %d %v", c.name, other.Hardening, other.Spread, link(t, other, c.left, c.right, partners))
			}
		}
	}
}
