package rediscache_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

func TestLeaseIsOfOneCache(t *testing.T) {
	client := redistest.Shared(t).Client(t)
	options := &rediscache.Options{Prefix: nextPrefix()}
	cache, other := newCache(t, client, options), newCache(t, client, options) // over the same keys
	ctx := t.Context()
	for _, kind := range leaseKinds {
		t.Run(kind.name, func(t *testing.T) {
			key := kind.name
			l := kind.take(t, cache, key)
			before, absent := cache.Get(ctx, key)
			for name, err := range map[string]error{
				"Fill":        other.Fill(ctx, key, l, entry{Value: []byte("filled")}),
				"FillMany":    ctxcache.KeyError(other.FillMany(ctx, map[string]entry{key: {}}, map[string]lease{key: l}), key),
				"Release":     other.Release(ctx, key, l),
				"ReleaseMany": ctxcache.KeyError(other.ReleaseMany(ctx, map[string]lease{key: l}), key),
				"Drop":        other.Drop(ctx, key, l),
			} {
				if err != ctxcache.ErrLeaseLost {
					t.Errorf("%s at another cache: %v", name, err)
				}
			}
			if got, err := cache.Get(ctx, key); string(got) != string(before) || err != absent {
				t.Errorf("then Get: %q, %v", got, err)
			}
			must(t, cache.Release(ctx, key, l))
		})
	}
}

// A key function that sees the context could give one tenant's value to another.
func TestLeaseIsOfOneKey(t *testing.T) {
	cache := newCache(t, redistest.Shared(t).Client(t), &rediscache.Options{Prefix: nextPrefix()})
	ctx := t.Context()
	for _, kind := range leaseKinds {
		t.Run(kind.name, func(t *testing.T) {
			l, others := kind.take(t, cache, kind.name), kind.take(t, cache, kind.name+"other")
			if err := cache.Fill(ctx, kind.name+"other", l, entry{Value: []byte("filled")}); err != ctxcache.ErrLeaseLost {
				t.Errorf("Fill of another key: %v", err)
			}
			err := cache.FillMany(ctx, map[string]entry{kind.name + "other": {}}, map[string]lease{kind.name + "other": l})
			if err := ctxcache.KeyError(err, kind.name+"other"); err != ctxcache.ErrLeaseLost {
				t.Errorf("FillMany of another key: %v", err)
			}
			err = cache.ReleaseMany(ctx, map[string]lease{kind.name + "other": l})
			for name, err := range map[string]error{
				"Release":     cache.Release(ctx, kind.name+"other", l),
				"ReleaseMany": ctxcache.KeyError(err, kind.name+"other"),
				"Drop":        cache.Drop(ctx, kind.name+"other", l),
			} {
				if err != ctxcache.ErrLeaseLost {
					t.Errorf("%s of another key: %v", name, err)
				}
			}
			// Both stand.
			must(t, cache.Fill(ctx, kind.name, l, entry{Value: []byte("filled")}))
			must(t, cache.Fill(ctx, kind.name+"other", others, entry{Value: []byte("filled")}))
		})
	}
}

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

func TestDropEndsTheLeaseAlone(t *testing.T) {
	cache := newCache(t, redistest.Shared(t).Client(t), &rediscache.Options{Prefix: nextPrefix()})
	ctx := t.Context()
	for _, kind := range leaseKinds {
		t.Run(kind.name, func(t *testing.T) {
			key := kind.name
			must(t, cache.Drop(ctx, key, kind.take(t, cache, key)))
			if _, err := cache.Get(ctx, key); err != ctxcache.ErrMiss {
				t.Errorf("Get after Drop: %v", err)
			}
			// A newer holder stays.
			old := kind.take(t, cache, key)
			must(t, cache.Delete(ctx, key))
			newer := absentLease(t, ctx, cache, key)
			if err := cache.Drop(ctx, key, old); err != ctxcache.ErrLeaseLost {
				t.Errorf("Drop of the old lease: %v", err)
			}
			must(t, cache.Fill(ctx, key, newer, entry{Value: []byte("newer")}))
			// And so does what it has stored.
			if err := cache.Drop(ctx, key, newer); err != ctxcache.ErrLeaseLost {
				t.Errorf("Drop after Fill: %v", err)
			}
			if got, err := cache.Get(ctx, key); string(got) != "newer" || err != nil {
				t.Errorf("Get: %q, %v", got, err)
			}
		})
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

func TestLeaseLivesWithTheLoad(t *testing.T) {
	t.Parallel()
	client := redistest.Shared(t).Client(t)
	prefix := nextPrefix()
	cache := newCache(t, client, &rediscache.Options{Prefix: prefix, LeaseTTL: renewed})
	load, end := context.WithCancel(t.Context())
	defer end()
	call, leave := context.WithCancel(t.Context())
	ctx := ctxcache.ForLoad(call, load)
	single := absentLease(t, ctx, cache, "single")
	_, many, err := cache.GetLeases(ctx, []string{"many"}, 0)
	must(t, err)
	ended := absentLease(t, ctx, cache, "ended")
	leave() // as a layer does that bounds the call

	awaitRenewals(t, client, 2*renewed, prefix+"single", prefix+"many", prefix+"ended")
	must(t, cache.Fill(t.Context(), "single", single, entry{Value: []byte("value")}))
	must(t, cache.Fill(t.Context(), "many", many["many"], entry{Value: []byte("value")}))
	end()
	await(t, "the marker ran out with the load", func() bool { return deadline(t, client, prefix+"ended") == 0 })
	if err := cache.Release(t.Context(), "ended", ended); err != ctxcache.ErrLeaseLost {
		t.Errorf("Release of a lease that ran out: %v", err)
	}
}

func TestLoadThatCannotEndIsNotRenewed(t *testing.T) {
	t.Parallel()
	client := redistest.Shared(t).Client(t)
	prefix := nextPrefix()
	cache := newCache(t, client, &rediscache.Options{Prefix: prefix, LeaseTTL: 100 * time.Millisecond})
	for name, ctx := range map[string]context.Context{
		"call": context.WithoutCancel(t.Context()),
		"load": ctxcache.ForLoad(t.Context(), context.WithoutCancel(t.Context())),
	} {
		l := absentLease(t, ctx, cache, name)
		await(t, "the marker ran out", func() bool { return deadline(t, client, prefix+name) == 0 })
		if err := cache.Fill(t.Context(), name, l, entry{Value: []byte("late")}); err != ctxcache.ErrLeaseLost {
			t.Errorf("Fill for a %s that cannot end: %v", name, err)
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
