package memory

import (
	"math"
	"math/bits"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/ctxcache/cached/internal/leases"
)

// The choices of this package, and the interleavings that decide them. Each number is repeated at the lines.
//
// The locks are sharded. A key belongs to one shard, and an operation holds at most one lock at a time, so the locks
// need no order. Reads share the lock: one that hits copies the value, and sets a bit of its mark. A read that has more to do
// unlocks, takes the lock alone, and begins again. With the policies LRU, LFU and MRU, every read takes it alone.
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
	cache *Cache[K, V] // never changed

	// The fields that every write changes come first, in few cache lines. If two processors write, each fetches these lines
	// from the other.
	mu     guard // guards all fields that follow, except atomic ones
	effort effort
	phase  uint64 // of the adaptive order, see young
	slots  slab[K, V]
	table  table
	order  order
	values int // the number of entries, not counting negative ones
	spare  K   // a short key that has left, and that nobody else has; its memory is for the next key
	count  counters

	deadlines deadlines
	leases    leases.Table[K]
	negatives negatives
	cost      atomic.Int64      // the sum of the costs of all entries; others may read it without the lock
	scans     []*scanning       // those that run
	departed  []departure[K, V] // the values that unlock calls OnEvict for
	changed   changes[K]        // the changes that unlock passes to the watchers; empty while nobody watches

	room             int   // the largest number of entries; 0 means no bound
	negativeRoom     int   // the largest number of negative entries among them; 0 means none
	negativeCostRoom int64 // the largest sum of their costs; one entry may exceed it

	_ [64]byte // padding: two shards must not share a cache line
}

// departure is a value that left, and the reason.
type departure[K comparable, V any] struct {
	key   K
	value V
	cause Cause
}

// With shardsPerCPU shards for each CPU, two CPUs rarely want the same lock. More than mostShards are not worth their
// memory. With room for at least minRoom entries and minNegativeRoom negative ones in each shard, the shards fill evenly
// enough, and the adaptive policy has enough to learn from.
const (
	shardsPerCPU = 32
	mostShards   = 256
	mostRoom     = math.MaxUint32 - 1 // slots have numbers of 32 bits
	minRoom      = 256
	minCostRoom  = 1 << 16 // of a unit that is not known

	minNegativeRoom = minRoom / negativeShare // so that the default limit allows as many shards as MaxEntries does
)

// shardCount returns the number of shards of a cache. The defaults of o are filled in, but not MaxNegative.
func (o *Options[K, V]) shardCount() int {
	count, room, costRoom, negativeRoom := o.Shards, 1, int64(1), 1 // without room, a shard would keep none of its keys
	if count == 0 {
		count = min(shardsPerCPU*runtime.GOMAXPROCS(0), mostShards)
		room, costRoom, negativeRoom = minRoom, o.minCostRoom(), minNegativeRoom
	}
	count = 1 << bits.Len(uint(max(count, 1)-1))
	for count > 1 && (o.MaxEntries > 0 && count > o.MaxEntries/room || o.costLimit() > 0 && int64(count) > o.costLimit()/costRoom ||
		o.MaxNegative > 0 && count > o.MaxNegative/negativeRoom) {
		count /= 2
	}
	return count
}

// newShards returns the shards of c. The sums of room and negativeRoom are the bounds of the cache.
func newShards[K comparable, V any](c *Cache[K, V], o Options[K, V]) []shard[K, V] {
	shards := make([]shard[K, V], o.shardCount())
	for i := range shards {
		s := &shards[i]
		s.cache = c
		s.bound(&o, i, len(shards))
		s.leases = leases.NewTable[K](o.LeaseTTL)
		s.reset()
	}
	return shards
}

// bound gives s its part of the bounds of a cache, as the i-th of count shards. The defaults of o are filled in.
func (s *shard[K, V]) bound(o *Options[K, V], i, count int) {
	s.room = int(min(int64(part(max(o.MaxEntries, 0), count, i)), mostRoom))
	s.negativeRoom = negativeRoom(o.negativeLimit(count), count, i)
	s.negativeCostRoom = o.negativeCostLimit(count)
	s.table.bound(s.room)
	s.slots.bound(s.room)
	s.negatives.bound(s.negativeRoom)
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
	s.slots = slab[K, V]{end: 1, costs: s.cache.cost != nil}
	s.slots.bound(s.room)
	s.table.reset(s.room)
	s.order = newOrder(s)
	s.negatives.reset(s.negativeRoom)
	s.deadlines.reset()
	s.values = 0
	var none K
	s.spare = none
	s.cache.budget.spent.Add(-s.cost.Swap(0))
}

