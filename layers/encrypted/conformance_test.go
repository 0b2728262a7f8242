package encrypted_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/memcachedtest"
	"github.com/ctxcache/cached/internal/redistest"
	"github.com/ctxcache/cached/layers"
	"github.com/ctxcache/cached/layers/encrypted"
)

// conformanceOptions are the options that are tested over every store.
var conformanceOptions = map[string]*encrypted.Options{
	"default":  nil,
	"TextKeys": {TextKeys: true, HashSize: 32},
	"Alone":    {Alone: true},
}

// conformanceStores are the stores that the layer is tested over. Open returns a function that returns the store empty,
// for one case at a time.
var conformanceStores = []struct {
	name    string
	open    func(t *testing.T) (empty func(t *testing.T) bytesCache)
	options []cachetest.Option
	slow    bool // so it is not tested through prefixes, too
}{
	{name: "memory", open: openMemory, options: []cachetest.Option{cachetest.FakeTime()}},
	{name: "redis", open: openRedis},
	{
		name: "memcached", open: openMemcached, slow: true,
		options: []cachetest.Option{cachetest.TTLUnit(time.Second), cachetest.Concurrent(100)},
	},
}

func TestConformance(t *testing.T) {
	for _, store := range conformanceStores {
		for name, opts := range conformanceOptions {
			t.Run(store.name+"/"+name, func(t *testing.T) {
				t.Parallel() // a test with Redis mostly waits
				empty := store.open(t)
				cachetest.Run(t, func(t *testing.T) bytesCache {
					return encrypted.New(empty(t), someSecret, opts)
				}, store.options...)
			})
			if store.slow {
				continue
			}
			t.Run(store.name+"/"+name+"-prefixed", func(t *testing.T) {
				t.Parallel()
				empty := store.open(t)
				cachetest.Run(t, func(t *testing.T) bytesCache {
					return layers.Prefixed(encrypted.New(empty(t), someSecret, opts), "prefix:")
				}, store.options...)
			})
		}
	}
}

func openMemory(*testing.T) func(t *testing.T) bytesCache {
	return func(*testing.T) bytesCache { return newStore() }
}

// openRedis starts a server, and empties it for every case: keys that earlier cases left would slow down each SCAN.
func openRedis(t *testing.T) func(t *testing.T) bytesCache {
	client := redistest.Start(t).Client(t)
	return func(t *testing.T) bytesCache {
		if err := client.FlushDB(t.Context()).Err(); err != nil {
			t.Fatalf("emptying the server: %v", err)
		}
		return rediscache.New(client, &rediscache.Options{Prefix: "encrypted:"})
	}
}

// openMemcached returns a new part of the shared server for every case, because that server cannot be emptied.
func openMemcached(t *testing.T) func(t *testing.T) bytesCache {
	var servers memcache.ServerList
	if err := servers.SetServers(memcachedtest.Shared(t).Addr); err != nil {
		t.Fatal(err)
	}
	return func(t *testing.T) bytesCache {
		c := memcached.New(&servers, &memcached.Options{
			Prefix:  fmt.Sprintf("%d:", memcachedParts.Add(1)),
			Timeout: time.Minute, // the machine may be busy
		})
		t.Cleanup(func() {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		})
		return c
	}
}

// memcachedParts is the number of parts of the Memcached server that were handed out so far.
var memcachedParts atomic.Int64

// Over a store with all capabilities, the layer lacks only those that need the keys, or that need to open values.
func TestSupports(t *testing.T) {
	store := newStore()
	hidden := ctxcache.CapLen | ctxcache.CapKeys | ctxcache.CapContains | ctxcache.CapRemove
	all := ctxcache.Supports(store) &^ hidden
	for name, want := range map[string]ctxcache.Cap{
		"default":  (all &^ ctxcache.CapClear).In(ctxcache.ScopesNone),
		"TextKeys": (all &^ ctxcache.CapClear).In(ctxcache.ScopesNone),
		"Alone":    all.In(ctxcache.ScopesWhole),
	} {
		got := ctxcache.Supports(encrypted.New(store, someSecret, conformanceOptions[name]))
		if got != want {
			t.Errorf("%s supports %v in scopes %d, want %v in scopes %d", name, got, got.Scopes(), want, want.Scopes())
		}
	}
}
