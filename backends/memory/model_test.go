package memory_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/bench/hitratio"
	"github.com/ctxcache/cached/ctxcache"
)

// twoOfAKind are a cache of one shard and the literal model of its policy. The model gets the cache's hash of keys, and
// both have the same tables of ghosts. So chance decides nothing: they must hit and miss together, evict the same key at
// the same access, and have the same share of small, to the last bit.
type twoOfAKind struct {
	cache *memory.Cache[uint64, int]
	model *hitratio.Adaptive

	left, leftModel []uint64 // what an access has evicted
}

func newTwoOfAKind(capacity int) *twoOfAKind {
	k := &twoOfAKind{}
	k.cache = memory.New(&memory.Options[uint64, int]{
		MaxEntries: capacity, Shards: 1,
		OnEvict: func(key uint64, _ int, _ memory.Cause) { k.left = append(k.left, key) },
	})
	k.model = hitratio.NewHashed(capacity, k.cache.Hash)
	k.model.Evicted = func(key uint64) { k.leftModel = append(k.leftModel, key) }
	return k
}

// access reads key, and writes it after a miss. It returns what is different then, or nil.
func (k *twoOfAKind) access(ctx context.Context, key uint64) error {
	k.left, k.leftModel = k.left[:0], k.leftModel[:0]
	_, err := k.cache.Get(ctx, key)
	hit := err == nil
	if err == ctxcache.ErrMiss {
		err = k.cache.Set(ctx, key, 0, 0)
	}
	hitModel := k.model.Access(key)
	switch {
	case err != nil:
		return err
	case hit != hitModel:
		return fmt.Errorf("hit is %v, and the model's is %v", hit, hitModel)
	case !slices.Equal(k.left, k.leftModel):
		return fmt.Errorf("%v left, and the model evicts %v", k.left, k.leftModel)
	case k.cache.Share() != k.model.Share():
		return fmt.Errorf("the share is %v, and the model's is %v", k.cache.Share(), k.model.Share())
	default:
		return nil
	}
}

// epochAccesses is the length of an epoch of both, for each entry.
const epochAccesses = 10

// mixed makes accesses of every kind, in parts: keys of a Zipf distribution, which moves on or does not, a loop that fits and one
// that just does not, keys that come once, and keys that come twice. In small caches, a loop that fits may last for more epochs than three bits
// can count.
func mixed(capacity, parts int) []uint64 {
	r := rand.New(rand.NewPCG(1, uint64(capacity)))
	size := uint64(capacity)
	zipf := rand.NewZipf(r, 1.01, 1, 4*size)
	fresh := uint64(1 << 32)
	var keys []uint64
	for range parts {
		kind, distance, accesses := r.IntN(6), 1+r.Uint64N(2*size), 1+r.Uint64N(3*size)
		if kind == 1 && size < 100 {
			accesses *= 4 * epochAccesses
		}
		for i := range accesses {
			switch kind {
			case 0:
				keys = append(keys, zipf.Uint64())
			case 1:
				keys = append(keys, i%(1+size*3/4))
			case 2:
				keys = append(keys, i%(1+size*6/5))
			case 3:
				keys = append(keys, fresh)
			case 4:
				keys = append(keys, fresh, fresh-distance)
			case 5:
				keys = append(keys, zipf.Uint64()+fresh/4)
			}
			fresh++
		}
	}
	return keys
}

// The engine decides as its model does, in caches of one shard. The hash of keys is another one at each run.
func TestAdaptiveDoesWhatItsModelDoes(t *testing.T) {
	for _, test := range []struct{ capacity, parts int }{{1, 1000}, {2, 500}, {9, 500}, {100, 150}, {500, 60}, {1500, 20}} {
		t.Run(fmt.Sprint(test.capacity), func(t *testing.T) {
			k := newTwoOfAKind(test.capacity)
			for at, key := range mixed(test.capacity, test.parts) {
				if err := k.access(t.Context(), key); err != nil {
					t.Fatalf("access %d, of key %d: %v", at, key, err)
				}
			}
			mustBeSound(t, k.cache)
		})
	}
}

// Keys come twice from the beginning, so there are hits before the first eviction.
func TestAdaptiveDoesWhatItsModelDoesWithKeysThatComeTwice(t *testing.T) {
	k := newTwoOfAKind(4_000)
	for key := range uint64(20_000) {
		for _, key := range []uint64{1_200 + key, key} {
			if err := k.access(t.Context(), key); err != nil {
				t.Fatalf("key %d: %v", key, err)
			}
		}
	}
}

// Chosen accesses to small caches. Rapid shows the shortest ones where the two differ.
func TestAdaptiveDoesWhatItsModelDoesInSmall(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := newTwoOfAKind(rapid.IntRange(1, 40).Draw(t, "capacity"))
		for range rapid.IntRange(1, 8).Draw(t, "parts") {
			first := rapid.Uint64Range(0, 60).Draw(t, "first")
			keys := rapid.Uint64Range(1, 60).Draw(t, "keys")
			for i := range rapid.Uint64Range(1, 100).Draw(t, "accesses") {
				if err := k.access(t.Context(), first+i*i*i%keys); err != nil {
					t.Fatalf("access %d: %v", i, err)
				}
			}
		}
	})
}
