package compare

import "math/bits"

// Levenshtein is the fewest insertions, deletions and replacements of one byte that turn a into b. Never negative; at most the longer
// length. Equal to DuckDB 1.1.2's levenshtein.
//
// Source: Myers 1999 and Hyyrö 2003, the distance by bit vectors, for up to 64 bytes; Wagner and Fischer 1974 for more.
func Levenshtein(a, b string) int {
	a, b = trim(a, b)
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(a) == 0 {
		return len(b)
	}
	if len(a) > 64 {
		return levenshteinRows(a, b)
	}
	var at [256]uint64 // bit i of at[c]: a[i] is c
	for i := range len(a) {
		at[a[i]] |= 1 << i
	}
	up, down, d := ^uint64(0), uint64(0), len(a) // bit i: row i+1 is one more, or one less, than row i
	last := uint64(1) << (len(a) - 1)
	for j := range len(b) {
		eq := at[b[j]]
		same := (((eq & up) + up) ^ up) | eq | down
		right, left := down|^(same|up), same&up
		if right&last != 0 {
			d++
		} else if left&last != 0 {
			d--
		}
		right, left = right<<1|1, left<<1
		up, down = left|^(same|right), same&right
	}
	return d
}

func levenshteinRows(a, b string) int {
	row := make([]int, len(a)+1)
	for i := range row {
		row[i] = i
	}
	for j := range len(b) {
		diagonal := row[0]
		row[0] = j + 1
		for i := range len(a) {
			d := diagonal
			if a[i] != b[j] {
				d++
			}
			diagonal = row[i+1]
			row[i+1] = min(d, diagonal+1, row[i]+1)
		}
	}
	return row[len(a)]
}

// Damerau is the fewest insertions, deletions, replacements of one byte and exchanges of two neighbours that turn a into b. What was
// exchanged may be edited again: "ca" is two edits from "abc", where the restricted variant (optimal string alignment) says three. Never
// negative; at most the longer length. Equal to DuckDB 1.1.2's damerau_levenshtein.
//
// Source: Lowrance and Wagner 1975; in three rows, Zhao and Sahni 2019, String correction using the Damerau-Levenshtein distance.
func Damerau(a, b string) int {
	return DamerauAtMost(a, b, len(a)+len(b))
}

// DamerauAtMost is Damerau when that is at most k, and k+1 when it is more: faster, since most pairs are far apart and show it early. k
// is at least 0.
func DamerauAtMost(a, b string, k int) int {
	if a == b {
		return 0
	}
	if d := len(a) - len(b); d > k || -d > k {
		return k + 1
	}
	a, b = trim(a, b)
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(a) == 0 {
		return len(b) // at most k, by the test of lengths
	}
	if k <= 1 { // one edit leaves, between equal ends, one byte or two exchanged
		if k == 1 && len(b) == 1 || k == 1 && len(a) == 2 && len(b) == 2 && a[0] == b[1] && a[1] == b[0] {
			return 1
		}
		return k + 1
	}
	if k < len(b) {
		var inA, inB uint64 // classes of bytes; one edit takes away at most one and brings at most one
		for i := range len(a) {
			inA |= 1 << (a[i] & 63)
		}
		for j := range len(b) {
			inB |= 1 << (b[j] & 63)
		}
		if bits.OnesCount64(inA&^inB) > k || bits.OnesCount64(inB&^inA) > k {
			return k + 1
		}
	}
	const short = 64
	var buf [3 * (short + 2)]int
	rows := buf[:]
	if len(a) > short {
		rows = make([]int, 3*(len(a)+2))
	}
	return damerauRows(a, b, k, rows)
}

// damerauRows walks the matrix of distances row by row of b, with cells of a. Index 0 of a row stands left of the matrix.
func damerauRows(a, b string, k int, rows []int) int {
	n := len(a) + 2
	far := len(a) + len(b) + 1
	before, row, open := rows[:n], rows[n:2*n], rows[2*n:3*n] // open[i]: the distance two back along an exchange that a[i-1] could end
	before[0], row[0] = far, far
	for i := range n {
		open[i], before[i] = far, far
		if i > 0 {
			row[i] = i - 1
		}
	}
	var lastRow [256]int // the last row, from 1, in which b had this byte; 0 for none
	least := 0           // of the row before
	for j := 1; j <= len(b); j++ {
		before, row = row, before
		c := b[j-1]
		lastCol, exchange := -1, far
		diagonal := row[1] // two rows up, one to the left
		row[1] = j
		least2 := j
		for i := 1; i <= len(a); i++ {
			d := min(row[i], before[i+1]) + 1
			if a[i-1] == c {
				d = min(d, before[i])
				lastCol = i
				open[i+1] = before[i-1]
				exchange = diagonal
			} else {
				d = min(d, before[i]+1)
				r := lastRow[a[i-1]]
				if r == 0 {
					r = -1
				}
				if i-lastCol == 1 {
					d = min(d, open[i+1]+j-r)
				} else if j-r == 1 {
					d = min(d, exchange+i-lastCol)
				}
			}
			diagonal = row[i+1]
			row[i+1] = d
			least2 = min(least2, d)
		}
		lastRow[c] = j
		if least > k && least2 > k { // an exchange can step over one row, never over two for less than walking would cost
			return k + 1
		}
		least = least2
	}
	return min(row[len(a)+1], k+1)
}

// trim cuts off equal starts and equal ends, which cost no edit.
func trim(a, b string) (string, string) {
	p := 0
	for p < min(len(a), len(b)) && a[p] == b[p] {
		p++
	}
	a, b = a[p:], b[p:]
	q := 0
	for q < min(len(a), len(b)) && a[len(a)-1-q] == b[len(b)-1-q] {
		q++
	}
	return a[:len(a)-q], b[:len(b)-q]
}
