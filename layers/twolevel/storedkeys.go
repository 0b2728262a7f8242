package twolevel

import (
	"hash/maphash"
	"iter"
	"sync"
	"sync/atomic"

	"github.com/ctxcache/cached/internal/own"
	"github.com/ctxcache/cached/internal/shards"
)

// storedKeys maps the stored form of keys back to keys. An event has only the stored form, and that may be a
// hash. A key is noted before its value is read or written, and stays noted until it is dropped.
type storedKeys[K comparable] struct {
	seed    maphash.Seed
	shards  [storedKeyShards]storedKeyShard[K]
	count   atomic.Int64  // the number of keys
	enough  atomic.Int64  // more keys than this are crowded
	crowded chan struct{} // signals that there may be keys to drop; has room for one signal
	rounds  atomic.Uint64 // the rounds of dropping begun so far
}

const (
	storedKeyShards  = 16
	storedKeysAtEase = 1024 // this many keys are never crowded
)

type storedKeyShard[K comparable] struct {
	mu    sync.Mutex
	known map[any]*storedKey[K]
}

// storedKey is a noted key. The lock of its shard guards it.
type storedKey[K comparable] struct {
	key    K
	stored any
	uses   int    // fills under way
	round  uint64 // the last round that found the key in use
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
	return &s.shards[shards.Seeded(s.seed, stored, storedKeyShards)]
}

// use notes that key, whose stored form is stored, is about to be filled. Leave must be called with the result when the fill has
// ended: both may be views of a buffer that the caller uses again, so the note has copies of them.
func (s *storedKeys[K]) use(stored any, key K) (owned any) {
	shard := s.shard(stored)
	shard.mu.Lock()
	known := shard.known[stored]
	if known == nil {
		known = &storedKey[K]{key: own.Copy(key), stored: own.Copy(stored)}
		shard.known[known.stored] = known
		s.count.Add(1)
	}
	known.uses++
	owned = known.stored
	shard.mu.Unlock()
	if s.count.Load() > s.enough.Load() {
		select {
		case s.crowded <- struct{}{}:
		default:
		}
	}
	return owned
}

// leave ends a use. The next round of dropping finds out whether near has a copy.
func (s *storedKeys[K]) leave(stored any) {
	shard := s.shard(stored)
	shard.mu.Lock()
	defer shard.mu.Unlock()
	known := shard.known[stored]
	known.uses--
	known.round = s.rounds.Load()
}

// find returns the key whose stored form is stored, and reports whether it is noted.
func (s *storedKeys[K]) find(stored any) (key K, noted bool) {
	shard := s.shard(stored)
	shard.mu.Lock()
	defer shard.mu.Unlock()
	if known := shard.known[stored]; known != nil {
		return known.key, true
	}
	return key, false
}

// begin begins a round of dropping, and returns its number. The round spares keys that are in use from now on.
func (s *storedKeys[K]) begin() (round uint64) { return s.rounds.Add(1) }

// before yields the keys that have not been in use since the round began, with their stored forms. At its end, it sets
// the limit for crowded keys to twice the number of keys left.
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

// drop removes a key, unless it has been in use since the round began.
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
