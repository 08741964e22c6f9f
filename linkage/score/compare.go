package score

import (
	"cmp"
	"strconv"
)

// Difference is one thing in which two models differ.
type Difference struct {
	Comparison string  `json:"comparison"` // empty: of the model
	Level      string  `json:"level"`      // empty: of the comparison
	What       string  `json:"what"`       // m, u, bits, prior, kind, order, comparison, level ...
	A          string  `json:"a"`          // in the first; empty when it has none
	B          string  `json:"b"`          // in the second
	By         float64 `json:"by"`         // B - A of numbers, in bits for bits and prior; 0 for all else
}

// Compare lists how b differs from a: the model, then comparisons and levels in the order of a, then what only b has. What was not learned
// otherwise but only on other pairs (MPairs, UPairs, sessions, warnings) is no difference, nor is a fingerprint.
func Compare(a, b *Model) []Difference {
	var d differences
	d.words("", "", "kind", a.Kind, b.Kind)
	if a.Prior != b.Prior {
		d = append(d, Difference{What: "prior", A: number(a.Prior), B: number(b.Prior), By: b.PriorBits() - a.PriorBits()})
	}
	d.words("", "", "prior from", string(a.PriorFrom), string(b.PriorFrom))
	comparisonID, levelID := func(c Comparison) string { return c.ID }, func(l Level) string { return l.ID }
	for _, c := range align(a.Comparisons, b.Comparisons, comparisonID) {
		if c.a == nil || c.b == nil {
			d = append(d, only(cmp.Or(c.a, c.b).ID, "", "comparison", c.a == nil))
			continue
		}
		id := c.a.ID
		d.words(id, "", "order", strconv.Itoa(c.atA+1), strconv.Itoa(c.atB+1))
		d.words(id, "", "ordered", strconv.FormatBool(c.a.Ordered), strconv.FormatBool(c.b.Ordered))
		d.words(id, "", "hold m", strconv.FormatBool(c.a.HoldM), strconv.FormatBool(c.b.HoldM))
		d.words(id, "", "hold u", strconv.FormatBool(c.a.HoldU), strconv.FormatBool(c.b.HoldU))
		for _, l := range align(c.a.Levels, c.b.Levels, levelID) {
			if l.a == nil || l.b == nil {
				d = append(d, only(id, cmp.Or(l.a, l.b).ID, "level", l.a == nil))
				continue
			}
			d.words(id, l.a.ID, "order", strconv.Itoa(l.atA+1), strconv.Itoa(l.atB+1))
			d.numbers(id, l.a.ID, "m", l.a.M, l.b.M)
			d.numbers(id, l.a.ID, "u", l.a.U, l.b.U)
			d.numbers(id, l.a.ID, "bits", l.a.Bits(), l.b.Bits())
			d.words(id, l.a.ID, "m from", string(l.a.MFrom), string(l.b.MFrom))
			d.words(id, l.a.ID, "u from", string(l.a.UFrom), string(l.b.UFrom))
		}
	}
	return d
}

type differences []Difference

func (d *differences) words(comparison, level, what, a, b string) {
	if a != b {
		*d = append(*d, Difference{Comparison: comparison, Level: level, What: what, A: a, B: b})
	}
}

func (d *differences) numbers(comparison, level, what string, a, b float64) {
	if a != b {
		*d = append(*d, Difference{Comparison: comparison, Level: level, What: what, A: number(a), B: number(b), By: b - a})
	}
}

// only is what just one of both has.
func only(comparison, level, what string, second bool) Difference {
	d := Difference{Comparison: comparison, Level: level, What: what}
	if name := cmp.Or(level, comparison); second {
		d.B = name
	} else {
		d.A = name
	}
	return d
}

// number is how people read a share or bits: six digits.
func number(x float64) string { return strconv.FormatFloat(x, 'g', 6, 64) }

// aligned is the same item of two lists, nil where a list has none.
type aligned[T any] struct {
	a, b     *T
	atA, atB int
}

// align puts items with equal ids side by side: in the order of a, then what only b has.
func align[T any](a, b []T, id func(T) string) []aligned[T] {
	at := map[string]int{}
	for i := range b {
		at[id(b[i])] = i
	}
	var pairs []aligned[T]
	met := map[string]bool{}
	for i := range a {
		pair := aligned[T]{a: &a[i], atA: i}
		if j, ok := at[id(a[i])]; ok {
			pair.b, pair.atB = &b[j], j
		}
		met[id(a[i])] = true
		pairs = append(pairs, pair)
	}
	for i := range b {
		if !met[id(b[i])] {
			pairs = append(pairs, aligned[T]{b: &b[i], atB: i})
		}
	}
	return pairs
}
