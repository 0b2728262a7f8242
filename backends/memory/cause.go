package memory

import "fmt"

// Cause is the reason why a value left the cache.
type Cause uint8

// The causes.
const (
	Evicted  Cause = iota + 1 // to make room for another entry, or by Evict or Resize
	Expired                   // its TTL had passed, or it was idle for Options.Idle
	Replaced                  // the key was written again, even if the new value could not be stored
	Deleted                   // by Delete, Remove, DeleteMany or Drop
	Cleared                   // by Clear or Close
)

// String returns the cause as a lower-case word.
func (c Cause) String() string {
	switch c {
	case Evicted:
		return "evicted"
	case Expired:
		return "expired"
	case Replaced:
		return "replaced"
	case Deleted:
		return "deleted"
	case Cleared:
		return "cleared"
	default:
		return fmt.Sprintf("Cause(%d)", uint8(c))
	}
}
