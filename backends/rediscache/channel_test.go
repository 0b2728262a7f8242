package rediscache_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/redistest"
)

// resp2 returns a client that speaks RESP2 only.
func resp2(t testing.TB, server *redistest.Server) *redis.Client {
	t.Helper()
	options := server.Options()
	options.Protocol = 2
	return newClient(t, options)
}

func TestConformanceWithAChannel(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	options := server.Options()
	options.Protocol = 2
	options.MaxRetries, options.PipelinePoolSize = -1, -1
	client := newClient(t, options)
	publishing := func(prefix string) *rediscache.Options {
		return &rediscache.Options{Prefix: prefix, Channel: "channel of " + prefix, LeaseTTL: renewed}
	}
	cachetest.Run(t, func(t *testing.T) ctxcache.Cache[string, []byte] {
		return newCache(t, client, publishing(nextPrefix()))
	}, cachetest.LeaseTTL(renewed), sharing(client, newClient(t, options), publishing), cachetest.Outage(func(t *testing.T) func() {
		server.Stop()
		return func() {
			server.Restart()
			await(t, "the client noticed", func() bool { return client.Ping(t.Context()).Err() == nil })
		}
	}))
}

func TestConformanceWithAChannelAndAWholeDatabase(t *testing.T) {
	t.Parallel()
	client := redistest.Start(t).Client(t)
	cachetest.Run(t, func(t *testing.T) ctxcache.Cache[string, []byte] {
		must(t, client.FlushDB(t.Context()).Err())
		return newCache(t, client, &rediscache.Options{WholeDatabase: true, Channel: "changes"})
	})
}

// Events arrive as they were published, with any keys.
func TestChannelDeliversEvents(t *testing.T) {
	server := redistest.Start(t)
	for name, client := range map[string]redis.UniversalClient{
		"RESP2": resp2(t, server), "RESP3": server.Client(t), "Cluster": redistest.StartCluster(t, 3).Client(t),
		"Sentinel": redistest.StartSentinels(t, 1, 3).Client(t),
	} {
		t.Run(name, func(t *testing.T) {
			channel := newChannel(t, client, nextPrefix(), nil)
			f := hearing(t, channel)
			keys := []string{"a", "", "with spaces", "3:abc*!", "\x00\xff\r\n", strings.Repeat("long", 100_000)}
			events := make([]ctxcache.Event, 0, len(keys))
			for _, key := range keys {
				events = append(events, ctxcache.Event{Key: key})
			}
			events = append(events, ctxcache.Event{All: true}, ctxcache.Event{Gap: true})
			must(t, channel.Publish(t.Context(), events...))
			for i, want := range events {
				if got := f.next(); got != want {
					t.Errorf("event %d: got %.50v, want %.50v", i, got, want)
				}
			}
		})
	}
}

func TestPublishRefusesOtherKeysThanStrings(t *testing.T) {
	channel := newChannel(t, redistest.Start(t).Client(t), nextPrefix(), nil)
	f := hearing(t, channel)
	err := channel.Publish(t.Context(), ctxcache.Event{Key: "good"}, ctxcache.Event{Key: 7})
	fails(t, err, "publish")
	if !errors.Is(err, ctxcache.ErrKey) {
		t.Errorf("Publish: %v", err)
	}
	must(t, channel.Publish(t.Context(), ctxcache.Event{Key: "last"}))
	if got := f.next(); got.Key != "last" {
		t.Errorf("Publish has sent %v, and returned an error", got)
	}
	if channel.StoredKey(7) != nil || channel.StoredKey("seven") != "seven" {
		t.Error("StoredKey")
	}
}

