package rediscache_test

import (
	"testing"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

func TestServerStats(t *testing.T) {
	client := redistest.Start(t).Client(t)
	shared := newCache(t, client, &rediscache.Options{Prefix: "p:"})
	whole := newCache(t, client, &rediscache.Options{WholeDatabase: true})
	ctx := t.Context()

	stats, err := shared.ServerStats(ctx)
	must(t, err)
	if stats.Name != "redis" || stats.HitRate() != 0 || stats.Reads != 0 || stats.Entries != -1 {
		t.Errorf("of a fresh server: %+v", stats)
	}
	must(t, shared.Set(ctx, "key", []byte("value"), hour))
	for name, read := range map[string]func(key string) error{
		"Get":      func(key string) error { return second(shared.Get(ctx, key)) },
		"Contains": func(key string) error { return second(shared.Contains(ctx, key)) },
		"GetEntry": func(key string) error { return second(shared.GetEntry(ctx, key)) },
		"GetEntries": func(key string) error {
			return second(shared.GetEntries(ctx, []string{key}))
		},
		"GetLease": func(key string) error {
			_, l, err := shared.GetLease(ctx, key, 0)
			if l.Granted() {
				return shared.Release(ctx, key, l)
			}
			return err
		},
	} {
		must(t, client.ConfigResetStat(ctx).Err())
		must(t, read("key"))
		if stats, err := shared.ServerStats(ctx); err != nil || stats.HitRate() != 1 || stats.Reads != stats.Hits {
			t.Errorf("%s of a value: %+v, %v", name, stats, err)
		}
		if err := read("absent"); err != nil && err != ctxcache.ErrMiss {
			t.Error(err)
		}
		if stats, err := shared.ServerStats(ctx); name != "GetLease" && (err != nil || stats.HitRate() != 0.5) {
			t.Errorf("%s of a value and of nothing: hit rate %v, %v", name, stats.HitRate(), err)
		}
	}
	if stats, err := whole.ServerStats(ctx); err != nil || stats.Entries != 1 {
		t.Errorf("of a whole database: %+v, %v", stats, err)
	}
}

func TestServerStatsOfACluster(t *testing.T) {
	client := redistest.StartCluster(t, 3).Client(t)
	cache := newCache(t, client, &rediscache.Options{WholeDatabase: true})
	ctx := t.Context()
	for _, key := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		must(t, cache.Set(ctx, key, nil, hour))
		must(t, second(cache.Get(ctx, key)))
	}
	stats, err := cache.ServerStats(ctx)
	must(t, err)
	if stats.Hits != 8 || stats.Misses != 0 || stats.Entries != 8 {
		t.Errorf("8 keys, each read once: %+v", stats)
	}
	must(t, cache.Clear(ctx, scope{}))
	if n, err := client.DBSize(ctx).Result(); err != nil || n != 0 {
		t.Errorf("Clear leaves %d keys on the masters, %v", n, err)
	}
}

func TestServerStatsOfExpiryAndEviction(t *testing.T) {
	client := redistest.Start(t).Client(t)
	cache := newCache(t, client, &rediscache.Options{Prefix: "p:"})
	ctx := t.Context()
	must(t, cache.Set(ctx, "short", nil, 1))
	must(t, cache.Set(ctx, "long", nil, hour))
	must(t, client.ConfigSet(ctx, "maxmemory-policy", "allkeys-lru").Err())
	await(t, "it expired", func() bool {
		must(t, dropMiss(second(cache.Get(ctx, "short"))))
		stats, err := cache.ServerStats(ctx)
		must(t, err)
		return stats.Expirations == 1
	})
	must(t, client.ConfigSet(ctx, "maxmemory", "1").Err())
	await(t, "it was evicted", func() bool {
		_ = cache.Set(ctx, "more", nil, hour) // refused or not: Redis makes room
		stats, err := cache.ServerStats(ctx)
		must(t, err)
		return stats.Evictions >= 1
	})
}

func dropMiss(err error) error {
	if err == ctxcache.ErrMiss {
		return nil
	}
	return err
}
