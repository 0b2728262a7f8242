package memory

import (
	"math/bits"
	"unsafe"
)

const (
	mostShift  = 9        // a chunk has at most 512 slots
	chunkBytes = 64 << 10 // nor does it take more bytes, unless two slots do

	leastChunk = 8 // slots that a chunk begins with, if nobody knows how many slots are needed

	// If nobody knows how many slots are needed, chunks are made in pairs when there are so many. So at most an eighth is
	// not needed.
	manyChunks = 15

	pageBytes = 8 << 10 // of the runtime
)

// chunk is a part of a slab.
type chunk[K comparable, V any] struct {
	slots  []slot[K, V]
	extras []extra  // by slot; nil until a slot needs one
	costs  []int64  // by slot; nil if entries have no cost
	groups []uint32 // by slot; nil if entries have no group
}

// chunkShift returns the binary logarithm of chunkSize for slots of so many bytes. For the compiler, it is a constant of each type
// of slots.
func chunkShift(slotBytes uintptr) int {
	return min(max(bits.Len(uint(chunkBytes/slotBytes)), 2)-1, mostShift)
}

// shift returns the binary logarithm of chunkSize.
func (*slab[K, V]) shift() int { return chunkShift(unsafe.Sizeof(slot[K, V]{})) }

// chunkSize returns the number of slots in a full chunk. It is at least 2.
func (s *slab[K, V]) chunkSize() int { return 1 << s.shift() }

// chunkOf returns the chunk of slot i.
func (s *slab[K, V]) chunkOf(i uint32) *chunk[K, V] { return &s.chunks[i>>s.shift()] }

// placeOf returns the index of slot i in its chunk.
func (s *slab[K, V]) placeOf(i uint32) uint32 { return i & (1<<s.shift() - 1) }

// slotBytes returns how many bytes of the heap a slot of a full chunk takes. Pairs of chunks are whole pages as they are.
func (s *slab[K, V]) slotBytes() int64 {
	bytes := int64(unsafe.Sizeof(slot[K, V]{}))
	if s.shift() == mostShift {
		return bytes
	}
	size := int64(s.chunkSize())
	return (bytes*size + pageBytes - 1) / pageBytes * pageBytes / size
}

// at returns slot i. The pointer is valid until the next take or shrink. It calls no method of s, because the dictionary of types
// for one would cost every hit a load.
func (s *slab[K, V]) at(i uint32) *slot[K, V] {
	shift := chunkShift(unsafe.Sizeof(slot[K, V]{}))
	return &s.chunks[i>>shift].slots[i&(1<<shift-1)]
}

// resized returns a copy of list with this size.
func resized[T any](list []T, size int) []T {
	larger := make([]T, size)
	copy(larger, list)
	return larger
}
