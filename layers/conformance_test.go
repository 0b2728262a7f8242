package layers_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/memcachedtest"
	"github.com/ctxcache/cached/internal/redistest"
	"github.com/ctxcache/cached/layers"
)

// bytesCache is the type of cache that the conformance suite tests.
type bytesCache = ctxcache.Cache[string, []byte]

// conformanceLayers are the layers that are tested over every store.
var conformanceLayers = []struct {
	name string
	over func(store bytesCache) bytesCache
}{
	{"Keyed", func(c bytesCache) bytesCache {
		return layers.Keyed(c, reversed, func(s string) (string, bool) { back, err := reversed(s); return back, err == nil })
	}},
	{"Keyed-one-way", func(c bytesCache) bytesCache { return layers.Keyed(c, reversed, nil) }},
	{"Prefixed", func(c bytesCache) bytesCache { return layers.Prefixed(c, "some:") }},
	{"Encoded-JSON", func(c bytesCache) bytesCache { return layers.Encoded(c, layers.JSON[[]byte]{}) }},
	{"Encoded-Gob", func(c bytesCache) bytesCache { return layers.Encoded(c, layers.Gob[[]byte]{}) }},
	{"Base85", func(c bytesCache) bytesCache { return layers.Base85(layers.Encoded(c, plainText{})) }},
	{"Stats", func(c bytesCache) bytesCache { return layers.Stats(c, "test") }},
	{"Expiring", func(c bytesCache) bytesCache { return layers.Expiring(c, layers.Expiry{}) }},
	{"Cloned", func(c bytesCache) bytesCache { return layers.Cloned(c, bytes.Clone) }},
	{"Debug", func(c bytesCache) bytesCache {
		logger := slog.New(slog.DiscardHandler)
		return layers.Debug(c, "test", logger, &layers.DebugOptions{Keys: true})
	}},
	{"Locked", func(c bytesCache) bytesCache {
		shards := 0
		return layers.Locked(3, func() bytesCache {
			shards++
			return newUnsafe(layers.Prefixed(c, fmt.Sprintf("%d:", shards)))
		})
	}},
}

// kept returns the capabilities of a store that the layer of this name keeps.
func kept(layer string, store ctxcache.Cap) ctxcache.Cap {
	switch layer {
	case "Locked":
		return store &^ ctxcache.CapWatch // it would hold a lock for as long as it watches
	case "Keyed-one-way":
		return (store &^ (ctxcache.CapLen | ctxcache.CapClear | ctxcache.CapKeys)).In(ctxcache.ScopesNone)
	default:
		return store
	}
}

// conformanceStores are the stores that the layers are tested over. Open returns a function that returns the store
// empty, for one case at a time.
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
		for _, layer := range conformanceLayers {
			t.Run(store.name+"/"+layer.name, func(t *testing.T) {
				t.Parallel() // a test with Redis mostly waits
				empty := store.open(t)
				cachetest.Run(t, func(t *testing.T) bytesCache { return layer.over(empty(t)) }, store.options...)
			})
			if store.slow {
				continue
			}
			t.Run(store.name+"/"+layer.name+"-prefixed", func(t *testing.T) {
				t.Parallel()
				empty := store.open(t)
				cachetest.Run(t, func(t *testing.T) bytesCache {
					return layers.Prefixed(layer.over(empty(t)), "prefix:")
				}, store.options...)
			})
		}
	}
}

func openMemory(*testing.T) func(t *testing.T) bytesCache {
	return func(*testing.T) bytesCache { return memory.New[string, []byte](nil) }
}

// openRedis starts a server, and empties it for every case: keys that earlier cases left would slow down each SCAN.
func openRedis(t *testing.T) func(t *testing.T) bytesCache {
	client := redistest.Start(t).Client(t)
	return func(t *testing.T) bytesCache {
		if err := client.FlushDB(t.Context()).Err(); err != nil {
			t.Fatalf("emptying the server: %v", err)
		}
		return rediscache.New(client, &rediscache.Options{Prefix: "layers:"})
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
			Timeout: time.Minute, // on a busy machine the default of 3 s is too short
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

// TestLayersLoseNoCapability checks that over a store with all capabilities each layer has them, too. A layer that
// hashes keys lacks only those that need the keys.
func TestLayersLoseNoCapability(t *testing.T) {
	store := memory.New[string, []byte](nil)
	for _, layer := range conformanceLayers {
		want := kept(layer.name, ctxcache.Supports(bytesCache(store)))
		if got := ctxcache.Supports(layer.over(store)); got != want {
			t.Errorf("%s supports %v in %v, want %v in %v", layer.name, got, got.Scopes(), want, want.Scopes())
		}
	}
}

// reversed is a key mapping that keeps no prefix.
func reversed(key string) (string, error) {
	b := []byte(key)
	slices.Reverse(b)
	return string(b), nil
}

// plainText makes a store of strings out of a store of bytes.
type plainText struct{}

func (plainText) Encode(value string) ([]byte, error) { return []byte(value), nil }
func (plainText) Decode(data []byte) (string, error)  { return string(data), nil }
