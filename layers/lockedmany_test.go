package layers_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers"
)

// newLockedOf returns a Locked cache with these caches as its shards.
func newLockedOf(shards ...ctxcache.Cache[string, int]) ctxcache.Cache[string, int] {
	return layers.Locked(len(shards), func() ctxcache.Cache[string, int] {
		next := shards[0]
		shards = shards[1:]
		return next
	})
}

// TestLockedReturnsLeasesThatItHas checks that GetLeases names the keys that have no lease, if the context ends between
// two shards: the caller must learn that it has leases of the other keys.
func TestLockedReturnsLeasesThatItHas(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	leaving := func() ctxcache.Cache[string, int] {
		return cachetest.Hooked(newMemory[int](), cachetest.Hook[string]{
			After: func(_ context.Context, call cachetest.Call[string], err error) error {
				if call.Operation == ctxcache.OpGetLeases {
					cancel()
				}
				return err
			},
		})
	}
	c := newLockedOf(leaving(), leaving())
	_, leases, err := ctxcache.GetLeases(ctx, c, manyKeys, 0)
	for _, key := range manyKeys {
		failed := ctxcache.KeyError(err, key)
		if leases[key].Granted() == (failed != nil) || failed != nil && failed != context.Canceled {
			t.Errorf("GetLeases says of %s: %v, %v", key, leases[key], failed)
		}
	}
	if len(leases) == 0 || len(leases) == len(manyKeys) {
		t.Errorf("%d leases, want those of one shard", len(leases))
	}
	if err := ctxcache.ReleaseMany(t.Context(), c, leases); err != nil {
		t.Errorf("ReleaseMany: %v", err)
	}
}

// TestLockedLeavesTheOtherShards checks that the context's error comes bare if it ends between two shards.
func TestLockedLeavesTheOtherShards(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	leaving := func() ctxcache.Cache[string, int] {
		return cachetest.Hooked(newMemory[int](), cachetest.Hook[string]{
			After: func(_ context.Context, _ cachetest.Call[string], err error) error {
				cancel()
				return err
			},
		})
	}
	c := newLockedOf(leaving(), leaving())
	if _, err := ctxcache.GetEntries(ctx, c, manyKeys); err != context.Canceled {
		t.Errorf("GetEntries: %v, want the context's error, bare", err)
	}
}

// TestLockedNamesUnsupportedKeys checks that ErrUnsupported names no keys if no shard has stored anything, and otherwise does. It tries
// often, because the order of the shards is random.
func TestLockedNamesUnsupportedKeys(t *testing.T) {
	entries := make(map[string]ctxcache.Entry[int])
	for i, key := range manyKeys {
		entries[key] = ctxcache.NewEntry(i, time.Hour)
	}
	for range 20 {
		good := newMemory[int]()
		refusing := cachetest.Hooked(newMemory[int](), cachetest.Hook[string]{
			Before: func(_ context.Context, call cachetest.Call[string]) error {
				if call.Operation == ctxcache.OpSetEntries {
					return errors.ErrUnsupported
				}
				return nil
			},
		})
		err := ctxcache.SetEntries(t.Context(), newLockedOf(good, refusing), entries)
		stored, countErr := ctxcache.Len(t.Context(), good)
		if countErr != nil {
			t.Fatal(countErr)
		}
		many, named := errors.AsType[*ctxcache.ManyError[string]](err)
		switch {
		case stored == 0 && (named || !errors.Is(err, errors.ErrUnsupported)):
			t.Errorf("SetEntries: %v, want ErrUnsupported of the whole call, because nothing was stored", err)
		case stored > 0 && (!named || len(many.Failed) != len(manyKeys)-stored || !errors.Is(err, errors.ErrUnsupported)):
			t.Errorf("SetEntries: %v, want ErrUnsupported for %d keys", err, len(manyKeys)-stored)
		}
	}
}

// TestLockedStatsOfSomeShards checks that the sum has the shards' name, and does not count the entries, if a shard
// reports nothing.
func TestLockedStatsOfSomeShards(t *testing.T) {
	silent := cachetest.Hooked(layers.Stats(newMemory[int](), "shard"), cachetest.Hook[string]{
		Before: func(_ context.Context, call cachetest.Call[string]) error {
			if call.Operation == ctxcache.OpStats {
				return errOutage
			}
			return nil
		},
	})
	c := newLockedOf(silent, layers.Stats(newMemory[int](), "shard"))
	for i, key := range manyKeys {
		layertest.MustSet(t, c, key, i)
	}
	stats, err := ctxcache.GetStats(t.Context(), c)
	if !errors.Is(err, errOutage) || stats.Name != "shard" || stats.Entries != -1 || stats.Writes == 0 {
		t.Errorf("Stats = %+v, %v, want the other shard's counters", stats, err)
	}
}
