package memory

import (
	"container/list"
	"math/bits"
	"runtime"
	"sync"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/leases"
)

// The choices of this package, and the interleavings that decide them. Each number is repeated at the lines.
//
// The locks are sharded. A key belongs to one shard, and an operation holds at most one lock at a time, so the locks
// need no order. The lock is a plain mutex, because a hit writes, too: it counts, and moves its node.
//
// Leases are exact. A shard has a table of leases, not a generation that every write raises: see docs/design.md, "Why
// exact". The table is under the shard's lock, which leaves only two interleavings of a load and a write:
//
//  (1) The write locks the shard between the grant and Fill. It ends the lease under this lock, whether or not the key
//      is present. Fill then finds no lease, and stores nothing.
//  (2) The write locks the shard after Fill. It replaces or removes the loaded value.
//
// Functions of the caller run without a lock, because they may use the cache. The values that left, and the keys that
// changed, are collected under the lock. Unlock passes them on after it has unlocked. Two things follow:
//
//  (3) Two calls unlock the shard one after the other, and then run OnEvict in the other order. So OnEvict may be called
//      for two values of one key in either order. Each call is true: that value has left.
//  (4) A watcher is added just after a write has found none. It does not get this change. Its first event is a Gap, so
//      it assumes nothing about the time before. An event has a key but no value, so its order does not matter: a read
//      after the event sees the change, or a newer one.

// shard is a part of a cache under a lock of its own. A key belongs to one shard only.
type shard[K comparable, V any] struct {
	// These are never changed.
	cache        *Cache[K, V]
	room         int   // the largest number of nodes; 0 means no bound
	costRoom     int64 // the largest sum of their costs; 0 means no bound
	negativeRoom int   // the largest number of negative entries among them; 0 means none

	mu        sync.Mutex // guards all fields that follow
	nodes     map[K]*node[K, V]
	order     order[K, V]
	negatives list.List // the nodes that are negative entries, least recently used first
	deadlines deadlines[K, V]
	leases    leases.Table[K]
	values    int   // the number of nodes, not counting negative entries
	cost      int64 // the sum of the costs of all nodes
	count     counters
	departed  []departure[K, V] // the values that unlock calls OnEvict for
	changed   changes[K]        // the changes that unlock passes to the watchers; empty while nobody watches

	_ [64]byte // padding: two shards must not share a cache line
}

// departure is a value that left, and the reason.
type departure[K comparable, V any] struct {
	key   K
	value V
	cause Cause
}

// With shardsPerCPU shards for each CPU, two CPUs rarely want the same lock. With room for at least minRoom entries and
// minNegativeRoom negative ones in each shard, the shards fill evenly enough.
const (
	shardsPerCPU = 4
	minRoom      = 128

	minNegativeRoom = minRoom / negativeShare // so that the default limit allows as many shards as MaxEntries does
)

// shardCount returns the number of shards of a cache with these bounds. A bound of 0 or less means none, which includes
// a maxNegative that is left to its default. Wanted is Options.Shards; 0 means that shardCount chooses.
func shardCount(maxEntries int, maxCost int64, maxNegative, wanted int) int {
	count := wanted
	if count == 0 {
		count = shardsPerCPU * runtime.GOMAXPROCS(0)
		if maxEntries > 0 {
			count = min(count, maxEntries/minRoom)
		}
		if maxNegative > 0 {
			count = min(count, maxNegative/minNegativeRoom)
		}
		if maxCost > 0 {
			count = 1 // the largest cost of a value must not depend on the number of CPUs
		}
	}
	count = 1 << bits.Len(uint(max(count, 1)-1))
	for maxEntries > 0 && count > maxEntries || maxCost > 0 && int64(count) > maxCost ||
		maxNegative > 0 && count > maxNegative { // without room, a shard would keep none of its keys' negative entries
		count /= 2
	}
	return count
}

