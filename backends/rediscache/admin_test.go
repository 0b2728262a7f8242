package rediscache_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

func TestClearLeavesStrangersKeys(t *testing.T) {
	client := redistest.Start(t).Client(t)
	ctx := t.Context()
	for _, prefix := range []string{"users:", "*", "?", "[ab]", "a\\", `\`, "^", "{a}:", "\x00", "\xff", "a-z", "u*[b]?\\:"} {
		strangers := []string{"", "key", "users", "user:key", "a:key", "b:key", "aa", "z", "\\\\", "u-b-:key", "uxb?\\:key"}
		strangers = slices.DeleteFunc(strangers, func(s string) bool { return prefix == "\\" && s[:min(1, len(s))] == "\\" })
		cache := newCache(t, client, &rediscache.Options{Prefix: prefix})
		must(t, client.FlushDB(ctx).Err())
		for _, stored := range strangers {
			must(t, client.Set(ctx, stored, "theirs", 0).Err())
		}
		must(t, cache.Set(ctx, "key", []byte("ours"), hour))
		must(t, cache.Set(ctx, "", []byte("ours"), hour))
		must(t, cache.SetEntry(ctx, "denied", negative(hour)))
		l := absentLease(t, ctx, cache, "leased")

		if n, err := cache.Len(ctx, scope{}); err != nil || n != 2 {
			t.Errorf("with the prefix %q Len is %d, %v, want 2", prefix, n, err)
		}
		if keys := listed(t, cache, scope{}); !slices.Equal(keys, []string{"", "key"}) {
			t.Errorf("with the prefix %q Keys yields %q", prefix, keys)
		}
		must(t, cache.Clear(ctx, scope{}))
		if err := cache.Fill(ctx, "leased", l, entry{Value: []byte("late")}); err != ctxcache.ErrLeaseLost {
			t.Errorf("with the prefix %q Fill after Clear: %v", prefix, err)
		}
		left, err := client.Keys(ctx, "*").Result()
		must(t, err)
		if slices.Sort(left); !slices.Equal(left, slices.Sorted(slices.Values(strangers))) {
			t.Errorf("with the prefix %q Clear leaves %q, want %q", prefix, left, strangers)
		}
	}
}

// listed returns what Keys yields, sorted.
func listed(t *testing.T, c *rediscache.Cache, s scope) []string {
	t.Helper()
	var keys []string
	for key, err := range c.Keys(t.Context(), s) {
		must(t, err)
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

func TestManyPages(t *testing.T) {
	for name, client := range map[string]redis.UniversalClient{
		"single":  redistest.Shared(t).Client(t),
		"cluster": redistest.StartCluster(t, 3).Client(t),
	} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			mine := newCache(t, client, &rediscache.Options{Prefix: nextPrefix()})
			other := newCache(t, client, &rediscache.Options{Prefix: nextPrefix()})
			values := make(map[string]entry)
			for i := range 5000 {
				values[strconv.Itoa(i)] = ctxcache.NewEntry([]byte("value"), hour)
			}
			must(t, mine.SetEntries(ctx, values))
			must(t, other.SetEntries(ctx, values))
			want := slices.Sorted(maps.Keys(values))
			if got := listed(t, mine, scope{}); !slices.Equal(got, want) {
				t.Errorf("Keys yields %d keys, some twice or none at all, want %d", len(got), len(want))
			}
			found, err := mine.GetEntries(ctx, want)
			if must(t, err); len(found) != len(want) {
				t.Errorf("GetEntries finds %d of %d", len(found), len(want))
			}
			for range mine.Keys(ctx, scope{}) {
				break // early, and nothing is left behind
			}
			must(t, mine.Clear(ctx, scope{Prefix: "4"}))
			if n, err := mine.Len(ctx, scope{}); err != nil || n != 5000-1111 {
				t.Errorf("Len after Clear of a part: %d, %v", n, err)
			}
			must(t, mine.DeleteMany(ctx, want[:100]))
			must(t, mine.Clear(ctx, scope{}))
			if n, err := mine.Len(ctx, scope{}); err != nil || n != 0 {
				t.Errorf("Len after Clear: %d, %v", n, err)
			}
			if n, err := other.Len(ctx, scope{}); err != nil || n != 5000 {
				t.Errorf("Len of the other cache: %d, %v", n, err)
			}
		})
	}
}

// stutter is a go-redis hook that has SCAN return every key twice, as it may.
type stutter struct{ recorder }

func (s *stutter) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		err := next(ctx, cmd)
		if scan, ok := cmd.(*redis.ScanCmd); ok {
			keys, cursor := scan.Val()
			scan.SetVal(slices.Concat(keys, keys), cursor)
		}
		return err
	}
}

func TestScanTellsKeysTwice(t *testing.T) {
	client := redistest.Shared(t).Client(t)
	cache := newCache(t, client, &rediscache.Options{Prefix: nextPrefix()})
	must(t, cache.Set(t.Context(), "a", nil, hour))
	must(t, cache.Set(t.Context(), "b", nil, hour))
	client.AddHook(&stutter{})
	if keys := listed(t, cache, scope{}); !slices.Equal(keys, []string{"a", "b"}) {
		t.Errorf("Keys yields %q", keys)
	}
	if n, err := cache.Len(t.Context(), scope{}); err != nil || n != 2 {
		t.Errorf("Len: %d, %v", n, err)
	}
	must(t, cache.Clear(t.Context(), scope{}))
}

func TestWithoutPrefixNothingIsCleared(t *testing.T) {
	client := redistest.Start(t).Client(t)
	cache := newCache(t, client, nil)
	ctx := t.Context()
	must(t, client.Set(ctx, "theirs", "value", 0).Err())
	caps := cache.Supports()
	if !caps.Has(ctxcache.CapLen|ctxcache.CapClear|ctxcache.CapKeys) || caps.Scopes() != ctxcache.ScopesPrefixed {
		t.Errorf("it supports %v, in the scopes %v", caps, caps.Scopes())
	}
	for name, err := range map[string]error{
		"ctxcache.Clear": ctxcache.Clear(ctx, cache),
		"ctxcache.Len":   second(ctxcache.Len(ctx, cache)),
		"Clear":          cache.Clear(ctx, scope{}),
		"Clear by rule":  cache.Clear(ctx, scope{Match: func(string) bool { return true }}),
		"Len":            second(cache.Len(ctx, scope{})),
	} {
		if !errors.Is(err, errors.ErrUnsupported) || name[0] != 'c' && err != errors.ErrUnsupported {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, err := range cache.Keys(ctx, scope{}) {
		if err != errors.ErrUnsupported {
			t.Errorf("Keys: %v", err)
		}
	}
	must(t, client.Get(ctx, "theirs").Err())
}

func TestWithoutPrefixAPartCanBeCleared(t *testing.T) {
	client := redistest.Start(t).Client(t)
	ctx := t.Context()
	must(t, client.Set(ctx, "theirs", "value", 0).Err())
	cache := newCache(t, client, nil)
	must(t, cache.Set(ctx, "ours:a", []byte("value"), 0))
	part := scope{Prefix: "ours:"}
	if n, err := cache.Len(ctx, part); n != 1 || err != nil {
		t.Errorf("Len: %d, %v", n, err)
	}
	must(t, cache.Clear(ctx, part))
	if n, err := cache.Len(ctx, part); n != 0 || err != nil {
		t.Errorf("Len after Clear: %d, %v", n, err)
	}
	must(t, client.Get(ctx, "theirs").Err())
}

func second[T any](_ T, err error) error { return err }

func TestWholeDatabase(t *testing.T) {
	server := redistest.Start(t)
	client := server.Client(t)
	other := redis.NewClient(&redis.Options{Addr: server.Addr, DB: 1})
	t.Cleanup(func() { must(t, other.Close()) })
	ctx := t.Context()
	must(t, other.Set(ctx, "theirs", "value", 0).Err())
	must(t, client.Set(ctx, "\xffanything", "value", 0).Err())
	must(t, client.RPush(ctx, "list", "value").Err())
	cache := newCache(t, client, &rediscache.Options{WholeDatabase: true})
	l := absentLease(t, ctx, cache, "leased")

	if n, err := cache.Len(ctx, scope{}); err != nil || n != 1 {
		t.Errorf("Len: %d, %v", n, err)
	}
	must(t, cache.Clear(ctx, scope{Prefix: "l"}))
	if err := cache.Fill(ctx, "leased", l, entry{Value: []byte("late")}); err != ctxcache.ErrLeaseLost {
		t.Errorf("Fill after Clear: %v", err)
	}
	if keys := listed(t, cache, scope{}); !slices.Equal(keys, []string{"\xffanything"}) {
		t.Errorf("Keys yields %q", keys)
	}
	sent := record(client)
	must(t, cache.Clear(ctx, scope{}))
	if trips := sent.take(); !slices.Equal(trips, []string{"flushdb"}) {
		t.Errorf("Clear sends %q", trips)
	}
	if n, err := client.DBSize(ctx).Result(); err != nil || n != 0 {
		t.Errorf("the database has %d keys after Clear, %v", n, err)
	}
	must(t, other.Get(ctx, "theirs").Err())

	plain := newCache(t, client, &rediscache.Options{WholeDatabase: true, Plain: true})
	must(t, plain.Set(ctx, "key", []byte("value"), hour))
	sent.take()
	if n, err := plain.Len(ctx, scope{}); err != nil || n != 1 {
		t.Errorf("Len of a plain cache: %d, %v", n, err)
	}
	if trips := sent.take(); !slices.Equal(trips, []string{"dbsize"}) {
		t.Errorf("Len of a plain cache sends %q", trips)
	}
}

func TestClearThatFailsIsOneError(t *testing.T) {
	client := redistest.Start(t, "--rename-command", "UNLINK", "").Client(t)
	cache := newCache(t, client, &rediscache.Options{Prefix: "p:"})
	for _, key := range []string{"held", "free", "gone"} {
		must(t, cache.Set(t.Context(), key, []byte("value"), hour))
	}
	err := cache.Clear(t.Context(), scope{})
	fails(t, err, ctxcache.OpClear)
	discreet(t, err)
	if _, many := errors.AsType[*ctxcache.ManyError[string]](err); many {
		t.Errorf("the error of one call is about many keys: %v", err)
	}
	if !strings.Contains(err.Error(), "3 of 3 keys") || !strings.Contains(err.Error(), "unknown command") {
		t.Errorf("the message does not say how many keys failed, and why: %v", err)
	}
}

// faceless is a client that does not show how many servers it has.
type faceless struct{ redis.UniversalClient }

func TestClientOfUnknownServers(t *testing.T) {
	client := faceless{redistest.Shared(t).Client(t)}
	cache := newCache(t, client, &rediscache.Options{Prefix: nextPrefix()})
	must(t, cache.Set(t.Context(), "key", []byte("value"), hour))
	if caps := cache.Supports(); caps&(ctxcache.CapLen|ctxcache.CapClear|ctxcache.CapKeys) != 0 {
		t.Errorf("it supports %v", caps)
	}
	if err := cache.Clear(t.Context(), scope{}); err != errors.ErrUnsupported {
		t.Errorf("Clear: %v", err)
	}
	if _, err := cache.ServerStats(t.Context()); err != errors.ErrUnsupported {
		t.Errorf("ServerStats: %v", err)
	}
}
