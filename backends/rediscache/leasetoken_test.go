package rediscache_test

import (
	"context"
	"errors"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

func TestLeasesAfterClose(t *testing.T) {
	client := redistest.Shared(t).Client(t)
	for _, kind := range leaseKinds {
		cache := newCache(t, client, &rediscache.Options{Prefix: nextPrefix()})
		l := kind.take(t, cache, "key")
		must(t, cache.Close())
		sent := record(client)
		ctx := t.Context()
		for name, err := range map[string]error{
			"Fill":     cache.Fill(ctx, "key", l, entry{Value: []byte("late")}),
			"FillMany": cache.FillMany(ctx, map[string]entry{"key": {}}, map[string]lease{"key": l}),
		} {
			if !errors.Is(err, ctxcache.ErrClosed) {
				t.Errorf("%s of a lease on a key that is %s: %v", name, kind.name, err)
			}
		}
		must(t, cache.Release(ctx, "key", l))
		must(t, cache.Drop(ctx, "key", l))
		must(t, cache.ReleaseMany(ctx, map[string]lease{"key": l}))
		if trips := sent.take(); len(trips) != 0 {
			t.Errorf("a closed cache sends %q", trips)
		}
		done, cancel := context.WithCancel(ctx)
		cancel()
		if err := cache.Release(done, "key", l); err != context.Canceled {
			t.Errorf("Release with a done context: %v", err)
		}
	}
}

// A Fill that failed, since memory is full, is followed by a Drop: the old value must not stay.
func TestDropWhenMemoryIsFull(t *testing.T) {
	client := redistest.Start(t, "--maxmemory-policy", "noeviction").Client(t)
	cache := newCache(t, client, &rediscache.Options{Prefix: "p:"})
	ctx := t.Context()
	var taken []lease
	for _, kind := range leaseKinds {
		taken = append(taken, kind.take(t, cache, kind.name))
	}
	must(t, client.ConfigSet(ctx, "maxmemory", "1").Err())
	for i, kind := range leaseKinds {
		fails(t, cache.Fill(ctx, kind.name, taken[i], entry{Value: []byte("new")}), ctxcache.OpFill)
		must(t, cache.Drop(ctx, kind.name, taken[i]))
		if n, err := client.Exists(ctx, "p:"+kind.name).Result(); err != nil || n != 0 {
			t.Errorf("Drop of a lease on a key that was %s leaves something: %d, %v", kind.name, n, err)
		}
	}
}

func TestLeasesOfAPlainCache(t *testing.T) {
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1"}) // never asked
	t.Cleanup(func() { must(t, client.Close()) })
	cache := newCache(t, client, &rediscache.Options{Plain: true})
	ctx := t.Context()
	_, _, single := cache.GetLease(ctx, "key", 0)
	_, _, many := cache.GetLeases(ctx, []string{"key"}, 0)
	for name, err := range map[string]error{
		"GetLease":    single,
		"GetLeases":   many,
		"Fill":        cache.Fill(ctx, "key", lease{}, entry{}),
		"FillMany":    cache.FillMany(ctx, map[string]entry{"key": {}}, nil),
		"Release":     cache.Release(ctx, "key", lease{}),
		"ReleaseMany": cache.ReleaseMany(ctx, nil),
		"Drop":        cache.Drop(ctx, "key", lease{}),
	} {
		if err != errors.ErrUnsupported {
			t.Errorf("%s: %v", name, err)
		}
	}
}