// newShards returns the shards of c. The sums of room, costRoom and negativeRoom are the bounds of the cache.
func newShards[K comparable, V any](c *Cache[K, V], o Options[K, V]) []shard[K, V] {
	shards := make([]shard[K, V], shardCount(o.MaxEntries, o.MaxCost, o.MaxNegative, o.Shards))
	for i := range shards {
		s := &shards[i]
		s.cache = c
		s.room = part(max(o.MaxEntries, 0), len(shards), i)
		s.costRoom = part(o.MaxCost, int64(len(shards)), int64(i))
		s.negativeRoom = negativeRoom(o.negativeLimit(), len(shards), i)
		s.leases = leases.NewTable[K](o.LeaseTTL)
		s.reset()
	}
	return shards
}

// part returns the i-th of equal parts of whole. The parts differ by at most one, and their sum is whole.
func part[N int | int64](whole, parts, i N) N {
	if i < whole%parts {
		return whole/parts + 1
	}
	return whole / parts
}

// reset makes s empty. It keeps the counters and the leases.
func (s *shard[K, V]) reset() {
	s.nodes = make(map[K]*node[K, V])
	s.order = newOrder[K, V](s.cache.policy, s.cache.pick)
	s.negatives.Init()
	s.deadlines = deadlines[K, V]{}
	s.values = 0
	s.cost = 0
}

// unlock unlocks s. Then it notifies the watchers, and calls OnEvict for the values that left while s was locked.
func (s *shard[K, V]) unlock() {
	departed, changed := s.departed, s.changed
	s.departed, s.changed = nil, changes[K]{}
	s.mu.Unlock()
	if !changed.none() {
		s.cache.watchers.notify(changed) // (4)
	}
	if len(departed) > 0 {
		s.cache.report(departed)
	}
}

// report calls OnEvict for each of departed, even if one of the calls panics. The panic then goes on.
func (c *Cache[K, V]) report(departed []departure[K, V]) {
	returned := 0
	defer func() {
		if returned < len(departed) {
			c.report(departed[returned+1:])
		}
	}()
	for _, d := range departed {
		c.onEvict(d.key, d.value, d.cause) // (3)
		returned++
	}
}

// now returns the time since the cache was made, by the monotonic clock.
func (s *shard[K, V]) now() time.Duration { return time.Since(s.cache.born) }

// find returns the live node of key, or nil. If the node has a deadline, find also returns the time. Otherwise it does
// not ask the clock, because that takes as long as finding the node.
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

// read is find for a read that uses the value: it counts as a hit or miss, and as a use. It returns ErrMiss without a
// node, and ErrNotFound with a negative entry.
func (s *shard[K, V]) read(key K) (*node[K, V], time.Duration, error) {
	n, now := s.find(key)
	if n == nil {
		s.count.misses++
		return nil, now, ctxcache.ErrMiss
	}
	s.order.read(n)
	if n.absent() {
		s.negatives.MoveToBack(n.negative)
		s.count.negatives++
		return n, now, ctxcache.ErrNotFound
	}
	s.count.hits++
	return n, now, nil
}

// delete removes the entry of key and reports whether it was a value.
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
	return !n.absent()
}

// remove takes n out of the shard, for this cause.
func (s *shard[K, V]) remove(n *node[K, V], cause Cause) {
	delete(s.nodes, n.key)
	s.order.removed(n)
	s.deadlines.cancel(n)
	if n.absent() {
		s.negatives.Remove(n.negative)
	}
	s.cost -= n.cost
	s.depart(n, cause)
}

// change records, for the watchers, that the entry of key has changed.
func (s *shard[K, V]) change(key K) {
	if s.cache.watchers.any() { // (4)
		s.changed.keys = append(s.changed.keys, key)
	}
}

// depart updates the counters, and records for unlock that the entry of n leaves.
func (s *shard[K, V]) depart(n *node[K, V], cause Cause) {
	s.change(n.key)
	switch cause {
	case Evicted:
		s.count.evictions++
	case Expired:
		s.count.expirations++
	}
	if n.absent() {
		return
	}
	s.values--
	if s.cache.onEvict != nil {
		s.departed = append(s.departed, departure[K, V]{n.key, n.value, cause})
	}
}
