package memory

import (
	"math/bits"
	"runtime"
	"sync"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/leases"
)

// shard is a part of a cache under a lock of its own. A key belongs to one shard only.
type shard[K comparable, V any] struct {
	cache    *Cache[K, V] // immutable, as are
	room     int          // how many nodes it may have; 0 is no bound
	costRoom int64        // what they may cost together; 0 is no bound

	mu        sync.Mutex // guards all that follows
	nodes     map[K]*node[K, V]
	order     order[K, V]
	deadlines deadlines[K, V]
	leases    leases.Table[K]
	values    int   // nodes other than negative entries
	cost      int64 // of all nodes
	count     counters
	departed  []departure[K, V] // what unlock calls OnEvict for
	changed   changes[K]        // what unlock notifies the watchers of; none while nobody watches

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

// shardCount returns how many shards a cache with these bounds has (not positive: none), if wanted are asked for (0: no
// wish).
func shardCount(maxEntries int, maxCost int64, wanted int) int {
	count := wanted
	if count == 0 {
		count = shardsPerCPU * runtime.GOMAXPROCS(0)
		if maxEntries > 0 {
			count = min(count, maxEntries/minRoom)
		}
		if maxCost > 0 {
			count = 1 // what a value may cost must not depend on the machine
		}
	}
	count = 1 << bits.Len(uint(max(count, 1)-1))
	for maxEntries > 0 && count > maxEntries || maxCost > 0 && int64(count) > maxCost {
		count /= 2
	}
	return count
}

// newShards returns the shards of c. Their rooms add up to the bounds.
func newShards[K comparable, V any](c *Cache[K, V], o Options[K, V]) []shard[K, V] {
	shards := make([]shard[K, V], shardCount(o.MaxEntries, o.MaxCost, o.Shards))
	for i := range shards {
		s := &shards[i]
		s.cache = c
		s.room = part(max(o.MaxEntries, 0), len(shards), i)
		s.costRoom = part(o.MaxCost, int64(len(shards)), int64(i))
		s.leases = leases.NewTable[K](o.LeaseTTL)
		s.reset()
	}
	return shards
}

// part returns the i-th of equal parts of whole. They differ by one at most, and add up to whole.
func part[N int | int64](whole, parts, i N) N {
	if i < whole%parts {
		return whole/parts + 1
	}
	return whole / parts
}

// reset makes s empty. Counters and leases stay.
func (s *shard[K, V]) reset() {
	s.nodes = make(map[K]*node[K, V])
	s.order = newOrder[K, V](s.cache.policy, s.cache.pick)
	s.deadlines = deadlines[K, V]{}
	s.values = 0
	s.cost = 0
}

// unlock unlocks s, then notifies the watchers, and calls OnEvict for what left since s was locked.
func (s *shard[K, V]) unlock() {
	departed, changed := s.departed, s.changed
	s.departed, s.changed = nil, changes[K]{}
	s.mu.Unlock()
	if !changed.none() {
		s.cache.watchers.tell(changed)
	}
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

// read is find for a reader who uses the value: it counts, and the order learns of it. The error is ErrMiss without
// a node, ErrNotFound with a negative one.
func (s *shard[K, V]) read(key K) (*node[K, V], time.Duration, error) {
	n, now := s.find(key)
	if n == nil {
		s.count.misses++
		return nil, now, ctxcache.ErrMiss
	}
	s.order.read(n)
	if n.absent {
		s.count.negatives++
		return n, now, ctxcache.ErrNotFound
	}
	s.count.hits++
	return n, now, nil
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
	s.order.removed(n)
	s.deadlines.cancel(n)
	s.cost -= n.cost
	s.depart(n, cause)
}

// change notes that key has another value than before, or none.
func (s *shard[K, V]) change(key K) {
	if s.cache.watchers.any() {
		s.changed.keys = append(s.changed.keys, key)
	}
}

// depart accounts for what n holds, as it leaves.
func (s *shard[K, V]) depart(n *node[K, V], cause Cause) {
	s.change(n.key)
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
