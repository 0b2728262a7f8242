package memcached_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/memcachedtest"
)

// discreet fails the test if the message of err has a key or a value in it.
func discreet(t *testing.T, err error) {
	t.Helper()
	for _, secret := range []string{"held", "free", "gone", "denied", "secret value"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the message tells a key or a value: %v", err)
		}
	}
}

func TestServerDown(t *testing.T) {
	server := memcachedtest.Start(t)
	cache := newCache(t, server, &memcached.Options{Prefix: "p:", MaxIdleConns: 1})
	must(t, cache.Set(t.Context(), "held", []byte("value"), hour))
	server.Stop()
	_ = cache.Delete(t.Context(), "gone") // on the connection that there was
	for _, operation := range operations() {
		t.Run(operation.name, func(t *testing.T) {
			err := operation.call(t.Context(), cache)
			fails(t, err, operation.op)
			if _, ok := errors.AsType[*net.OpError](err); !ok {
				t.Errorf("the cause of %v is no *net.OpError", err)
			}
			discreet(t, err)
		})
	}
	server.Restart() // empty
	for _, operation := range operations() {
		if err := operation.call(t.Context(), cache); err != nil && err != ctxcache.ErrMiss {
			t.Errorf("%s after the restart: %v", operation.name, err)
		}
	}
}

// threeServers returns a cache over three servers, and a key for each of them.
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
		entries[key] = entry{Value: []byte(key), TTL: hour}
	}
	must(t, cache.SetEntries(ctx, entries))
	for i, server := range servers { // spread
		if _, err := newClient(t, server).Get("p:" + keys[i]); err != nil {
			t.Errorf("server %d lacks its key: %v", i, err)
		}
	}
	down := keys[1]
	servers[1].Stop()
	onlyDown := func(err error, op string) {
		t.Helper()
		many, ok := errors.AsType[*ctxcache.ManyError[string]](err)
		if !ok || len(many.Failed) != 1 {
			t.Fatalf("the call for many keys: %v, want the one whose server is down", err)
		}
		fails(t, many.Failed[down], op)
	}
	onlyDown(cache.SetEntries(ctx, entries), "set") // some of it on connections that there were
	found, err := cache.GetEntries(ctx, append(keys, "absent"))
	if many, ok := errors.AsType[*ctxcache.ManyError[string]](err); ok {
		delete(many.Failed, "absent") // wherever it is
	}
	if onlyDown(err, "get"); len(found) != 2 {
		t.Errorf("GetEntries finds %d keys of two servers", len(found))
	}
	_, leases, err := cache.GetLeases(ctx, keys, ctxcache.NoExpiry)
	if onlyDown(err, "lease"); len(leases) != 2 {
		t.Errorf("GetLeases grants %d leases of two servers", len(leases))
	}
	onlyDown(cache.DeleteMany(ctx, keys), "delete")
	fails(t, second(cache.Get(ctx, down)), "get")
	for _, key := range []string{keys[0], keys[2]} {
		if _, err := cache.Get(ctx, key); err != ctxcache.ErrMiss {
			t.Errorf("Get of what was deleted on a server that is up: %v", err)
		}
	}
	err = second(cache.Stats(ctx))
	if fails(t, err, "stats"); !strings.Contains(err.Error(), servers[1].Addr) {
		t.Errorf("Stats does not tell which server is down: %v", err)
	}
}

func TestManyKeysOfAServerThatHangsWaitForItOnce(t *testing.T) {
	server := memcachedtest.Start(t)
	cache := newCache(t, server, &memcached.Options{Prefix: "p:", Timeout: promptly / 10})
	must(t, cache.Set(t.Context(), "held", []byte("value"), hour))
	server.Pause()
	entries, keys := make(map[string]entry), []string{}
	for key := byte('a'); key <= 'z'; key++ {
		entries[string(key)] = entry{}
		keys = append(keys, string(key))
	}
	ctx, cancel := context.WithTimeout(t.Context(), promptly) // 26 times the timeout is more
	defer cancel()
	for _, err := range []error{cache.SetEntries(ctx, entries), cache.DeleteMany(ctx, keys)} {
		many, ok := errors.AsType[*ctxcache.ManyError[string]](err)
		if !ok || len(many.Failed) != len(keys) {
			t.Errorf("a call for %d keys: %v", len(keys), err)
		}
	}
}

func TestOutOfMemory(t *testing.T) {
	cache := newCache(t, memcachedtest.Start(t, "-M", "-m", "2"), nil)
	var err error
	for i := 0; err == nil; i++ {
		err = cache.Set(t.Context(), "held"+strings.Repeat("k", i), make([]byte, 100_000), hour)
	}
	fails(t, err, "set")
	if discreet(t, err); !strings.Contains(err.Error(), "out of memory") || errors.Is(err, memcached.ErrTooLarge) {
		t.Errorf("the message does not tell what is wrong: %v", err)
	}
}

func TestBadServer(t *testing.T) {
	for name, reply := range map[string]string{
		"garbage":     "held secret value\r\n",
		"no line":     "held",
		"item":        "VALUE held\r\n",
		"sizes":       "VALUE held 0 -7 1\r\n",
		"huge":        "VALUE held 0 3 99999999999999999999\r\nabc\r\nEND\r\n",
		"short":       "VALUE held 0 100 1\r\nsecret value\r\n",
		"long":        "VALUE held 0 3 1\r\nsecret value\r\nEND\r\n",
		"error":       "ERROR\r\n",
		"serverError": "SERVER_ERROR out of order\r\n",
		"clientError": "CLIENT_ERROR out of order\r\n",
		"hangs up":    "",
	} {
		t.Run(name, func(t *testing.T) {
			server := newScripted(t, func(string, string) string { return reply })
			cache := newCacheOver(t, server, &memcached.Options{Timeout: promptly / 10})
			for _, operation := range operations() {
				err := operation.call(t.Context(), cache)
				fails(t, err, operation.op)
				discreet(t, err)
				if strings.HasSuffix(name, "Error") && operation.op != "stats" && !strings.Contains(err.Error(), "out of order") {
					t.Errorf("%s does not tell what the server says: %v", operation.name, err)
				}
			}
		})
	}
}

// TestServerThatAlwaysInterferes has a server say each time that somebody else was faster.
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
	fails(t, second(cache.Remove(t.Context(), "held")), "remove")
	_, l, err := cache.GetLease(t.Context(), "free", 0)
	if fails(t, err, "lease"); l != nil {
		t.Error("a lease was granted by nonsense")
	}
	if err := refreshLease(t, cache, "held").Fill(t.Context(), entry{}); err != ctxcache.ErrLeaseLost {
		t.Errorf("Fill: %v", err)
	}
	if err := second(cache.Get(t.Context(), "free")); err != ctxcache.ErrMiss {
		t.Errorf("Get: %v", err)
	}
}
