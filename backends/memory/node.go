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

// entry returns the node as readers see it.
func (n *node[K, V]) entry(now time.Duration) ctxcache.Entry[V] {
	return ctxcache.Entry[V]{Value: n.value, Absent: n.absent, TTL: n.remaining(now)}
}

// after returns the deadline that lies ttl after now; never, if that is beyond what can be counted.
func after(now, ttl time.Duration) time.Duration {
	if ttl > never-now {
		return never
	}
	return now + ttl
}
