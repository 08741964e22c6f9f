package linkage

// blocks is a list that grows without being copied: of millions of values a copy would double what is held.
type blocks[T any] struct {
	parts [][]T
	n     int
}

const (
	blockBits = 14
	blockSize = 1 << blockBits
)

func (b *blocks[T]) at(i int) *T { return &b.parts[i>>blockBits][i&(blockSize-1)] }

func (b *blocks[T]) add(x T) {
	if b.n == len(b.parts)*blockSize {
		b.parts = append(b.parts, make([]T, 0, blockSize))
	}
	last := &b.parts[len(b.parts)-1]
	*last = append(*last, x)
	b.n++
}
