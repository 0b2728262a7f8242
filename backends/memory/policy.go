package memory

import "fmt"

// Policy decides which entry is evicted to make room for another one. All policies take constant time.
//
// Get, GetEntry and GetLease, and the same for many keys, count as a use of an entry, and so does writing it again. Contains,
// Peek, Keys, All and Len do not. With LRU, LFU and MRU a hit takes the lock of its shard alone, so that hits of one shard wait
// for each other. With the others, hits share the lock.
type Policy uint8

// The policies. The zero value means the default, see [Options.Policy].
const (
	// LRU evicts the least recently used entry.
	LRU Policy = iota + 1

	// FIFO evicts the entry that was written first. A read does not keep an entry, but writing it again does.
	FIFO

	// LFU evicts the least frequently used entry. Of several, it evicts the least recently used one. The write that
	// adds an entry is its first use. The uses of an entry never decay, so an entry that was popular once stays long.
	// They are forgotten when it leaves.
	LFU

	// MRU evicts the most recently used entry. It is for loops over more entries than fit. The write that adds an entry
	// counts as a use. So if no entry is read, a new one takes the place of the one that was added before it.
	MRU

	// RR (random replacement) evicts any entry, each with the same probability.
	RR

	// Adaptive predicts from past uses which entry will not be used again, and evicts it. It keeps entries that come back,
	// and soon evicts those that come once. It adapts the part of the cache that new entries have. So it suits loops, scans
	// and popular keys. A hit changes one bit at most, and with Options.Idle the deadline, so hits do not wait for each
	// other. A new entry may be the next one to be evicted. Adaptive remembers three times as many evicted keys as there
	// are entries, by two bytes each.
	Adaptive
)

// String returns the usual abbreviation.
func (p Policy) String() string {
	switch p {
	case 0:
		return "default"
	case LRU:
		return "LRU"
	case FIFO:
		return "FIFO"
	case LFU:
		return "LFU"
	case MRU:
		return "MRU"
	case RR:
		return "RR"
	case Adaptive:
		return "adaptive"
	default:
		return fmt.Sprintf("Policy(%d)", uint8(p))
	}
}
