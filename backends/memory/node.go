package memory

import (
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// never is the deadline of what does not expire.
const never time.Duration = ctxcache.NoExpiry

// node is an entry where it lives. Everything in it is guarded by the lock of its shard.
type node[K comparable, V any] struct {
	key    K
	value  V
	absent bool  // a negative entry
	cost   int64 // 0 if nothing has a cost

	// Deadlines, counted from the birth of the cache. The copy may leave before its value expires, never after.
	expires time.Duration // the value's, which readers are told
	leaves  time.Duration // this copy's, which is when it goes

	staleFor time.Duration // as written
	written  int64         // when, in nanoseconds since 1970; 0 if that is not known

	slot int // place in the shard's deadlines, or unscheduled

	// For the shard's order, to use as it likes.
	older, newer *node[K, V]
	place        int
}

// gone reports whether the time of this copy has come.
func (n *node[K, V]) gone(now time.Duration) bool { return n.leaves <= now }

// remaining returns the TTL that a reader is told. A live entry has at least a millisecond left.
func (n *node[K, V]) remaining(now time.Duration) time.Duration {
	if n.expires == never {
		return ctxcache.NoExpiry
	}
	return max(n.expires-now, time.Millisecond)
}

// describe puts what readers see of n into e, which is zero. An entry is large, so it is not returned.
func (n *node[K, V]) describe(e *ctxcache.Entry[V], now time.Duration) {
	e.Value = n.value
	e.Absent = n.absent
	e.TTL = n.remaining(now)
	if n.staleFor != 0 {
		e.StaleFor = min(n.staleFor, e.TTL)
	}
	if n.leaves < n.expires {
		e.CopyTTL = max(n.leaves-now, time.Millisecond)
	}
	if n.written != 0 {
		e.Written = time.Unix(0, n.written)
	}
}

// nanoseconds returns t as a node keeps it. That has no room for times that are centuries away, and for that of 1970
// alone: those are not known.
func nanoseconds(t time.Time) int64 {
	if t.IsZero() || !time.Unix(0, t.UnixNano()).Equal(t) {
		return 0
	}
	return t.UnixNano()
}

// after returns the deadline that lies ttl after now; never, if that is beyond what can be counted.
func after(now, ttl time.Duration) time.Duration {
	if ttl > never-now {
		return never
	}
	return now + ttl
}
