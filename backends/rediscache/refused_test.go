package rediscache_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

// refusals are clients whose connections a server refuses by an answer. For pipelines, go-redis returns this answer only
// from Exec.
func refusals(t *testing.T) map[string]struct {
	client redis.UniversalClient
	reason string
} {
	t.Helper()
	type refusal = struct {
		client redis.UniversalClient
		reason string
	}
	open, locked := redistest.Start(t), redistest.Start(t, "--requirepass", "hunter2")
	wrong := locked.Options()
	wrong.Password = "other"
	database := open.Options()
	database.DB = 99
	cases := map[string]refusal{
		"no password":        {redis.NewClient(locked.Options()), "NOAUTH"},
		"wrong password":     {redis.NewClient(wrong), "WRONGPASS"},
		"no such database":   {redis.NewClient(database), "DB index is out of range"},
		"no such sentinel":   {redis.NewFailoverClient(&redis.FailoverOptions{MasterName: "m", SentinelAddrs: []string{open.Addr}}), "sentinels"},
		"a server of a Ring": {redis.NewRing(&redis.RingOptions{Addrs: map[string]string{"one": locked.Addr}, HeartbeatFrequency: hour}), "NOAUTH"},
		"a Cluster":          {redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{locked.Addr}, MaxRedirects: -1}), "NOAUTH"},
	}
	for _, c := range cases {
		t.Cleanup(func() { must(t, c.client.Close()) })
	}
	return cases
}

func TestRefusedConnectionFailsEveryCall(t *testing.T) {
	t.Parallel() // it mostly waits
	for name, c := range refusals(t) {
		cache := newCache(t, c.client, &rediscache.Options{Prefix: "p:"})
		for _, operation := range operations {
			t.Run(name+"/"+operation.Name, func(t *testing.T) {
				err := operation.Call(t.Context(), cache)
				if err == errors.ErrUnsupported && strings.HasPrefix(operation.Name, "GetLease") && strings.Contains(name, "Ring") {
					return
				}
				fails(t, err, operation.Op)
				if !strings.Contains(err.Error(), c.reason) {
					t.Errorf("the error does not say %q: %v", c.reason, err)
				}
				if n := strings.Count(err.Error(), "\n"); n > 0 {
					t.Errorf("the error has %d lines: %v", n+1, err)
				}
			})
		}
	}
}

// A password that is changed while leases are out.
func TestRefusedConnectionFailsEveryCallWithALease(t *testing.T) {
	server := redistest.Start(t)
	direct := server.Client(t)
	for name, spend := range map[string]func(ctx context.Context, c *rediscache.Cache, l map[string]lease) error{
		"Fill": func(ctx context.Context, c *rediscache.Cache, l map[string]lease) error {
			return c.Fill(ctx, "a", l["a"], entry{Value: []byte("v")})
		},
		"FillMany": func(ctx context.Context, c *rediscache.Cache, l map[string]lease) error {
			return ctxcache.KeyError(c.FillMany(ctx, map[string]entry{"a": {}, "b": {}}, l), "b")
		},
		"Release": func(ctx context.Context, c *rediscache.Cache, l map[string]lease) error {
			return c.Release(ctx, "a", l["a"])
		},
		"ReleaseMany": func(ctx context.Context, c *rediscache.Cache, l map[string]lease) error {
			return ctxcache.KeyError(c.ReleaseMany(ctx, l), "b")
		},
		"Drop": func(ctx context.Context, c *rediscache.Cache, l map[string]lease) error {
			return c.Drop(ctx, "a", l["a"])
		},
	} {
		t.Run(name, func(t *testing.T) {
			must(t, direct.ConfigSet(t.Context(), "requirepass", "").Err())
			options := server.Options()
			options.MaxRetries = 1
			client := redis.NewClient(options)
			t.Cleanup(func() { must(t, client.Close()) })
			cache := newCache(t, client, &rediscache.Options{Prefix: nextPrefix(), LeaseTTL: hour})
			_, leases, err := cache.GetLeases(t.Context(), []string{"a", "b"}, 0)
			must(t, err)
			must(t, direct.ConfigSet(t.Context(), "requirepass", "hunter2").Err())
			must(t, direct.Do(t.Context(), "AUTH", "hunter2").Err())
			must(t, direct.ClientKillByFilter(t.Context(), "TYPE", "normal", "SKIPME", "yes").Err())
			err = spend(t.Context(), cache, leases)
			if err == nil || err == ctxcache.ErrLeaseLost || !strings.Contains(err.Error(), "NOAUTH") {
				t.Errorf("got %v, want NOAUTH", err)
			}
		})
	}
	must(t, direct.ConfigSet(t.Context(), "requirepass", "").Err())
}

// One server of a Ring refuses. The keys of the other are written, and every key that was not has the reason.
func TestServerOfARingThatRefuses(t *testing.T) {
	open, locked := redistest.Start(t), redistest.Start(t, "--requirepass", "hunter2")
	ring := redis.NewRing(&redis.RingOptions{
		Addrs: map[string]string{"open": open.Addr, "locked": locked.Addr}, HeartbeatFrequency: hour,
	})
	t.Cleanup(func() { must(t, ring.Close()) })
	cache := newCache(t, ring, &rediscache.Options{Prefix: "p:"})
	ctx := t.Context()
	entries := make(map[string]entry)
	var keys []string
	for i := range 40 {
		keys = append(keys, fmt.Sprint("key", i))
		entries[keys[i]] = ctxcache.NewEntry([]byte("value"), hour)
	}
	direct := open.Client(t)
	for name, call := range map[string]func() error{
		"SetEntries": func() error { return cache.SetEntries(ctx, entries) },
		"GetEntries": func() error { return second(cache.GetEntries(ctx, keys)) },
		"DeleteMany": func() error { return cache.DeleteMany(ctx, keys) },
	} {
		for _, key := range keys {
			must(t, direct.Set(ctx, "p:"+key, "old", time.Minute).Err())
		}
		many, some := errors.AsType[*ctxcache.ManyError[string]](call())
		if !some || len(many.Failed) == 0 || len(many.Failed) == len(keys) {
			t.Errorf("%s: %v", name, many)
			continue
		}
		for key, err := range many.Failed {
			if !strings.Contains(err.Error(), "NOAUTH") {
				t.Errorf("%s of %s: %v", name, key, err)
			}
		}
	}
	fails(t, cache.Clear(ctx, scope{}), ctxcache.OpClear)
}