// unlock gives up a few free slots, and unlocks s. Then it notifies the watchers, and calls OnEvict for the values that left while s was locked.
func (s *shard[K, V]) unlock() {
	if departed := s.release(); len(departed) > 0 {
		s.cache.report(departed)
	}
}

// release is unlock without the calls of OnEvict. It returns the values that left.
func (s *shard[K, V]) release() []departure[K, V] {
	s.shrink()
	s.effort.end()
	if len(s.departed) == 0 && s.changed.none() {
		s.mu.Unlock()
		return nil
	}
	departed, changed := s.departed, s.changed
	s.departed, s.changed = nil, changes[K]{}
	s.mu.Unlock()
	if !changed.none() {
		s.cache.watchers.notify(changed) // (4)
	}
	return departed
}

// report calls OnEvict for each of departed, even if one of the calls panics. The panic then goes on.
func (c *Cache[K, V]) report(departed []departure[K, V]) {
	complete(func() { c.callOnEvict(&departed) })
}

// callOnEvict calls OnEvict for each of departed. It takes a departure off first, so that a panic does not repeat it.
func (c *Cache[K, V]) callOnEvict(departed *[]departure[K, V]) {
	for len(*departed) > 0 {
		d := (*departed)[0]
		*departed = (*departed)[1:]
		c.onEvict(d.key, d.value, d.cause) // (3)
	}
}

// now returns the time since the cache was made, by the monotonic clock.
func (s *shard[K, V]) now() time.Duration { return time.Since(s.cache.born) }

// hashOf returns the hash of the key in a slot.
func (s *shard[K, V]) hashOf(i uint32) uint64 {
	_, hash := s.cache.place(s.slots.at(i).key)
	return hash
}

// delete removes the entry of key and reports whether it was a value.
func (s *shard[K, V]) delete(key K, hash uint64) (was bool) {
	if s.ages() {
		s.sweep(s.now())
	}
	i, _ := s.find(key, hash)
	if i == 0 {
		return false
	}
	was = !s.slots.at(i).absent()
	s.count.deletes++
	s.remove(i, Deleted)
	return was
}

// remove takes the entry of slot i out of the shard, for this cause.
func (s *shard[K, V]) remove(i uint32, cause Cause) { s.take(i, s.hashOf(i), cause) }

// removeVictim is remove for the entry that the order has chosen.
func (s *shard[K, V]) removeVictim(i uint32, cause Cause) {
	hash := s.hashOf(i)
	s.order.evicted(i, hash)
	s.take(i, hash, cause)
}

// take is remove for an entry whose key has this hash.
func (s *shard[K, V]) take(i uint32, hash uint64, cause Cause) {
	s.depart(i, cause)
	s.effort.add(1)
	s.table.remove(hash, i)
	s.order.removed(i)
	if s.slots.at(i).absent() {
		s.negatives.cost -= s.slots.cost(i)
		s.negatives.remove(i)
	}
	s.spend(-s.slots.cost(i))
	s.recycle(s.slots.at(i).key)
	s.slots.put(i)
	s.advance()
}

// advance makes room for one more entry in the table, or gives room back.
func (s *shard[K, V]) advance() {
	if !s.table.settled() {
		s.effort.add(s.table.advance(s.hashOf))
	}
}

// spend adds to the costs of the entries, or takes away.
func (s *shard[K, V]) spend(cost int64) {
	if cost != 0 {
		s.cost.Add(cost)
		s.cache.budget.spent.Add(cost)
	}
}

// change records, for the watchers, that the entry in slot i has changed.
func (s *shard[K, V]) change(i uint32) {
	if s.cache.watchers.any() { // (4)
		s.changed.keys = append(s.changed.keys, s.lent(i))
	}
}

// depart updates the counters, and records for unlock that the entry of slot i leaves.
func (s *shard[K, V]) depart(i uint32, cause Cause) {
	sl := s.slots.at(i)
	s.change(i)
	switch cause {
	case Evicted:
		s.count.evictions++
	case Expired:
		s.count.expirations++
	}
	if sl.absent() {
		return
	}
	s.values--
	if s.cache.onEvict != nil {
		s.departed = append(s.departed, departure[K, V]{s.lent(i), sl.value, cause})
	}
}
