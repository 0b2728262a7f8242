package memory

import (
	"math"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// miniature is a small cache of hashes that sees the sampled keys of a larger cache. Its methods may be called concurrently.
//
// It is an interface, because each package that uses a Cache would otherwise compile the cache of hashes, too.
type miniature interface {
	// read notes that the key with this hash was read, and what the cache has found.
	read(hash uint64, seen sighting)
	// wrote notes that an entry was written under the key with this hash.
	wrote(hash uint64, written sighting)
	// deleted notes that the entry of the key with this hash was deleted.
	deleted(hash uint64)
	// cleared notes that all entries were deleted.
	cleared()
	// counts returns how many reads there were, and how many of them found an entry.
	counts() (answered, reads uint64)
	// entries returns how many entries there are. Some of them may have expired.
	entries() int
}

// hashes is a miniature. The value of a hash is true while a write is awaited: see wrote. It has one lock, but few keys are
// sampled, and hits share the lock if the policy lets them.
type hashes struct{ cache *Cache[uint64, bool] }

// sighting is what a read has found in the cache, or a write has written.
type sighting struct {
	found  bool
	absent bool          // it is a negative entry
	life   time.Duration // of the copy, from now on
	cost   int64
}

// miniatureBounds are the bounds of a miniature, and what else decides which entries it has.
type miniatureBounds struct {
	entries, negatives int
	cost               int64
	policy             Policy
	idle               time.Duration // 0 means no limit
}

// scaledBounds returns the bounds of the miniature of a cache with these options, whose defaults are filled in. They are
// smaller by this factor, but at least 1.
func scaledBounds[K comparable, V any](o *Options[K, V], factor float64) miniatureBounds {
	b := miniatureBounds{
		entries:   scaled(o.MaxEntries, factor),
		negatives: scaled(o.MaxNegative, factor),
		cost:      scaled(o.costLimit(), factor),
		policy:    o.Policy,
	}
	if o.MaxBytes > 0 && o.MaxNegative == 0 { // the default of the miniature would take the bytes for a number of entries
		b.negatives = scaled(o.negativeLimit(1), factor)
	}
	if o.Idle != ctxcache.NoExpiry {
		b.idle = o.Idle
	}
	return b
}

func newMiniature(b miniatureBounds) miniature {
	opts := &Options[uint64, bool]{
		MaxEntries: b.entries, MaxCost: b.cost, MaxNegative: b.negatives, Policy: b.policy, Idle: b.idle, Shards: 1,
	}
	if b.cost > 0 {
		opts.Cost = func(uint64, bool) int64 { return leastCost } // not called: a sighting has the cost
	}
	return &hashes{New(opts)}
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
func (m *hashes) read(hash uint64, seen sighting) {
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
func (m *hashes) wrote(hash uint64, written sighting) {
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

func (m *hashes) store(hash, rest uint64, written sighting) {
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
func (m *hashes) deleted(hash uint64) {
	_, rest := m.cache.place(hash)
	s := &m.cache.shards[0]
	s.mu.Lock()
	s.delete(hash, rest)
	s.unlock()
}

// cleared notes that all entries were deleted.
func (m *hashes) cleared() {
	s := &m.cache.shards[0]
	s.mu.Lock()
	s.drop()
}

// counts returns how many reads there were, and how many of them found an entry.
func (m *hashes) counts() (answered, reads uint64) {
	s := &m.cache.shards[0]
	s.mu.Lock()
	defer s.unlock()
	answered = s.mu.hitCount() + s.count.negatives
	return answered, answered + s.count.misses.Load()
}

// entries returns how many entries there are. Some of them may have expired.
func (m *hashes) entries() int {
	s := &m.cache.shards[0]
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.slots.used
}
