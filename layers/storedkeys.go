package layers

import (
	"hash/maphash"
	"iter"
	"sync"
	"sync/atomic"
)

// storedKeys knows keys by the form in which they are stored, which is all that an event tells: a hash cannot be
// undone. A key is noted before it is asked for, and stays until it is dropped.
type storedKeys[K comparable] struct {
	seed    maphash.Seed
	shards  [storedKeyShards]storedKeyShard[K]
	count   atomic.Int64  // of keys
	enough  atomic.Int64  // so many are crowded
	crowded chan struct{} // has room for one: there is something to drop
	rounds  atomic.Uint64 // of dropping, begun so far
}

const (
	storedKeyShards  = 16
	storedKeysAtEase = 1024 // so many are never crowded
)

type storedKeyShard[K comparable] struct {
	mu    sync.Mutex
	known map[any]*storedKey[K]
}

// storedKey is guarded by the lock of its shard.
type storedKey[K comparable] struct {
	key   K
	uses  int    // fills under way
	round uint64 // the last one in which it was in use
}

func newStoredKeys[K comparable]() *storedKeys[K] {
	s := &storedKeys[K]{seed: maphash.MakeSeed(), crowded: make(chan struct{}, 1)}
	s.enough.Store(storedKeysAtEase)
	for i := range s.shards {
		s.shards[i].known = make(map[any]*storedKey[K])
	}
	return s
}

func (s *storedKeys[K]) shard(stored any) *storedKeyShard[K] {
	return &s.shards[maphash.Comparable(s.seed, stored)%storedKeyShards]
}

// use notes that key, which is stored as stored, is about to be filled. The fill ends with a call of leave.
func (s *storedKeys[K]) use(stored any, key K) {
	shard := s.shard(stored)
	shard.mu.Lock()
	known := shard.known[stored]
	if known == nil {
		known = &storedKey[K]{key: key}
		shard.known[stored] = known
		s.count.Add(1)
	}
	known.uses++
	shard.mu.Unlock()
	if s.count.Load() > s.enough.Load() {
		select {
		case s.crowded <- struct{}{}:
		default:
		}
	}
}

// leave ends a use. Whether there is a copy now, the next round finds out.
func (s *storedKeys[K]) leave(stored any) {
	shard := s.shard(stored)
	shard.mu.Lock()
	defer shard.mu.Unlock()
	known := shard.known[stored]
	known.uses--
	known.round = s.rounds.Load()
}

// find returns the key that is stored as stored.
func (s *storedKeys[K]) find(stored any) (key K, noted bool) {
	shard := s.shard(stored)
	shard.mu.Lock()
	defer shard.mu.Unlock()
	if known := shard.known[stored]; known != nil {
		return known.key, true
	}
	return key, false
}

// begin begins a round of dropping. Keys in use from now on are spared by it.
func (s *storedKeys[K]) begin() (round uint64) { return s.rounds.Add(1) }

// before yields the keys that have not been in use since the round began. When it ends, what is left is enough until
// twice as many are there.
func (s *storedKeys[K]) before(round uint64) iter.Seq2[any, K] {
	return func(yield func(any, K) bool) {
		for i := range s.shards {
			for stored, key := range s.shards[i].before(round) {
				if !yield(stored, key) {
					return
				}
			}
		}
		s.enough.Store(max(storedKeysAtEase, 2*s.count.Load()))
	}
}

func (s *storedKeyShard[K]) before(round uint64) map[any]K {
	s.mu.Lock()
	defer s.mu.Unlock()
	unused := make(map[any]K)
	for stored, known := range s.known {
		if known.unused(round) {
			unused[stored] = known.key
		}
	}
	return unused
}

// drop forgets a key, if it has still not been in use since the round began.
func (s *storedKeys[K]) drop(stored any, round uint64) {
	shard := s.shard(stored)
	shard.mu.Lock()
	defer shard.mu.Unlock()
	if shard.known[stored].unused(round) {
		delete(shard.known, stored)
		s.count.Add(-1)
	}
}

func (k *storedKey[K]) unused(round uint64) bool { return k.uses == 0 && k.round < round }
