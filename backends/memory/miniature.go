package memory

import (
	"math"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// miniature is a small cache of hashes that sees the sampled keys of a larger cache. The value of a hash is true while a
// write is awaited: see wrote. Its methods may be called concurrently. A miniature has one lock, but few keys are sampled,
// and hits share the lock if the policy lets them.
type miniature struct{ cache *Cache[uint64, bool] }

// sighting is what a read has found in the cache, or a write has written.
type sighting struct {
	found  bool
	absent bool          // it is a negative entry
	life   time.Duration // of the copy, from now on
	cost   int64
}

// newMiniature returns the miniature of a cache with these options, whose defaults are filled in. Its bounds are smaller by
// this factor, but are at least 1.
func newMiniature[K comparable, V any](o *Options[K, V], factor float64) *miniature {
	small := &Options[uint64, bool]{
		MaxEntries:  scaled(o.MaxEntries, factor),
		MaxCost:     scaled(o.costLimit(), factor),
		MaxNegative: scaled(o.MaxNegative, factor),
		Policy:      o.Policy,
		Shards:      1,
	}
	if o.MaxBytes > 0 && o.MaxNegative == 0 { // the default of small would take the bytes for a number of entries
		small.MaxNegative = scaled(o.negativeLimit(small.Shards), factor)
	}
	if o.Idle != ctxcache.NoExpiry {
		small.Idle = o.Idle
	}
	if o.costly() {
		small.Cost = func(uint64, bool) int64 { return leastCost } // not called: a sighting has the cost
	}
	return &miniature{New(small)}
}

// scaled returns a part of a bound, at least 1. The factor is less than 1. It leaves a bound alone that means something else than a number.
func scaled[N int | int64](bound N, factor float64) N {
	if bound <= 0 {
		return bound
	}
	return N(max(math.Round(float64(bound)*factor), 1))
}

// read notes that the key with this hash was read, and what the cache has found. If the cache has found an entry that the
// miniature does not have, it adds the entry: its user would have loaded it. If the cache has found nothing, the user may
// fail to load, so the miniature waits for the write.
func (m *miniature) read(hash uint64, seen sighting) {
	s := &m.cache.shards[0]
	_, rest := m.cache.place(hash)
	counted := false
	if seen.found && !m.cache.policy.reorders() {
		s.mu.RLock()
		_, i, _, sure := s.glance(hash, rest)
		if i != 0 {
			s.mu.RUnlockHit()
			return
		}
		s.mu.RUnlock()
		counted = sure
	}
	s.mu.Lock()
	var i uint32
	if !counted {
		i, _, _ = s.read(hash, rest)
	}
	if i != 0 && !seen.found {
		s.slots.at(i).value = true
	}
	s.unlock()
	if i == 0 && seen.found {
		m.store(hash, rest, seen)
	}
}

// wrote notes that an entry was written under the key with this hash. If the cache has missed it before, and the miniature
// has not, then the write follows from this miss, and would not have come to a cache of the size of the miniature.
func (m *miniature) wrote(hash uint64, written sighting) {
	_, rest := m.cache.place(hash)
	s := &m.cache.shards[0]
	s.mu.Lock()
	if i, _ := s.find(hash, rest); i != 0 && s.slots.at(i).value {
		s.slots.at(i).value = false
		s.unlock()
		return
	}
	s.unlock()
	m.store(hash, rest, written)
}

func (m *miniature) store(hash, rest uint64, written sighting) {
	s := &m.cache.shards[0]
	e := ctxcache.Entry[bool]{Meta: ctxcache.Meta{Absent: written.absent}}
	p := payment{cost: written.cost}
	for {
		s.mu.Lock()
		err := s.store(hash, rest, &e, written.life, &p)
		s.unlock()
		if err != errAgain { // one shard needs nothing from others
			return // ErrTooLarge and ErrCost are answers, too: the entry is not in a cache of this size
		}
	}
}

// deleted notes that the entry of the key with this hash was deleted.
func (m *miniature) deleted(hash uint64) {
	_, rest := m.cache.place(hash)
	s := &m.cache.shards[0]
	s.mu.Lock()
	s.delete(hash, rest)
	s.unlock()
}

// cleared notes that all entries were deleted.
func (m *miniature) cleared() {
	s := &m.cache.shards[0]
	s.mu.Lock()
	s.drop()
}

// counts returns how many reads there were, and how many of them found an entry.
func (m *miniature) counts() (answered, reads uint64) {
	s := &m.cache.shards[0]
	s.mu.Lock()
	defer s.unlock()
	answered = s.mu.hitCount() + s.count.negatives
	return answered, answered + s.count.misses.Load()
}

// entries returns how many entries there are. Some of them may have expired.
func (m *miniature) entries() int {
	s := &m.cache.shards[0]
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.slots.used
}
