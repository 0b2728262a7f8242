package memcached_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/memcachedtest"
)

// discreet fails the test if the message of err contains a key or a value.
func discreet(t *testing.T, err error) {
	t.Helper()
	for _, secret := range []string{"held", "free", "gone", "secret value"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the message contains a key or a value: %v", err)
		}
	}
}

// threeServers returns a cache over three servers, and one key of each server.
func threeServers(t *testing.T, options *memcached.Options) (*cacheOfBytes, []*memcachedtest.Server, []string) {
	t.Helper()
	servers := []*memcachedtest.Server{memcachedtest.Start(t), memcachedtest.Start(t), memcachedtest.Start(t)}
	selector := list(t, servers...)
	keys := make([]string, len(servers))
	for key := byte('a'); key <= 'z'; key++ {
		addr, err := selector.PickServer(options.Prefix + string(key))
		must(t, err)
		for i, server := range servers {
			if server.Addr == addr.String() {
				keys[i] = string(key)
			}
		}
	}
	return newCacheOver(t, selector, options), servers, keys
}

func TestServerDownFailsItsKeysOnly(t *testing.T) {
	cache, servers, keys := threeServers(t, &memcached.Options{Prefix: "p:"})
	ctx := t.Context()
	entries := make(map[string]entry)
	for _, key := range keys {
		entries[key] = ctxcache.NewEntry([]byte(key), hour)
	}
	must(t, cache.SetEntries(ctx, entries))
	for i, server := range servers { // each has its key
		if _, err := newClient(t, server).Get("p:" + keys[i]); err != nil {
			t.Errorf("server %d does not have its key: %v", i, err)
		}
	}
	down := keys[1]
	servers[1].Stop()
	onlyDown := func(err error, op ctxcache.Operation) {
		t.Helper()
		many, ok := errors.AsType[*ctxcache.ManyError[string]](err)
		if !ok || len(many.Failed) != 1 {
			t.Fatalf("the call for many keys returns %v, want an error about one key", err)
		}
		fails(t, many.Failed[down], op)
	}
	onlyDown(cache.SetEntries(ctx, entries), ctxcache.OpSetEntries) // partly on old connections
	found, err := cache.GetEntries(ctx, append(keys, "absent"))
	if many, ok := errors.AsType[*ctxcache.ManyError[string]](err); ok {
		delete(many.Failed, "absent") // this key may be on any server
	}
	if onlyDown(err, ctxcache.OpGetEntries); len(found) != 2 {
		t.Errorf("GetEntries finds %d keys, want 2: one server is down", len(found))
	}
	_, leases, err := cache.GetLeases(ctx, keys, ctxcache.NoExpiry)
	if onlyDown(err, ctxcache.OpGetLeases); len(leases) != 2 {
		t.Errorf("GetLeases grants %d leases, want 2: one server is down", len(leases))
	}
	onlyDown(cache.DeleteMany(ctx, keys), ctxcache.OpDeleteMany)
	fails(t, second(cache.Get(ctx, down)), ctxcache.OpGet)
	for _, key := range []string{keys[0], keys[2]} {
		if _, err := cache.Get(ctx, key); err != ctxcache.ErrMiss {
			t.Errorf("Get of a key that was deleted, and whose server is up: %v", err)
		}
	}
	stats, err := cache.ServerStats(ctx)
	if fails(t, err, ctxcache.OpStats); !strings.Contains(err.Error(), servers[1].Addr) || strings.Contains(err.Error(), servers[0].Addr) {
		t.Errorf("ServerStats does not name the server that is down: %v", err)
	}
	if stats.Reads == 0 {
		t.Error("ServerStats leaves out the servers that are up")
	}
}

func TestManyKeysOfAServerThatHangsWaitForItOnce(t *testing.T) {
	server := memcachedtest.Start(t)
	cache := newCache(t, server, &memcached.Options{Prefix: "p:", Timeout: soon})
	server.Pause()
	entries, keys := make(map[string]entry), []string{}
	for key := byte('a'); key <= 'z'; key++ {
		entries[string(key)] = entry{}
		keys = append(keys, string(key))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 26*soon) // waiting for the timeout 26 times would take longer
	defer cancel()
	for _, err := range []error{cache.SetEntries(ctx, entries), cache.DeleteMany(ctx, keys)} {
		many, ok := errors.AsType[*ctxcache.ManyError[string]](err)
		if !ok || len(many.Failed) != len(keys) {
			t.Errorf("a call for %d keys returns %v, want every key to fail", len(keys), err)
		}
	}
}

