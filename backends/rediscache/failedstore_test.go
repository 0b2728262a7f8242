package rediscache_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

// stores are all ways to write "key" without a lease.
var stores = map[string]func(ctx context.Context, c *rediscache.Cache) error{
	"Set": func(ctx context.Context, c *rediscache.Cache) error { return c.Set(ctx, "key", []byte("new"), hour) },
	"SetEntry": func(ctx context.Context, c *rediscache.Cache) error {
		return c.SetEntry(ctx, "key", entry{Value: []byte("new")})
	},
	"SetEntry of a negative": func(ctx context.Context, c *rediscache.Cache) error { return c.SetEntry(ctx, "key", negative(hour)) },
	"SetEntries": func(ctx context.Context, c *rediscache.Cache) error {
		return ctxcache.KeyError(c.SetEntries(ctx, map[string]entry{"key": {Value: []byte("new")}, "more": {}}), "key")
	},
	"SetEntries of a negative": func(ctx context.Context, c *rediscache.Cache) error {
		return ctxcache.KeyError(c.SetEntries(ctx, map[string]entry{"key": negative(hour), "more": {}}), "key")
	},
}

func TestStoreThatIsRefusedTakesTheOldValueAway(t *testing.T) {
	for reason, refuse := range map[string]struct {
		on, off []string
		keeps   bool // the server refuses to delete, too
	}{
		"OOM":        {[]string{"maxmemory", "1"}, []string{"maxmemory", "0"}, false},
		"NOREPLICAS": {[]string{"min-replicas-to-write", "1"}, []string{"min-replicas-to-write", "0"}, true},
	} {
		client := redistest.Start(t, "--maxmemory-policy", "noeviction").Client(t)
		for name, store := range stores {
			t.Run(reason+"/"+name, func(t *testing.T) {
				cache := newCache(t, client, &rediscache.Options{Prefix: "p:"})
				ctx := t.Context()
				must(t, cache.Set(ctx, "key", []byte("old"), hour))
				must(t, client.ConfigSet(ctx, refuse.on[0], refuse.on[1]).Err())
				err := store(ctx, cache)
				got, missing := cache.Get(ctx, "key")
				must(t, client.ConfigSet(ctx, refuse.off[0], refuse.off[1]).Err())
				if err == nil || !strings.Contains(err.Error(), reason) || strings.Contains(err.Error(), "\n") {
					t.Errorf("got %v, want one line with %s", err, reason)
				}
				if refuse.keeps != errors.Is(err, ctxcache.ErrRefused) {
					t.Errorf("is it refused? %v", err)
				}
				if refuse.keeps != (string(got) == "old") || !refuse.keeps && missing != ctxcache.ErrMiss {
					t.Errorf("then Get: %q, %v", got, missing)
				}
			})
		}
	}
}

func TestStoreOnAReplicaReportsBothRefusals(t *testing.T) {
	server := redistest.Start(t)
	client := server.Client(t)
	ctx := t.Context()
	cache := newCache(t, client, &rediscache.Options{Prefix: "p:"})
	must(t, client.Do(ctx, "REPLICAOF", "127.0.0.1", "1").Err())
	for name, store := range stores {
		if err := store(ctx, cache); !redis.IsReadOnlyError(err) || !errors.Is(err, ctxcache.ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A server that refuses SET and UNLINK for different reasons: both are in the error, in one line.
func TestStoreSaysThatTheOldValueStays(t *testing.T) {
	client := redistest.Start(t, "--rename-command", "UNLINK", "", "--maxmemory-policy", "noeviction").Client(t)
	cache := newCache(t, client, &rediscache.Options{Prefix: "p:"})
	ctx := t.Context()
	must(t, cache.Set(ctx, "key", []byte("old"), hour))
	must(t, client.ConfigSet(ctx, "maxmemory", "1").Err())
	err := cache.Set(ctx, "key", []byte("new"), hour)
	fails(t, err, ctxcache.OpSet)
	if text := err.Error(); !redis.IsOOMError(err) || !errors.Is(err, ctxcache.ErrRefused) ||
		!strings.Contains(text, "unknown command") || strings.Contains(text, "\n") || strings.Contains(text, "p:key") {
		t.Errorf("got %v", err)
	}
}

func TestMistakeLeavesTheOldValue(t *testing.T) {
	client := redistest.Shared(t).Client(t)
	prefix := nextPrefix()
	cache := newCache(t, client, &rediscache.Options{Prefix: prefix})
	plain := newCache(t, client, &rediscache.Options{Prefix: prefix, Plain: true})
	closed := newCache(t, client, &rediscache.Options{Prefix: prefix})
	must(t, closed.Close())
	ctx := t.Context()
	done, cancel := context.WithCancel(ctx)
	cancel()
	must(t, cache.Set(ctx, "key", []byte("old"), hour))
	sent := record(client)
	short := entry{Value: []byte("new"), Meta: ctxcache.Meta{TTL: hour, CopyTTL: time.Second}}
	for name, c := range map[string]struct {
		got, want error
	}{
		"Set with a negative TTL":      {cache.Set(ctx, "key", nil, -1), ctxcache.ErrTTL},
		"SetEntry with a negative TTL": {cache.SetEntry(ctx, "key", ctxcache.NewEntry[[]byte](nil, -1)), ctxcache.ErrTTL},
		"SetEntries with a negative TTL": {
			ctxcache.KeyError(cache.SetEntries(ctx, map[string]entry{"key": ctxcache.NewEntry[[]byte](nil, -1)}), "key"), ctxcache.ErrTTL,
		},
		"SetEntry with a copy TTL":   {cache.SetEntry(ctx, "key", short), errors.ErrUnsupported},
		"SetEntries with a copy TTL": {cache.SetEntries(ctx, map[string]entry{"key": short, "other": {}}), errors.ErrUnsupported},
		"a negative one in a plain":  {plain.SetEntry(ctx, "key", negative(hour)), errors.ErrUnsupported},
		"a done context":             {cache.Set(done, "key", nil, hour), context.Canceled},
		"a done context, many":       {cache.SetEntries(done, map[string]entry{"key": {}}), context.Canceled},
		"closed":                     {closed.Set(ctx, "key", nil, hour), ctxcache.ErrClosed},
		"closed, many":               {closed.SetEntries(ctx, map[string]entry{"key": {}}), ctxcache.ErrClosed},
	} {
		if !errors.Is(c.got, c.want) {
			t.Errorf("%s: %v, want %v", name, c.got, c.want)
		}
	}
	if trips := sent.take(); len(trips) != 0 {
		t.Errorf("sent %q", trips)
	}
	if got, err := cache.Get(ctx, "key"); string(got) != "old" || err != nil {
		t.Errorf("Get: %q, %v", got, err)
	}
}

// SetEntries with one key that has a mistake stores the others.
func TestMistakeInOneEntry(t *testing.T) {
	cache := newCache(t, redistest.Shared(t).Client(t), &rediscache.Options{Prefix: nextPrefix()})
	ctx := t.Context()
	err := cache.SetEntries(ctx, map[string]entry{"good": {Value: []byte("value")}, "bad": ctxcache.NewEntry[[]byte](nil, -1)})
	if got := ctxcache.KeyError(err, "bad"); !errors.Is(got, ctxcache.ErrTTL) {
		t.Errorf("the bad key: %v", got)
	}
	must(t, ctxcache.KeyError(err, "good"))
	if got, err := cache.Get(ctx, "good"); string(got) != "value" || err != nil {
		t.Errorf("Get of the good key: %q, %v", got, err)
	}
}
