package rediscache

// blocks make room for the values of one reply. Small values share blocks, so that many values take few allocations. A value
// that is kept, while the others are not, keeps one block in memory at most.
type blocks struct{ rest []byte }

const (
	smallValue = 512     // longer values share nothing
	blockSize  = 4 << 10 // at most
)

// take returns n bytes for a value. So many values are to come, this one included. They are probably as long as this one.
func (b *blocks) take(n, values int) []byte {
	if n == 0 {
		return []byte{}
	}
	if n > smallValue {
		return make([]byte, n)
	}
	if len(b.rest) < n {
		b.rest = make([]byte, max(n, min(n*values, blockSize)))
	}
	value := b.rest[:n:n]
	b.rest = b.rest[n:]
	return value
}

// clone returns a copy of value: see take.
func (b *blocks) clone(value []byte, values int) []byte {
	own := b.take(len(value), values)
	copy(own, value)
	return own
}
