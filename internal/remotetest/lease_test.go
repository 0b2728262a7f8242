package remotetest_test

import (
	"context"
	"testing"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/remotetest"
)

func TestLeasesThatAreNoGood(t *testing.T) {
	remotetest.Each(t, func(t *testing.T, kind remotetest.Kind) {
		server := kind.Shared(t)
		for _, leased := range leaseKinds {
			for _, s := range remotetest.Spenders {
				t.Run(leased.name+"/"+s.Name, func(t *testing.T) {
					options := remotetest.Options{Prefix: remotetest.NextPrefix()}
					cache, twin := server.Cache(t, options), server.Cache(t, options)
					ctx := t.Context()
					good, other := leased.take(t, cache, "key"), leased.take(t, cache, "other")
					before, absent := cache.Get(ctx, "key")
					if s.Op != ctxcache.OpReleaseMany { // it skips leases that were not granted
						isLost(t, "the zero lease", s.Call(ctx, cache, "key", lease{}))
						isLost(t, "a refused lease", s.Call(ctx, cache, "key", ctxcache.NoLease(ctxcache.Loading)))
					}
					isLost(t, "a token of somebody else", s.Call(ctx, cache, "key", ctxcache.NewLease("token")))
					// A key function that sees the context could give one tenant's value to another.
					isLost(t, "the lease of another key", s.Call(ctx, cache, "key", other))
					isLost(t, "the lease of another cache", s.Call(ctx, twin, "key", good))
					if got, err := cache.Get(ctx, "key"); string(got) != string(before) || err != absent {
						t.Errorf("then Get: %q, %v, want %q, %v", got, err, before, absent)
					}
					remotetest.Must(t, fill(t, cache, "key", good, "value"))
					remotetest.Must(t, fill(t, cache, "other", other, "value"))
				})
			}
		}
	})
}

func TestDropEndsTheLeaseAlone(t *testing.T) {
	remotetest.Each(t, func(t *testing.T, kind remotetest.Kind) {
		cache := kind.Shared(t).Cache(t, remotetest.Options{Prefix: remotetest.NextPrefix()})
		ctx := t.Context()
		for _, leased := range leaseKinds {
			t.Run(leased.name, func(t *testing.T) {
				key := leased.name
				remotetest.Must(t, cache.Drop(ctx, key, leased.take(t, cache, key)))
				misses(t, cache, key)
				// A newer holder stays.
				old := leased.take(t, cache, key)
				remotetest.Must(t, cache.Delete(ctx, key))
				newer := absentLease(t, ctx, cache, key)
				isLost(t, "Drop of the old lease", cache.Drop(ctx, key, old))
				remotetest.Must(t, fill(t, cache, key, newer, "newer"))
				// And so does what it has stored.
				isLost(t, "Drop after Fill", cache.Drop(ctx, key, newer))
				holds(t, cache, key, "newer")
			})
		}
	})
}

func TestStalledHolderLosesTheLease(t *testing.T) {
	t.Parallel() // it mostly waits
	remotetest.Each(t, func(t *testing.T, kind remotetest.Kind) {
		t.Parallel()
		cache := kind.Shared(t).Cache(t, remotetest.Options{Prefix: remotetest.NextPrefix(), LeaseTTL: kind.LeaseTTL})
		// The context ends, and with it the renewal, as if the holder's process had stalled.
		ctx, cancel := context.WithCancel(t.Context())
		stalled := absentLease(t, ctx, cache, "key")
		cancel()
		next := awaitLease(t, cache, "key")
		isLost(t, "Drop of the stalled holder", cache.Drop(t.Context(), "key", stalled))
		isLost(t, "Fill of the stalled holder", fill(t, cache, "key", stalled, "old"))
		isLost(t, "Release of the stalled holder", cache.Release(t.Context(), "key", stalled))
		remotetest.Must(t, fill(t, cache, "key", next, "new")) // the stalled holder did not touch the new lease
	})
}