func TestOutOfMemory(t *testing.T) {
	cache := newCache(t, memcachedtest.Start(t, "-M", "-m", "2"), nil)
	ctx := t.Context()
	must(t, cache.Set(ctx, "large", make([]byte, 100_000), hour))
	leases := map[string]lease{"large": refreshLease(t, cache, "large"), "free": absentLease(t, ctx, cache, "free")}
	var err error
	for i := 0; err == nil; i++ {
		err = cache.Set(t.Context(), "held"+strings.Repeat("k", i), make([]byte, 100_000), hour)
	}
	fails(t, err, ctxcache.OpSet)
	if discreet(t, err); !strings.Contains(err.Error(), "out of memory") || errors.Is(err, memcached.ErrTooLarge) {
		t.Errorf("the message does not say what is wrong: %v", err)
	}
	for key, l := range leases {
		fails(t, cache.Fill(ctx, key, l, ctxcache.NewEntry(make([]byte, 100_000), hour)), ctxcache.OpFill)
	}
	for key, l := range leases {
		must(t, cache.Drop(ctx, key, l)) // an empty item hardly needs memory
		if err := second(cache.Get(ctx, key)); err != ctxcache.ErrMiss {
			t.Errorf("Get after Drop: %v", err)
		}
	}
}

func TestBadServer(t *testing.T) {
	for name, reply := range map[string]string{
		"garbage":      "held secret value\r\n",
		"no line":      "held",
		"item":         "VALUE held\r\n",
		"sizes":        "VALUE held 0 -7 1\r\n",
		"huge":         "VALUE held 0 3 99999999999999999999\r\nabc\r\nEND\r\n",
		"short":        "VALUE held 0 100 1\r\nsecret value\r\n",
		"long":         "VALUE held 0 3 1\r\nsecret value\r\nEND\r\n",
		"error":        "ERROR\r\n",
		"serverError":  "SERVER_ERROR out of order\r\n",
		"clientError":  "CLIENT_ERROR out of order\r\n",
		"tooManyError": "ERROR Too many open connections, out of order\r\n",
		"quoted":       "held secret value \"ERROR out of order\r\n",
		"hangs up":     "",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // some wait for the timeout
			server := newScripted(t, func(string, string) string { return reply })
			cache := newCacheOver(t, server, &memcached.Options{Timeout: soon})
			for _, operation := range operations() {
				err := operation.Call(t.Context(), cache)
				fails(t, err, operation.Op)
				discreet(t, err)
				if strings.HasSuffix(name, "Error") && operation.Op != ctxcache.OpStats && !strings.Contains(err.Error(), "out of order") {
					t.Errorf("%s does not repeat what the server says: %v", operation.Name, err)
				}
			}
		})
	}
}

// TestServerThatAlwaysInterferes uses a server that always says that somebody else was faster.
func TestServerThatAlwaysInterferes(t *testing.T) {
	server := newScripted(t, func(command, _ string) string {
		switch verb, _, _ := strings.Cut(command, " "); verb {
		case "gets":
			if strings.Contains(command, "free") {
				return "END\r\n"
			}
			return "VALUE held 0 5 1\r\nvalue\r\nEND\r\n"
		case "cas":
			return "EXISTS\r\n"
		}
		return "NOT_STORED\r\n"
	})
	cache := newCacheOver(t, server, nil)
	fails(t, second(cache.Remove(t.Context(), "held")), ctxcache.OpRemove)
	_, l, err := cache.GetLease(t.Context(), "free", 0)
	if fails(t, err, ctxcache.OpGetLease); l.Granted() {
		t.Error("a lease was granted although no marker was stored")
	}
	isLost(t, "Fill", fill(t, cache, "held", refreshLease(t, cache, "held"), "value"))
	isLost(t, "Drop", cache.Drop(t.Context(), "held", refreshLease(t, cache, "held")))
	if err := second(cache.Get(t.Context(), "free")); err != ctxcache.ErrMiss {
		t.Errorf("Get: %v", err)
	}
}
