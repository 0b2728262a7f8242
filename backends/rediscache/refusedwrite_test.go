package rediscache_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

// takers are all ways to take the value of "key" away.
var takers = map[ctxcache.Operation]func(ctx context.Context, c *rediscache.Cache, l lease) error{
	ctxcache.OpDelete: func(ctx context.Context, c *rediscache.Cache, _ lease) error { return c.Delete(ctx, "key") },
	ctxcache.OpDeleteMany: func(ctx context.Context, c *rediscache.Cache, _ lease) error {
		return ctxcache.KeyError(c.DeleteMany(ctx, []string{"other", "key"}), "key")
	},
	ctxcache.OpRemove: func(ctx context.Context, c *rediscache.Cache, _ lease) error { return second(c.Remove(ctx, "key")) },
	ctxcache.OpDrop:   func(ctx context.Context, c *rediscache.Cache, l lease) error { return c.Drop(ctx, "key", l) },
	ctxcache.OpClear:  func(ctx context.Context, c *rediscache.Cache, _ lease) error { return c.Clear(ctx, scope{}) },
}

func TestRefusedDeletionKeepsTheOldValue(t *testing.T) {
	without := func(client *redis.Client, rules ...any) error {
		return client.Do(t.Context(), append([]any{"ACL", "SETUSER", "default"}, rules...)...).Err()
	}
	for name, c := range map[string]struct {
		on, off func(client *redis.Client) error
		options rediscache.Options
	}{
		"replicas are missing": {
			on: func(client *redis.Client) error {
				return client.ConfigSet(t.Context(), "min-replicas-to-write", "1").Err()
			},
			off: func(client *redis.Client) error {
				return client.ConfigSet(t.Context(), "min-replicas-to-write", "0").Err()
			},
			options: rediscache.Options{Prefix: "p:"},
		},
		"it is a replica": {
			on:      func(client *redis.Client) error { return client.ReplicaOf(t.Context(), "127.0.0.1", "1").Err() },
			off:     func(client *redis.Client) error { return client.ReplicaOf(t.Context(), "NO", "ONE").Err() },
			options: rediscache.Options{WholeDatabase: true},
		},
		"the user has no UNLINK": {
			on:      func(client *redis.Client) error { return without(client, "-unlink") },
			off:     func(client *redis.Client) error { return without(client, "+unlink") },
			options: rediscache.Options{Prefix: "p:"},
		},
		"the user has neither scripts nor UNLINK": {
			on:      func(client *redis.Client) error { return without(client, "-unlink", "-eval", "-evalsha") },
			off:     func(client *redis.Client) error { return without(client, "+unlink", "+eval", "+evalsha") },
			options: rediscache.Options{Prefix: "p:"},
		},
		"the user has no DEL": {
			on:      func(client *redis.Client) error { return without(client, "-del") },
			off:     func(client *redis.Client) error { return without(client, "+del") },
			options: rediscache.Options{Prefix: "p:", Plain: true},
		},
	} {
		t.Run(name, func(t *testing.T) {
			client := redistest.Start(t).Client(t)
			cache := newCache(t, client, &c.options)
			ctx := t.Context()
			for op, take := range takers {
				if c.options.Plain && op == ctxcache.OpDrop {
					continue
				}
				must(t, cache.Set(ctx, "key", []byte("old"), hour))
				var l lease
				if !c.options.Plain {
					l = refreshLease(t, cache, "key")
				}
				must(t, c.on(client))
				err := take(ctx, cache, l)
				got, gotErr := cache.Get(ctx, "key")
				must(t, c.off(client))
				if fails(t, err, op); !errors.Is(err, ctxcache.ErrRefused) || strings.Contains(err.Error(), "p:key") {
					t.Errorf("%s: %v, want %v", op, err, ctxcache.ErrRefused)
				}
				if string(got) != "old" || gotErr != nil {
					t.Errorf("%s leaves %q, %v", op, got, gotErr)
				}
			}
		})
	}
}

// A server that refuses connections, or reads, is out. Nobody gets the old value from it.
func TestOutageIsNotARefusal(t *testing.T) {
	for name, c := range refusals(t) {
		if name == "no such sentinel" {
			continue // go-redis makes this error itself
		}
		cache := newCache(t, c.client, &rediscache.Options{Prefix: "p:"})
		for op, take := range takers {
			if op == ctxcache.OpDrop {
				continue // there is no lease to drop
			}
			if err := take(t.Context(), cache, lease{}); err == nil || errors.Is(err, ctxcache.ErrRefused) {
				t.Errorf("%s, %s: %v", name, op, err)
			}
		}
		for how, store := range stores {
			if err := store(t.Context(), cache); err == nil || errors.Is(err, ctxcache.ErrRefused) {
				t.Errorf("%s, %s: %v", name, how, err)
			}
		}
	}
	for _, answer := range []string{
		"LOADING Redis is loading the dataset in memory", "MASTERDOWN Link with MASTER is down", "BUSY Redis is busy running a script",
		// twemproxy, predixy and Envoy say such things.
		"ERR Connection refused", "ERR Connection timed out", "ERR Connection reset by peer", "ERR Host is down", "ERR No route to host",
		"ERR Network is unreachable", "ERR server connection timeout", "no upstream host", "upstream failure",
	} {
		client := redis.NewClient(&redis.Options{Dialer: parrot("-" + answer + "\r\n"), Protocol: 2, DisableIdentity: true, MaxRetries: -1})
		t.Cleanup(func() { must(t, client.Close()) })
		cache := newCache(t, client, &rediscache.Options{Prefix: "p:"})
		err := cache.Delete(t.Context(), "key")
		if fails(t, err, ctxcache.OpDelete); errors.Is(err, ctxcache.ErrRefused) {
			t.Errorf("Delete: %v", err)
		}
	}
}

// The refusal of one key is not about the others.
func TestDeletionOfOneKeyIsRefused(t *testing.T) {
	client := redistest.Start(t).Client(t)
	cache := newCache(t, client, &rediscache.Options{Prefix: "p:"})
	ctx := t.Context()
	must(t, cache.SetEntries(ctx, map[string]entry{"key": {}, "other": {}}))
	must(t, client.Do(ctx, "ACL", "SETUSER", "default", "resetkeys", "~p:other", "%R~p:key").Err())
	err := cache.DeleteMany(ctx, []string{"key", "other"})
	must(t, client.Do(ctx, "ACL", "SETUSER", "default", "allkeys").Err())
	if refused := ctxcache.KeyError(err, "key"); !errors.Is(refused, ctxcache.ErrRefused) || ctxcache.KeyError(err, "other") != nil {
		t.Errorf("DeleteMany: %v", err)
	}
}
