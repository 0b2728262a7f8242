package memory

import "fmt"

// Policy says which entry makes room for another one. All take constant time.
//
// Get, GetEntry and GetLease of an entry use it, and so does writing it again. Contains, Keys and Len do not.
type Policy uint8

// The policies. For the zero value see [Options.Policy].
const (
	// LRU evicts the least recently used entry.
	LRU Policy = iota + 1

	// FIFO evicts the entry that was written first. To read an entry does not keep it; to write it again does.
	FIFO

	// LFU evicts the least frequently used entry; of several, the least recently used one. The write that brings an
	// entry in is its first use. What left has no uses any more, and what stays keeps its own for ever, so an entry
	// that was popular once leaves late.
	LFU

	// MRU evicts the most recently used entry: for loops over more than fits.
	MRU

	// RR, random replacement, evicts any entry, each equally likely.
	RR
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
	default:
		return fmt.Sprintf("Policy(%d)", uint8(p))
	}
}
