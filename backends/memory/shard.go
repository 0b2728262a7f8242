package memory

import (
	"math/bits"
	"runtime"
	"sync"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// shard is a part of a cache under a lock of its own. A key belongs to one shard only.
type shard[K comparable, V any] struct {
	cache *Cache[K, V] // immutable
	room  int          // how many nodes it may have; 0 is no bound. Immutable.

	mu        sync.Mutex // guards all that follows
	nodes     map[K]*node[K, V]
	policy    policy[K, V]
	deadlines deadlines[K, V]
	leases    leases[K, V]
	values    int // nodes that are no negative entries
	count     counters
	departed  []departure[K, V] // what unlock has to tell OnEvict

	_ [64]byte // two shards share no cache line
}

// departure is a value that left, and why.
type departure[K comparable, V any] struct {
	key   K
	value V
	cause Cause
}

// shardsPerCPU makes it unlikely that two CPUs want the same lock; minRoom keeps the parts of a bound even enough.
const (
	shardsPerCPU = 4
	minRoom      = 128
)

// shardCount returns how many shards a cache of maxEntries has (0: unbounded) if wanted are asked for (0: no wish).
func shardCount(maxEntries, wanted int) int {
	count := wanted
	if count == 0 {
		count = shardsPerCPU * runtime.GOMAXPROCS(0)
		if maxEntries > 0 {
			count = min(count, maxEntries/minRoom)
		}
	}
	count = 1 << bits.Len(uint(max(count, 1)-1))
	for maxEntries > 0 && count > maxEntries {
		count /= 2
	}
	return count
}

// newShards returns the shards of c. Their rooms add up to maxEntries.
func newShards[K comparable, V any](c *Cache[K, V], maxEntries, wanted int) []shard[K, V] {
	shards := make([]shard[K, V], shardCount(maxEntries, wanted))
	for i := range shards {
		s := &shards[i]
		s.cache = c
		s.room = maxEntries / len(shards)
		if i < maxEntries%len(shards) {
			s.room++
		}
		s.reset()
	}
	return shards
}

// reset makes s empty. Counters and leases stay.
func (s *shard[K, V]) reset() {
	s.nodes = make(map[K]*node[K, V])
	s.policy = newPolicy[K, V](s.room)
	s.deadlines = deadlines[K, V]{}
	s.values = 0
}

// unlock unlocks s, and tells OnEvict then what left since s was locked.
func (s *shard[K, V]) unlock() {
	departed := s.departed
	s.departed = nil
	s.mu.Unlock()
	for _, d := range departed {
		s.cache.onEvict(d.key, d.value, d.cause)
	}
}

// now returns the time since the birth of the cache, by the monotonic clock.
func (s *shard[K, V]) now() time.Duration { return time.Since(s.cache.born) }

// find returns the live node of key or nil, and, if the node has a deadline, the time. Asking the clock takes as long
// as finding the node, so it is not asked for nodes without.
func (s *shard[K, V]) find(key K) (*node[K, V], time.Duration) {
	n := s.nodes[key]
	if n == nil || n.leaves == never {
		return n, 0
	}
	now := s.now()
	if n.gone(now) {
		s.remove(n, Expired)
		return nil, now
	}
	return n, now
}

// read is find for a reader who uses the value: it counts, and tells the policy. The error is ErrMiss without
// a node, ErrNotFound with a negative one.
func (s *shard[K, V]) read(key K) (*node[K, V], time.Duration, error) {
	n, now := s.find(key)
	if n == nil {
		s.count.misses++
		return nil, now, ctxcache.ErrMiss
	}
	s.policy.touched(n)
	if n.absent {
		s.count.negatives++
		return n, now, ctxcache.ErrNotFound
	}
	s.count.hits++
	return n, now, nil
}

// readEntry is read for those who want the whole entry.
func (s *shard[K, V]) readEntry(key K) (ctxcache.Entry[V], error) {
	n, now, err := s.read(key)
	if n == nil {
		return ctxcache.Entry[V]{}, err
	}
	return n.entry(now), err
}

// store puts e, whose durations were checked, under key.
func (s *shard[K, V]) store(key K, e ctxcache.Entry[V]) {
	ttl := e.TTL
	if ttl == 0 {
		ttl = s.cache.ttl
	}
	life := e.Life(ttl)
	var now time.Duration // of no matter where nothing expires
	if life != never || s.ages() {
		now = s.now()
		s.sweep(now)
	}

	n := s.nodes[key]
	if n != nil && n.gone(now) {
		s.remove(n, Expired)
		n = nil
	}
	if n != nil {
		s.depart(n, Replaced)
		s.policy.touched(n)
	} else {
		n = s.add(key)
	}

	n.absent = e.Absent
	if e.Absent {
		var zero V
		n.value = zero
	} else {
		n.value = e.Value
		s.values++
	}
	n.expires = after(now, ttl)
	n.leaves = after(now, life)
	s.deadlines.schedule(n)
	s.count.writes++
}

// add makes a node for key, and room for it.
func (s *shard[K, V]) add(key K) *node[K, V] {
	if s.room > 0 && len(s.nodes) >= s.room {
		s.remove(s.policy.victim(), Evicted)
	}
	n := &node[K, V]{key: key, slot: unscheduled}
	s.nodes[key] = n
	s.policy.added(n)
	return n
}

// delete removes key and reports whether it had a value.
func (s *shard[K, V]) delete(key K) (was bool) {
	if s.ages() {
		s.sweep(s.now())
	}
	n, _ := s.find(key)
	if n == nil {
		return false
	}
	s.count.deletes++
	s.remove(n, Deleted)
	return !n.absent
}

// remove takes n out of the shard.
func (s *shard[K, V]) remove(n *node[K, V], cause Cause) {
	delete(s.nodes, n.key)
	s.policy.removed(n)
	s.deadlines.cancel(n)
	s.depart(n, cause)
}

// depart accounts for what n holds, as it leaves.
func (s *shard[K, V]) depart(n *node[K, V], cause Cause) {
	switch cause {
	case Evicted:
		s.count.evictions++
	case Expired:
		s.count.expirations++
	}
	if n.absent {
		return
	}
	s.values--
	if s.cache.onEvict != nil {
		s.departed = append(s.departed, departure[K, V]{n.key, n.value, cause})
	}
}
