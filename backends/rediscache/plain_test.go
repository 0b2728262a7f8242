package rediscache_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
	"github.com/redis/go-redis/v9"
)

// Proxies such as twemproxy hang up on scripts, transactions, and commands that they do not know.
func TestPlainSendsOnlyPlainCommands(t *testing.T) {
	client := redistest.Start(t).Client(t)
	cache := newCache(t, client, &rediscache.Options{Prefix: nextPrefix(), Plain: true})
	ctx := t.Context()
	sent := record(client)
	value := ctxcache.NewEntry([]byte("value"), hour)
	must(t, cache.Set(ctx, "key", []byte("value"), hour))
	must(t, cache.SetEntry(ctx, "ever", ctxcache.NewEntry([]byte("value"), ctxcache.NoExpiry)))
	must(t, cache.SetEntries(ctx, map[string]entry{"a": value, "b": value}))
	for _, c := range []struct {
		name string
		want []string
		call func() error
	}{
		{"Get", []string{"get"}, func() error { return second(cache.Get(ctx, "key")) }},
		{"GetEntry", []string{"pttl get"}, func() error { return second(cache.GetEntry(ctx, "key")) }},
		{"GetEntries", []string{"pttl get"}, func() error { return second(cache.GetEntries(ctx, []string{"key", "absent", "a"})) }},
		{"Contains", []string{"get"}, func() error { return second(cache.Contains(ctx, "key")) }},
		{"Set", []string{"set"}, func() error { return cache.Set(ctx, "key", []byte("value"), hour) }},
		{"SetEntry", []string{"set"}, func() error { return cache.SetEntry(ctx, "key", value) }},
		{"SetEntries", []string{"set"}, func() error { return cache.SetEntries(ctx, map[string]entry{"a": value, "b": value}) }},
		{"Delete", []string{"del"}, func() error { return cache.Delete(ctx, "b") }},
		{"DeleteMany", []string{"del"}, func() error { return cache.DeleteMany(ctx, []string{"b", "c"}) }},
		{"Remove", []string{"del"}, func() error { return second(cache.Remove(ctx, "a")) }},
		{"Clear", []string{"scan", "del"}, func() error { return cache.Clear(ctx, scope{Prefix: "ke"}) }},
	} {
		sent.take()
		must(t, c.call())
		if trips := sent.take(); !slices.Equal(slices.Compact(trips), c.want) {
			t.Errorf("%s sends %q, want %q", c.name, trips, c.want)
		}
	}
	must(t, cache.Set(ctx, "key", []byte("value"), hour))
	for _, want := range []bool{true, false} {
		if was, err := cache.Remove(ctx, "key"); was != want || err != nil {
			t.Errorf("Remove: %v, %v, want %v", was, err, want)
		}
	}
	if e, err := cache.GetEntry(ctx, "ever"); e.TTL != ctxcache.NoExpiry || err != nil {
		t.Errorf("GetEntry: %+v, %v", e, err)
	}
}

// interleaved is a go-redis hook that sends the commands of a pipeline one by one, with writes between them.
type interleaved struct {
	recorder
	client *redis.Client
	writes map[int]func() // before the command with this index
}

func (h *interleaved) ProcessPipelineHook(redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		for i, cmd := range cmds {
			if write := h.writes[i]; write != nil {
				write()
			}
			_ = h.client.Process(ctx, cmd) // cmd has the error
		}
		return nil
	}
}

// A Plain cache reads a value and its life in several commands. A life that is too long would keep an old value alive.
func TestPlainReportsTheSmallerLife(t *testing.T) {
	server := redistest.Shared(t)
	direct := server.Client(t)
	ctx := t.Context()
	set := func(stored, value string, ttl time.Duration) func() {
		return func() { must(t, direct.Set(ctx, stored, value, ttl).Err()) }
	}
	for name, c := range map[string]struct {
		writes  func(stored string) map[int]func()
		value   string
		longest time.Duration
	}{
		"replaced before the GET": {func(s string) map[int]func() { return map[int]func(){1: set(s, "new", time.Minute)} }, "new", time.Minute},
		"replaced after the GET":  {func(s string) map[int]func() { return map[int]func(){2: set(s, "new", 0)} }, "old", hour},
		"made before the GET, and replaced after it": {func(s string) map[int]func() {
			must(t, direct.Del(ctx, s).Err())
			return map[int]func(){1: set(s, "short", time.Minute), 2: set(s, "new", hour)}
		}, "short", time.Minute},
		"deleted after the GET": {func(s string) map[int]func() {
			return map[int]func(){2: func() { must(t, direct.Del(ctx, s).Err()) }}
		}, "old", time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			prefix := nextPrefix()
			must(t, direct.Set(ctx, prefix+"key", "old", hour).Err())
			client := server.Client(t)
			client.AddHook(&interleaved{client: direct, writes: c.writes(prefix + "key")})
			cache := newCache(t, client, &rediscache.Options{Prefix: prefix, Plain: true})
			e, err := cache.GetEntry(ctx, "key")
			if string(e.Value) != c.value || e.TTL < time.Millisecond || e.TTL > c.longest || err != nil {
				t.Errorf("GetEntry: %q with a life of %v, %v, want %q with at most %v", e.Value, e.TTL, err, c.value, c.longest)
			}
		})
	}
}

// Between the commands that find out what a key is, a holder fills its lease.
func TestKeyThatChangesWhileItIsLookedAtIsNotCorrupt(t *testing.T) {
	server := redistest.Shared(t)
	direct := server.Client(t)
	ctx := t.Context()
	fill := func(stored string) { must(t, direct.Set(ctx, stored, "value", hour).Err()) }
	remove := func(stored string) { must(t, direct.Del(ctx, stored).Err()) }
	lease := func(stored string) { must(t, direct.HSet(ctx, stored, "\x00L", "token").Err()) }
	for name, writes := range map[string]map[int]func(stored string){
		"filled before HMGET":                         {0: fill},
		"filled before PTTL":                          {1: fill},
		"filled before GET":                           {2: fill},
		"deleted before HMGET, leased before the GET": {0: remove, 2: lease},
		"filled before HMGET, leased before the GET":  {0: fill, 2: func(stored string) { remove(stored); lease(stored) }},
	} {
		prefix := nextPrefix()
		must(t, direct.HSet(ctx, prefix+"key", "\x00L", "token").Err())
		client := server.Client(t)
		must(t, client.Ping(ctx).Err()) // the hook is not for the pipeline that makes a connection
		hook := &interleaved{client: direct, writes: make(map[int]func())}
		for i, write := range writes {
			hook.writes[i] = sync.OnceFunc(func() { write(prefix + "key") })
		}
		client.AddHook(hook)
		cache := newCache(t, client, &rediscache.Options{Prefix: prefix, Plain: true})
		if got, err := cache.Get(ctx, "key"); err != ctxcache.ErrMiss && string(got) != "value" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}
