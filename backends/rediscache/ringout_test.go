package rediscache_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

// deletions are all ways to delete "key", and to ask what there is.
var deletions = map[ctxcache.Operation]func(ctx context.Context, c *rediscache.Cache, keys []string) error{
	ctxcache.OpDelete: func(ctx context.Context, c *rediscache.Cache, keys []string) (err error) {
		for _, key := range keys {
			err = c.Delete(ctx, key)
			if err == nil {
				return nil // none may succeed
			}
		}
		return err
	},
	ctxcache.OpRemove: func(ctx context.Context, c *rediscache.Cache, keys []string) error {
		return second(c.Remove(ctx, keys[0]))
	},
	ctxcache.OpDeleteMany: func(ctx context.Context, c *rediscache.Cache, keys []string) error {
		err := c.DeleteMany(ctx, keys)
		for _, key := range keys {
			if err := ctxcache.KeyError(err, key); err == nil {
				return nil // none may succeed
			}
		}
		return ctxcache.KeyError(err, keys[0])
	},
	ctxcache.OpClear: func(ctx context.Context, c *rediscache.Cache, _ []string) error { return c.Clear(ctx, scope{}) },
	ctxcache.OpLen:   func(ctx context.Context, c *rediscache.Cache, _ []string) error { return second(c.Len(ctx, scope{})) },
	ctxcache.OpKeys: func(ctx context.Context, c *rediscache.Cache, _ []string) (last error) {
		for _, err := range c.Keys(ctx, scope{}) {
			last = err
		}
		return last
	},
}

func TestRingThatLeavesAServerOut(t *testing.T) {
	t.Parallel() // it mostly waits
	one, two := redistest.Start(t), redistest.Start(t)
	ring := newRing(t, map[string]string{"one": one.Addr, "two": two.Addr})
	early := newCache(t, ring, &rediscache.Options{Prefix: "p:"})
	ctx := t.Context()
	var keys []string
	entries := make(map[string]entry)
	for i := range 20 {
		keys = append(keys, fmt.Sprint("key", i))
		entries[keys[i]] = ctxcache.NewEntry([]byte("value"), hour)
	}
	noticed := func(servers int) {
		t.Helper()
		await(t, "the ring noticed", func() bool { return ring.Len() == servers })
	}
	fail := func(when string, c *rediscache.Cache) {
		t.Helper()
		for op, remove := range deletions {
			if err := remove(ctx, c, keys); err == nil {
				t.Errorf("%s, %s: no error", when, op)
			} else {
				fails(t, err, op)
			}
		}
	}
	must(t, early.SetEntries(ctx, entries))
	two.Stop()
	noticed(1)
	late := newCache(t, ring, &rediscache.Options{Prefix: "p:"}) // it has never seen the server that is out
	for when, c := range map[string]*rediscache.Cache{"one is out": early, "one was out before": late} {
		fail(when, c)
		must(t, c.SetEntries(ctx, entries)) // reads and writes go on
		found, err := c.GetEntries(ctx, keys)
		if must(t, err); len(found) != len(keys) {
			t.Errorf("%s: GetEntries finds %d of %d", when, len(found), len(keys))
		}
		must(t, c.Set(ctx, "key", []byte("value"), hour))
		must(t, second(c.Get(ctx, "key")))
	}
	one.Stop()
	noticed(0)
	fail("all are out", early)
	fail("all are out", late)
	one.Restart()
	two.Restart()
	noticed(2)
	for _, c := range []*rediscache.Cache{early, late} {
		// After many dials that failed, go-redis dials only once a second, and calls that need a new connection fail.
		await(t, "entries could be set", func() bool { return c.SetEntries(ctx, entries) == nil })
		for op, remove := range deletions {
			await(t, string(op)+" worked when both were back", func() bool { return remove(ctx, c, keys) == nil })
		}
	}
}

func TestRingHasNoLeases(t *testing.T) {
	ring := redis.NewRing(&redis.RingOptions{Addrs: map[string]string{"one": "127.0.0.1:1"}}) // never asked
	t.Cleanup(func() { must(t, ring.Close()) })
	cache := newCache(t, ring, nil)
	if caps := cache.Supports(); caps&(ctxcache.CapLease|ctxcache.CapLeaseShared) != 0 {
		t.Errorf("it supports %v", caps)
	}
	ctx := t.Context()
	_, _, single := cache.GetLease(ctx, "key", 0)
	_, _, many := cache.GetLeases(ctx, []string{"key"}, 0)
	for name, err := range map[string]error{
		"GetLease": single, "GetLeases": many, "Fill": cache.Fill(ctx, "key", lease{}, entry{}),
		"Drop": cache.Drop(ctx, "key", lease{}),
	} {
		if err != errors.ErrUnsupported {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestClientThatReadsOldValuesIsRefused(t *testing.T) {
	const nobody = "127.0.0.1:1" // never asked
	caching := func(o *redis.Options) *redis.Client {
		o.ClientSideCacheConfig = &redis.ClientSideCacheConfig{MaxEntries: 10}
		return redis.NewClient(o)
	}
	sentinel := func(o redis.FailoverOptions) *redis.ClusterClient {
		o.MasterName, o.SentinelAddrs = "m", []string{nobody}
		return redis.NewFailoverClusterClient(&o)
	}
	for name, c := range map[string]struct {
		client redis.UniversalClient
		good   bool
	}{
		"Cluster":                               {redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{nobody}}), true},
		"Cluster, ReadOnly":                     {redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{nobody}, ReadOnly: true}), false},
		"Cluster, RouteByLatency":               {redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{nobody}, RouteByLatency: true}), false},
		"Cluster, RouteRandomly":                {redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{nobody}, RouteRandomly: true}), false},
		"Sentinel":                              {sentinel(redis.FailoverOptions{}), true},
		"Sentinel, ReplicaOnly":                 {sentinel(redis.FailoverOptions{ReplicaOnly: true}), false},
		"Sentinel, RouteByLatency":              {sentinel(redis.FailoverOptions{RouteByLatency: true}), false},
		"Sentinel, RouteRandomly":               {sentinel(redis.FailoverOptions{RouteRandomly: true}), false},
		"client-side cache":                     {caching(&redis.Options{Addr: nobody, Protocol: 3}), false},
		"client-side cache, by default RESP3":   {caching(&redis.Options{Addr: nobody}), false},
		"client-side cache that RESP2 disables": {caching(&redis.Options{Addr: nobody, Protocol: 2}), true},
		"Ring with a client-side cache": {redis.NewRing(&redis.RingOptions{
			Addrs: map[string]string{"one": nobody}, NewClient: caching, HeartbeatFrequency: hour,
		}), false},
		"universal, ReadOnly": {redis.NewUniversalClient(&redis.UniversalOptions{Addrs: []string{nobody, nobody}, ReadOnly: true}), false},
	} {
		t.Run(name, func(t *testing.T) {
			defer c.client.Close()
			cache := rediscache.New(c.client, nil)
			if c.good {
				ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
				defer cancel()
				if err := cache.Delete(ctx, "key"); errors.Is(err, ctxcache.ErrOptions) {
					t.Errorf("refused: %v", err)
				}
			} else {
				for _, operation := range operations {
					if err := operation.Call(t.Context(), cache); !errors.Is(err, ctxcache.ErrOptions) {
						t.Errorf("%s: %v", operation.Name, err)
					}
				}
			}
			must(t, cache.Close())
		})
	}
}
