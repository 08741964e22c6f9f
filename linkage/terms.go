package linkage

import (
	"math/bits"
	"slices"
)

// ref is one field as the hot loops need it.
type ref struct {
	special string   // holderTerm or lineageTerm; empty for a field
	given   int      // place among the fields given by Add
	derived []uint32 // by value of that field; nil when the field is given itself
	domain  int
}

// term is a field, or several of which any may agree.
type term []ref

// term resolves a name. Rules are validated before.
func (t *Records) term(rules *Rules, name string) term {
	if of, ok := rules.Terms[name]; ok {
		var out term
		for _, f := range of {
			out = append(out, t.ref(f))
		}
		return out
	}
	return term{t.ref(name)}
}

func (t *Records) terms(rules *Rules, names []string) []term {
	var out []term
	for _, x := range names {
		out = append(out, t.term(rules, x))
	}
	return out
}

func (t *Records) ref(name string) ref {
	if slices.Contains(specialTerms, name) {
		return ref{special: name, domain: -1 - slices.Index(specialTerms, name)}
	}
	at := slices.IndexFunc(t.fields, func(f Field) bool { return f.Name == name })
	f := t.fields[at]
	out := ref{domain: slices.IndexFunc(t.domains, func(d *Domain) bool { return d.name == f.Domain })}
	if f.From == "" {
		out.given = t.given[name]
		return out
	}
	base := t.fields[slices.IndexFunc(t.fields, func(x Field) bool { return x.Name == f.From })]
	d := t.domains[slices.IndexFunc(t.domains, func(d *Domain) bool { return d.name == base.Domain })]
	out.given, out.derived = t.given[base.Name], d.derived[slices.Index(d.parts, f.Part)]
	return out
}

// list are a node's values of a field; those of a derived one are put into buf, and may repeat.
func (t *Records) list(n *node, r *ref, buf []uint32) []uint32 {
	switch r.special {
	case holderTerm:
		return append(buf, uint32(n.holder)+1)
	case lineageTerm:
		return append(buf, uint32(n.lineage)+1)
	}
	values, _ := t.of(n, r.given)
	if r.derived == nil {
		return values
	}
	for _, v := range values {
		if d := r.derived[v]; d != 0 {
			buf = append(buf, d)
		}
	}
	return buf
}

// has reports whether a node has any value of a term.
func (t *Records) has(n *node, x term) bool {
	for i := range x {
		r := &x[i]
		if r.special != "" {
			return true
		}
		from := uint16(0)
		if r.given > 0 {
			from = n.ends[r.given-1]
		}
		to := n.ends[r.given]
		if r.derived == nil {
			if from < to {
				return true
			}
			continue
		}
		for _, v := range t.values[n.values+uint32(from) : n.values+uint32(to)] {
			if r.derived[v] != 0 {
				return true
			}
		}
	}
	return false
}

// meet reports whether two nodes have a value of a term in common.
func (t *Records) meet(x term, a, b *node) bool {
	if len(x) == 1 && x[0].special == "" && x[0].derived == nil { // the commonest by far
		p, _ := t.of(a, x[0].given)
		q, _ := t.of(b, x[0].given)
		for _, v := range p {
			if slices.Contains(q, v) {
				return true
			}
		}
		return false
	}
	var bufA, bufB [16]uint32
	for i := range x {
		mine := t.list(a, &x[i], bufA[:0])
		if len(mine) == 0 {
			continue
		}
		for j := range x {
			if x[i].domain != x[j].domain {
				continue
			}
			for _, v := range t.list(b, &x[j], bufB[:0]) {
				if slices.Contains(mine, v) {
					return true
				}
			}
		}
	}
	return false
}

// common visits the values of a given or derived term that two nodes share, with the years in which each had them.
func (t *Records) common(x term, a, b *node, visit func(r *ref, value uint32, yearsA, yearsB uint32) bool) {
	for i := range x {
		if x[i].special != "" {
			continue
		}
		mine, baseA := t.of(a, x[i].given)
		for j := range x {
			if x[i].domain != x[j].domain {
				continue
			}
			theirs, baseB := t.of(b, x[j].given)
			for p, v := range mine {
				if x[i].derived != nil {
					v = x[i].derived[v]
				}
				if v == 0 {
					continue
				}
				for q, w := range theirs {
					if x[j].derived != nil {
						w = x[j].derived[w]
					}
					if v == w && !visit(&x[i], v, t.when[baseA+uint32(p)], t.when[baseB+uint32(q)]) {
						return
					}
				}
			}
		}
	}
}

// equal reports whether two nodes have the same values of a term, and any.
func (t *Records) equal(x term, a, b *node) bool {
	var bufA, bufB [16]uint32
	some := false
	for i := range x {
		p, q := t.list(a, &x[i], bufA[:0]), t.list(b, &x[i], bufB[:0])
		for _, v := range p {
			if !slices.Contains(q, v) {
				return false
			}
		}
		for _, v := range q {
			if !slices.Contains(p, v) {
				return false
			}
		}
		some = some || len(p) > 0
	}
	return some
}

// mix folds one more value into a hash, so that lists of values that differ get hashes that differ.
func mix(h, v uint64) uint64 {
	hi, lo := bits.Mul64(h^0x9e3779b97f4a7c15, v^0xe7037ed1a0b428db)
	return hi ^ lo
}

// tokenValue is a token's comparable value; zero for none.
func tokenValue(t Token) uint64 {
	if !t.Present() {
		return 0
	}
	return t.Hi ^ bits.RotateLeft64(t.Lo, 29) | 1<<63
}

// keyValue is a key's comparable value; zero for none.
func keyValue(k Key) uint64 {
	if k == (Key{}) {
		return 0
	}
	var hi, lo uint64
	for i := range 8 {
		hi = hi<<8 | uint64(k[i])
		lo = lo<<8 | uint64(k[8+i])
	}
	return hi ^ bits.RotateLeft64(lo, 29) | 1<<63
}
