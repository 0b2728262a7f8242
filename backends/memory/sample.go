package memory

import (
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// sampling returns the curve if the key with this hash is in its sample, and otherwise nil.
func (c *Cache[K, V]) sampling(hash uint64) *curve {
	if cv := c.curve.Load(); cv != nil && cv.samples(hash) {
		return cv
	}
	return nil
}

// The following are called without a lock. So another call may come in between, and the curve then sees both in the other
// order. This happens to few keys, and costs the estimate next to nothing.

// sawRead notes for the curve that a key was read, if it is sampled.
func (c *Cache[K, V]) sawRead(hash uint64, seen sighting) {
	if cv := c.sampling(hash); cv != nil {
		c.sawSampledRead(cv, hash, seen)
	}
}

// sawSampledRead notes for the curve that a sampled key was read.
func (c *Cache[K, V]) sawSampledRead(cv *curve, hash uint64, seen sighting) {
	if cv.read(hash, seen) {
		c.thinCurve(cv)
	}
}

// sawWrite notes for the curve that e was written, to live for ttl, at this cost.
func (c *Cache[K, V]) sawWrite(hash uint64, e *ctxcache.Entry[V], ttl time.Duration, cost int64) {
	cv := c.sampling(hash)
	if cv != nil && cv.wrote(hash, sighting{found: true, absent: e.Absent, life: e.Life(ttl), cost: cost}) {
		c.thinCurve(cv)
	}
}

// sawDelete notes for the curve that a key was deleted.
func (c *Cache[K, V]) sawDelete(hash uint64) {
	if cv := c.sampling(hash); cv != nil {
		cv.deleted(hash)
	}
}

// unlockRead unlocks s after a read that has found slot i, or nothing if i is 0. The caller holds the lock alone.
func (s *shard[K, V]) unlockRead(i uint32, hash uint64) {
	cv := s.cache.sampling(hash)
	if cv == nil {
		s.unlock()
		return
	}
	seen := s.see(i)
	s.unlock()
	s.cache.sawSampledRead(cv, hash, seen)
}

// see returns what slot i has, or nothing if i is 0.
func (s *shard[K, V]) see(i uint32) sighting {
	if i == 0 {
		return sighting{}
	}
	sl := s.slots.at(i)
	word := sl.load()
	seen := sighting{found: true, absent: word&absentBit != 0, life: ctxcache.NoExpiry, cost: s.slots.cost(i)}
	if word>>markBits == noDeadline {
		return seen
	}
	now := s.now()
	leaves := unpack(word, ticks(now))
	if word&extraBit != 0 { // with Options.Idle, the slot may leave earlier
		leaves = s.slots.extra(i).leaves
	}
	if leaves != never {
		seen.life = max(time.Duration(leaves)*tick-now, tick)
	}
	return seen
}

// beginCurve begins a curve for options whose defaults are filled in, if they ask for one.
func (c *Cache[K, V]) beginCurve(o *Options[K, V]) {
	if !o.SizeCurve || c.refused.Load() != nil {
		return
	}
	cv := newCurve(o, firstThreshold(o))
	cv.answered, cv.reads = c.counted()
	c.curve.Store(cv)
}

// thinCurve replaces cv by a curve of half the rate.
func (c *Cache[K, V]) thinCurve(cv *curve) {
	thin := newCurve(c.options.Load(), cv.threshold/2)
	thin.answered, thin.reads = c.counted()
	c.curve.CompareAndSwap(cv, thin)
}

// counted returns how many reads there were, and how many of them found an entry.
func (c *Cache[K, V]) counted() (answered, reads uint64) {
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		answered += s.mu.hitCount() + s.count.negatives
		reads += s.count.misses.Load()
		s.unlock()
	}
	return answered, answered + reads
}
