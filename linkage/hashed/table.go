// Package hashed numbers values that are known by 64 bits, millions of them, in little memory and without hashing them again.
package hashed

// Table gives a number to each 64-bit hash: open addressing, at most five eighths full. The zero Table is empty. It is not safe for several
// goroutines.
type Table struct {
	slots []slot
	used  int
}

// slot has a hash and its number together, so that finding one takes one look into memory.
type slot struct {
	hash  uint64
	value uint32 // 0: free
}

// smallest is how many slots a Table has that is not empty.
const smallest = 1 << 8

// Get is the number of a hash; 0 when it has none.
func (t *Table) Get(hash uint64) uint32 {
	if len(t.slots) == 0 {
		return 0
	}
	mask := uint64(len(t.slots) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		if s := &t.slots[i]; s.value == 0 || s.hash == hash {
			return s.value
		}
	}
}

// Put gives a hash that has no number one above 0.
func (t *Table) Put(hash uint64, value uint32) {
	if t.used++; t.used*8 > len(t.slots)*5 {
		old := t.slots
		t.slots = make([]slot, max(smallest, 2*len(old)))
		for _, s := range old {
			if s.value != 0 {
				t.put(s)
			}
		}
	}
	t.put(slot{hash, value})
}

func (t *Table) put(s slot) {
	mask := uint64(len(t.slots) - 1)
	i := s.hash & mask
	for t.slots[i].value != 0 {
		i = (i + 1) & mask
	}
	t.slots[i] = s
}
