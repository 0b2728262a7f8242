package history

import (
	"math"

	"github.com/ctxcache/cached/ctxcache"
)

// moment is a reading of the clock of a history. Nothing is known of the order of two events at the same moment.
type moment uint64

// never is the end of what may take effect later than anything known.
const never moment = math.MaxUint64

// event is what one operation did to one key.
type event struct {
	operation ctxcache.Operation
	worker    int // the goroutine
	number    int // of the operation, among those of the goroutine
	begin     moment
	end       moment // the last at which it may have taken effect
	failed    bool   // it did so partly, or not at all
	version   uint64
	outcome   outcome
}

type outcome uint8

const (
	found   outcome = iota // a read: version
	missed                 // a read
	garbled                // a read of what was never stored under this key
	stored                 // a write: the source was changed to version, then the cache was
	deleted                // a deletion: the source was changed to version, then the key was deleted
	sourced                // a load read version of the source; for the record only
)

// changes reports whether the source was changed.
func (e event) changes() bool { return e.outcome == stored || e.outcome == deleted }

// removes reports whether the key may be absent after the event: a write that failed may have deleted what was there.
func (e event) removes() bool { return e.outcome == deleted || e.outcome == stored && e.failed }