// Every way to change a key is published, and nothing else is.
func TestCachePublishesItsChanges(t *testing.T) {
	server := redistest.Start(t)
	client := resp2(t, server)
	cache := newCache(t, client, &rediscache.Options{Prefix: "p:", Channel: "changes"})
	f := follow(t, cache)
	ctx := t.Context()
	step := func(what, want string, do func() error) {
		t.Helper()
		if err := do(); err != nil && err != ctxcache.ErrMiss {
			t.Fatalf("%s: %v", what, err)
		}
		must(t, cache.Set(ctx, "last", nil, hour))
		var events []ctxcache.Event
		for {
			e := f.next()
			if e.Key == "p:last" {
				break
			}
			events = append(events, e)
		}
		if got := keysOf(events); got != want {
			t.Errorf("%s: %q is published, want %q", what, got, want)
		}
	}
	must(t, cache.Set(ctx, "begin", nil, hour))
	for e := f.next(); e.Key != "p:begin"; e = f.next() { // the first message follows nothing
		if !e.Gap {
			t.Fatalf("the event is %v", e)
		}
		must(t, cache.Set(ctx, "begin", nil, hour))
	}
	var l lease
	take := func(key string) func() error {
		return func() (err error) {
			_, l, err = cache.GetLease(ctx, key, ctxcache.NoExpiry)
			return err
		}
	}
	step("Set", "p:a", func() error { return cache.Set(ctx, "a", []byte("1"), hour) })
	step("Set for ever", "p:a", func() error { return cache.Set(ctx, "a", []byte("1"), ctxcache.NoExpiry) })
	step("SetEntry", "p:a", func() error { return cache.SetEntry(ctx, "a", negative(hour)) })
	step("SetEntries", "p:a", func() error { return cache.SetEntries(ctx, map[string]entry{"a": {Value: []byte("2")}}) })
	step("Get", "", func() error { return second(cache.Get(ctx, "a")) })
	step("Delete", "p:a", func() error { return cache.Delete(ctx, "a") })
	step("Delete of an absent key", "p:a", func() error { return cache.Delete(ctx, "a") })
	step("Remove", "p:a", func() error { return second(cache.Remove(ctx, "a")) })
	step("DeleteMany", "p:a p:b", func() error { return cache.DeleteMany(ctx, []string{"a", "b"}) })
	step("GetLease", "", take("a"))
	step("Fill", "p:a", func() error { return cache.Fill(ctx, "a", l, entry{Value: []byte("3")}) })
	step("Fill by a lost lease", "", func() error {
		if err := cache.Fill(ctx, "a", l, entry{Value: []byte("4")}); err != ctxcache.ErrLeaseLost {
			return err
		}
		return nil
	})
	step("GetLease of a value", "", take("a"))
	step("Release of a value", "", func() error { return cache.Release(ctx, "a", l) })
	step("GetLease of a value", "", take("a"))
	step("Drop", "p:a", func() error { return cache.Drop(ctx, "a", l) })
	step("GetLease", "", take("a"))
	step("Release", "p:a", func() error { return cache.Release(ctx, "a", l) })
	step("GetLease", "", take("a"))
	step("FillMany", "p:a", func() error {
		return cache.FillMany(ctx, map[string]entry{"a": {Value: []byte("5")}}, map[string]lease{"a": l})
	})
	many := make([]string, 1200)
	for i := range many {
		many[i] = strings.Repeat("k", i+1)
	}
	f.stop()
	f = follow(t, cache)
	must(t, cache.DeleteMany(ctx, many))
	for i, key := range many {
		if e := f.next(); e.Key != "p:"+key {
			t.Fatalf("key %d of many: %.50v", i, e)
		}
	}
	must(t, cache.Set(ctx, "cleared", nil, hour))
	must(t, cache.Clear(ctx, scope{Prefix: "cleared"}))
	for range 2 {
		if e := f.next(); e.Key != "p:cleared" {
			t.Errorf("Clear: %v", e)
		}
	}
}

// With all of a database, Clear empties it, and what the channel knows of its last message, too.
func TestFlushIsPublished(t *testing.T) {
	server := redistest.Start(t)
	cache := newCache(t, server.Client(t), &rediscache.Options{WholeDatabase: true, Channel: "changes"})
	must(t, cache.Set(t.Context(), "a", nil, hour))
	f := follow(t, cache)
	must(t, cache.Clear(t.Context(), scope{}))
	if e := f.next(); !e.Gap {
		t.Errorf("after Clear: %v", e)
	}
	must(t, cache.Set(t.Context(), "a", nil, hour))
	if e := f.next(); e.Key != "a" {
		t.Errorf("after Set: %v", e)
	}
}

// A write that the server refuses is not published, and the deletion of the old value is.
func TestFailedSetPublishesItsDeletion(t *testing.T) {
	server := redistest.Start(t)
	client := server.Client(t)
	cache := newCache(t, client, &rediscache.Options{Channel: "changes"})
	must(t, cache.Set(t.Context(), "a", nil, hour))
	f := follow(t, cache)
	must(t, client.ConfigSet(t.Context(), "maxmemory", "1").Err())
	fails(t, cache.Set(t.Context(), "a", make([]byte, 1000), hour), ctxcache.OpSet)
	if e := f.next(); e.Key != "a" {
		t.Errorf("after a Set that failed: %v", e)
	}
	fails(t, cache.Set(t.Context(), "b", make([]byte, 1000), hour), ctxcache.OpSet)
	must(t, rediscache.NewChannel(client, "changes", nil).Publish(t.Context(), ctxcache.Event{Key: "c"}))
	if events := []any{f.next().Key, f.next().Key}; !slices.Equal(events, []any{"b", "c"}) {
		t.Errorf("then %v", events)
	}
	if has, err := cache.Contains(t.Context(), "a"); has || err != nil {
		t.Errorf("a: %v, %v", has, err)
	}
	must(t, client.ConfigSet(t.Context(), "maxmemory", "0").Err())
}

// newChannel returns a channel that is closed when t ends. It has no limits but those that options set.
func newChannel(
	t testing.TB, client redis.UniversalClient, name string, options *rediscache.ChannelOptions,
) *rediscache.Channel {
	t.Helper()
	var o rediscache.ChannelOptions
	if options != nil {
		o = *options
	}
	if o.WriteTimeout == 0 {
		o.WriteTimeout = ctxcache.NoExpiry // most tests are not about that
	}
	channel := rediscache.NewChannel(client, name, &o)
	t.Cleanup(func() { must(t, channel.Close()) })
	return channel
}

// hearing starts a Watch of a channel, and returns when messages come one after the other.
func hearing(t testing.TB, channel *rediscache.Channel) *follower {
	t.Helper()
	must(t, channel.Publish(t.Context(), ctxcache.Event{Key: "first"})) // from now on, the last message is known
	f := startHearing(t, channel)
	if e := f.next(); !e.Gap {
		t.Fatalf("the first event is %+v, want a Gap", e)
	}
	return f
}
