package clk

import (
	"cmp"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"sync"
)

// Pair is one of left and one of right, by index, that are alike.
type Pair struct {
	Left, Right int
	Dice        float64 // threshold to 1
}

// tile is how many CLKs of a side are compared with as many of the other before going on: two tiles of 144 bytes a key stay in a core's
// second-level cache.
const tile = 512

// counted is a CLK with its ones: in all, and in its second half.
type counted struct {
	c         CLK
	ones, end int32
	index     int32
}

// Pairs gives every pair of left and right whose Dice is at least threshold, which is above 0 and at most 1, in order of left and then
// right, whatever the number of threads (at least 1). It stops early when yield says false. Zero CLKs have no pair. Both sides must have one
// salt: the caller blocks by it and calls Pairs once a block.
//
// Two keys whose ones differ too much to reach the threshold are never compared, and a comparison ends at half when the rest can't reach it.
func Pairs(left, right []CLK, threshold float64, threads int, yield func(Pair) bool) error {
	if !(threshold > 0 && threshold <= 1) || threads < 1 {
		return fmt.Errorf("clk: threshold %g with %d threads\nhint: above 0 and at most 1, with 1 thread or more", threshold, threads)
	}
	if len(left) > math.MaxInt32 || len(right) > math.MaxInt32 {
		return fmt.Errorf("clk: %d and %d keys are too many for one block\nhint: block by more than the salt", len(left), len(right))
	}
	sorted := count(right)
	slices.SortFunc(sorted, func(a, b counted) int { return cmp.Or(cmp.Compare(a.ones, b.ones), cmp.Compare(a.index, b.index)) })

	type job struct {
		from int
		done chan []Pair
	}
	jobs, order, stop := make(chan job), make(chan job, 2*threads), make(chan struct{})
	var work sync.WaitGroup
	for range threads {
		work.Go(func() {
			for j := range jobs {
				j.done <- compareTile(count(left[j.from:min(j.from+tile, len(left))]), j.from, sorted, threshold)
			}
		})
	}
	go func() {
		defer close(jobs)
		defer close(order)
		for from := 0; from < len(left); from += tile {
			j := job{from, make(chan []Pair, 1)}
			select {
			case order <- j: // no more than twice the threads' tiles wait for yield
			case <-stop:
				return
			}
			jobs <- j
		}
	}()
	func() {
		defer close(stop)
		for j := range order {
			for _, p := range <-j.done {
				if !yield(p) {
					return
				}
			}
		}
	}()
	work.Wait()
	return nil
}

func count(keys []CLK) []counted {
	out := make([]counted, len(keys))
	for i := range keys {
		c := counted{c: keys[i], index: int32(i), ones: int32(keys[i].Ones())}
		for _, w := range c.c[len(c.c)/2:] {
			c.end += int32(bits.OnesCount64(w))
		}
		out[i] = c
	}
	return out
}

// compareTile gives the pairs of one tile of the left side, whose first key has index from, with all of the right, sorted by ones.
func compareTile(left []counted, from int, right []counted, threshold float64) (out []Pair) {
	need := make([]int32, 2*Size+1) // by both sides' ones: the fewest bits in common that reach the threshold
	for ones := range need {
		n := int32(math.Ceil(threshold * float64(ones) / 2))
		for n > 0 && ones > 0 && dice(int(n-1), ones) >= threshold { // the product may be off by its last digit
			n--
		}
		for ones > 0 && dice(int(n), ones) < threshold {
			n++
		}
		need[ones] = n
	}
	for len(right) > 0 {
		block := right[:min(tile, len(right))]
		right = right[len(block):]
		for i := range left {
			l := &left[i]
			if l.ones == 0 {
				continue
			}
			for j := range block {
				r := &block[j]
				n := need[l.ones+r.ones]
				if min(l.ones, r.ones) < n {
					if r.ones > l.ones {
						break // and so for all that follow, which have more
					}
					continue
				}
				if c, ok := reach(l, r, n); ok {
					out = append(out, Pair{from + i, int(r.index), dice(c, int(l.ones+r.ones))})
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b Pair) int { return cmp.Or(cmp.Compare(a.Left, b.Left), cmp.Compare(a.Right, b.Right)) })
	return out
}

// reach counts the bits in common and says whether they are at least n; it gives up at half when they can't be.
func reach(l, r *counted, n int32) (int, bool) {
	a, b := &l.c, &r.c
	c := bits.OnesCount64(a[0]&b[0]) + bits.OnesCount64(a[1]&b[1]) + bits.OnesCount64(a[2]&b[2]) + bits.OnesCount64(a[3]&b[3]) +
		bits.OnesCount64(a[4]&b[4]) + bits.OnesCount64(a[5]&b[5]) + bits.OnesCount64(a[6]&b[6]) + bits.OnesCount64(a[7]&b[7])
	if int32(c)+min(l.end, r.end) < n {
		return 0, false
	}
	c += bits.OnesCount64(a[8]&b[8]) + bits.OnesCount64(a[9]&b[9]) + bits.OnesCount64(a[10]&b[10]) + bits.OnesCount64(a[11]&b[11]) +
		bits.OnesCount64(a[12]&b[12]) + bits.OnesCount64(a[13]&b[13]) + bits.OnesCount64(a[14]&b[14]) + bits.OnesCount64(a[15]&b[15])
	return c, int32(c) >= n
}
