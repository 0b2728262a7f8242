package history

import (
	"math"

	"github.com/ctxcache/cached/ctxcache"
)

// moment is a reading of the clock of a history. The order of two events at the same moment is not known.
type moment uint64

// never is the end of an operation that may take effect at any later time.
const never moment = math.MaxUint64

// event is what one operation did to one key.
type event struct {
	operation ctxcache.Operation
	worker    int // the goroutine
	number    int // the number of the operation within its goroutine
	begin     moment
	end       moment // the last moment at which the operation may have taken effect
	failed    bool   // the operation took effect partly, or not at all
	version   uint64
	least     uint64 // a read must not find an older version
	outcome   outcome
}

type outcome uint8

const (
	found   outcome = iota // a read found version
	missed                 // a read found nothing
	garbled                // a read found a value that was never stored under this key
	stored                 // a write: the source was changed to version, then the cache was
	deleted                // a deletion: the source was changed to version, then the key was deleted
	sourced                // a load read version of the source; for the record only
)

// changes reports whether the source was changed.
func (e event) changes() bool { return e.outcome == stored || e.outcome == deleted }

// removes reports whether the key may be absent after the event. A write that failed may have deleted the old value.
func (e event) removes() bool { return e.outcome == deleted || e.outcome == stored && e.failed }
