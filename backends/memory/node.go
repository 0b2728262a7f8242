package memory

import (
	"container/list"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// never is the deadline of a node that does not expire.
const never time.Duration = ctxcache.NoExpiry

// node is one entry in a shard. The lock of the shard guards it.
type node[K comparable, V any] struct {
	key      K
	value    V
	negative *list.Element // the place in the shard's negatives; nil for a value
	cost     int64         // 0 without Options.Cost

	// Deadlines, counted from the birth of the cache. This copy may leave before its value expires, but never after.
	expires time.Duration // when the value expires, for the TTL that readers get
	leaves  time.Duration // when this copy leaves the cache

	staleFor time.Duration // the whole stale window
	written  int64         // in nanoseconds since 1970; 0 if not known

	slot int // index in the shard's deadlines, or unscheduled

	// Only the shard's order uses these.
	older, newer *node[K, V]
	place        int
}

// absent reports whether n is a negative entry.
func (n *node[K, V]) absent() bool { return n.negative != nil }

// gone reports whether the deadline of this copy has passed.
func (n *node[K, V]) gone(now time.Duration) bool { return n.leaves <= now }

// remaining returns the TTL that a reader gets: NoExpiry, or at least a millisecond.
func (n *node[K, V]) remaining(now time.Duration) time.Duration {
	if n.expires == never {
		return ctxcache.NoExpiry
	}
	return max(n.expires-now, time.Millisecond)
}

// describe writes the entry that readers get to e, which must be zero. It does not return the entry because an entry is
// large.
func (n *node[K, V]) describe(e *ctxcache.Entry[V], now time.Duration) {
	e.Value = n.value
	e.Absent = n.absent()
	e.TTL = n.remaining(now)
	if n.staleFor != 0 {
		e.SetStaleWindow(n.staleFor)
	}
	if n.leaves < n.expires {
		e.CopyTTL = max(n.leaves-now, time.Millisecond)
	}
	if n.written != 0 {
		e.Written = time.Unix(0, n.written)
	}
}

// nanoseconds returns t as a node stores it, or 0 if a node cannot store it: the zero time, times that are centuries
// away, and the first instant of 1970.
func nanoseconds(t time.Time) int64 {
	if t.IsZero() || !time.Unix(0, t.UnixNano()).Equal(t) {
		return 0
	}
	return t.UnixNano()
}

// after returns the deadline ttl after now. It returns never if the deadline is too large to be represented.
func after(now, ttl time.Duration) time.Duration {
	if ttl > never-now {
		return never
	}
	return now + ttl
}
