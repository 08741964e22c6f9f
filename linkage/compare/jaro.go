package compare

import "math/bits"

// JaroWinkler is the likeness of two strings from 0 (nothing in common, or one is empty) to 1 (equal), with a bonus for an equal start: a
// Jaro similarity above 0.7 rises by a tenth of what it lacks for each of up to four equal first bytes. Equal to DuckDB 1.1.2's
// jaro_winkler_similarity.
//
// Source: Winkler 1990, String comparator metrics and enhanced decision rules in the Fellegi-Sunter model of record linkage.
func JaroWinkler(a, b string) float64 {
	s := Jaro(a, b)
	if s <= 0.7 {
		return s
	}
	prefix := 0
	for prefix < min(len(a), len(b), 4) && a[prefix] == b[prefix] {
		prefix++
	}
	return s + float64(prefix)*0.1*(1-s)
}

// Jaro is the likeness of two strings from 0 to 1: the mean of the share of a's bytes that have a partner in b, of b's that have one in a,
// and of partners that stand in the same order. Partners are equal bytes no further apart than half the longer string, less one. Two empty
// strings have nothing in common: 0. Equal to DuckDB 1.1.2's jaro_similarity.
//
// Source: Jaro 1989, Advances in record-linkage methodology as applied to matching the 1985 census of Tampa, Florida.
func Jaro(a, b string) float64 {
	la, lb := len(a), len(b)
	if la == 0 || lb == 0 {
		return 0
	}
	if a == b {
		return 1
	}
	reach := max(max(la, lb)/2-1, 0)
	p := 0 // an equal start always pairs with itself and is in order
	for p < min(la, lb) && a[p] == b[p] {
		p++
	}
	var common, moved int
	if x, y := a[p:], b[p:]; len(x) <= 64 && len(y) <= 64 {
		common, moved = partners64(x, y, reach)
	} else {
		common, moved = partners(x, y, reach)
	}
	if common += p; common == 0 {
		return 0
	}
	c := float64(common)
	return (c/float64(la) + c/float64(lb) + float64(common-moved/2)/c) / 3
}

// partners64 counts the bytes of b that have a partner in a, and the partners that stand in another order, for up to 64 bytes each.
func partners64(a, b string, reach int) (common, moved int) {
	var inA, inB uint64
	for j := range len(b) {
		for i := max(0, j-reach); i < min(len(a), j+reach+1); i++ {
			if a[i] == b[j] && inA>>i&1 == 0 {
				inA |= 1 << i
				inB |= 1 << j
				break
			}
		}
	}
	common = bits.OnesCount64(inA)
	for inA != 0 {
		if a[bits.TrailingZeros64(inA)] != b[bits.TrailingZeros64(inB)] {
			moved++
		}
		inA &= inA - 1
		inB &= inB - 1
	}
	return common, moved
}

// partners is partners64 for strings of any length.
func partners(a, b string, reach int) (common, moved int) {
	inA := make([]bool, len(a))
	inB := make([]bool, len(b))
	for j := range len(b) {
		for i := max(0, j-reach); i < min(len(a), j+reach+1); i++ {
			if a[i] == b[j] && !inA[i] {
				inA[i], inB[j] = true, true
				common++
				break
			}
		}
	}
	j := 0
	for i := range len(a) {
		if !inA[i] {
			continue
		}
		for !inB[j] {
			j++
		}
		if a[i] != b[j] {
			moved++
		}
		j++
	}
	return common, moved
}
