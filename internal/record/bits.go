package record

import mathbits "math/bits"

// bits is a set of positions; sets that meet have the same length.
type bits []uint64

func newBits(n int) bits { return make(bits, (n+63)/64) }

func (b bits) set(i int)      { b[i/64] |= 1 << (i % 64) }
func (b bits) has(i int) bool { return b[i/64]&(1<<(i%64)) != 0 }

func (b bits) or(o bits) {
	for i := range o {
		b[i] |= o[i]
	}
}

func (b bits) and(o bits) {
	for i := range b {
		if i < len(o) {
			b[i] &= o[i]
		} else {
			b[i] = 0
		}
	}
}

// each calls do with every position, the first to the last.
func (b bits) each(do func(int)) {
	for i, w := range b {
		for ; w != 0; w &= w - 1 {
			do(i*64 + mathbits.TrailingZeros64(w))
		}
	}
}

func (b bits) count() int {
	n := 0
	for _, w := range b {
		n += mathbits.OnesCount64(w)
	}
	return n
}

// countAnd is how many positions are in both.
func (b bits) countAnd(o bits) int {
	n := 0
	for i := range min(len(b), len(o)) {
		n += mathbits.OnesCount64(b[i] & o[i])
	}
	return n
}
