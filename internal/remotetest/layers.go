package remotetest

import (
	"os"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/memcachedtest"
	"github.com/ctxcache/cached/internal/redistest"
	"github.com/ctxcache/cached/layers"
)

// BytesCache is the type of cache that the conformance suite tests.
type BytesCache = ctxcache.Cache[string, []byte]

// Layer is a layer that is tested over every store.
type Layer struct {
	Name string
	Over func(t *testing.T, store BytesCache) BytesCache

	// LeaseTTL says that the suite should wait for the ends of leases over Redis, too.
	LeaseTTL bool

	// Apart says that two caches of the layer over one store have different stored keys, so they do not share it.
	Apart bool
}

// leaseTTL is the life of leases in Redis where the suite waits for their ends on the real clock. A busy machine still
// renews within a third of it.
const leaseTTL = 3 * time.Second

// WholeMatrix reports whether all combinations of layers and stores are to be tested. "make matrix" asks for that.
func WholeMatrix() bool { return os.Getenv("CACHED_MATRIX") != "" }

// RunLayers runs the conformance suite on every layer over memory, bare and through a prefix, and over Redis, through a
// prefix. Over Memcached it runs on the first layer only. For the whole matrix it runs on every layer over Memcached, and
// on bare layers over Redis, too. Over servers it proves that two caches in one store honour each other's leases.
func RunLayers(t *testing.T, all []Layer) {
	whole := WholeMatrix()
	for i, layer := range all {
		inMemory := []cachetest.Option{cachetest.FakeTime()}
		inRedis := []cachetest.Option{cachetest.Concurrent(8)} // the cases mostly wait; a client has at least 10 connections
		if layer.LeaseTTL {
			inMemory = append(inMemory, cachetest.LeaseTTL(time.Minute))
			inRedis = append(inRedis, cachetest.LeaseTTL(leaseTTL))
		}
		t.Run("memory/"+layer.Name, func(t *testing.T) {
			t.Parallel()
			layer.run(t, newMemory, inMemory...)
		})
		t.Run("memory/"+layer.Name+"-prefixed", func(t *testing.T) {
			t.Parallel()
			layer.prefixed().run(t, newMemory, inMemory...)
		})
		if whole {
			t.Run("redis/"+layer.Name, func(t *testing.T) {
				t.Parallel()
				layer.share(t, layer.openRedis(t), inRedis...)
			})
		}
		t.Run("redis/"+layer.Name+"-prefixed", func(t *testing.T) {
			t.Parallel()
			layer.prefixed().share(t, layer.openRedis(t), inRedis...)
		})
		if whole || i == 0 {
			t.Run("memcached/"+layer.Name, func(t *testing.T) {
				t.Parallel()
				layer.share(t, openMemcached(t), cachetest.TTLUnit(time.Second), cachetest.Concurrent(100))
			})
		}
	}
}

func (l Layer) run(t *testing.T, open func(t *testing.T) BytesCache, options ...cachetest.Option) {
	cachetest.Run(t, func(t *testing.T) BytesCache { return l.Over(t, open(t)) }, options...)
}

// share runs the suite over a store that processes share. Open opens the part of the store that has a prefix.
func (l Layer) share(t *testing.T, open func(t *testing.T, prefix string) BytesCache, options ...cachetest.Option) {
	if !l.Apart {
		shared := cachetest.Shared(func(t *testing.T) (one, other BytesCache) {
			prefix := NextPrefix()
			return l.Over(t, open(t, prefix)), l.Over(t, open(t, prefix))
		})
		options = append([]cachetest.Option{shared}, options...)
	}
	l.run(t, func(t *testing.T) BytesCache { return open(t, NextPrefix()) }, options...)
}

// prefixed returns the layer below layers.Prefixed.
func (l Layer) prefixed() Layer {
	return Layer{
		Over:  func(t *testing.T, store BytesCache) BytesCache { return layers.Prefixed(l.Over(t, store), "prefix:") },
		Apart: l.Apart,
	}
}

func newMemory(*testing.T) BytesCache { return memory.New[string, []byte](nil) }

// openRedis starts a server, and returns a function that opens a part of it. The server is not shared, because each key
// that others store slows down every SCAN.
func (l Layer) openRedis(t *testing.T) func(t *testing.T, prefix string) BytesCache {
	client := redistest.Start(t).Client(t)
	return func(_ *testing.T, prefix string) BytesCache {
		options := rediscache.Options{
			Prefix: prefix, LeaseTTL: time.Hour, ReadTimeout: ctxcache.NoExpiry, WriteTimeout: ctxcache.NoExpiry,
		}
		if l.LeaseTTL {
			options.LeaseTTL = leaseTTL
		}
		return rediscache.New(client, &options)
	}
}

// openMemcached returns a function that opens a part of the shared server.
func openMemcached(t *testing.T) func(t *testing.T, prefix string) BytesCache {
	server := memcachedtest.Shared(t)
	return func(t *testing.T, prefix string) BytesCache {
		c, err := memcached.Open(server.Addr, &memcached.Options{
			Prefix: prefix, LeaseTTL: time.Hour, Timeout: memcachedtest.Patience,
			ReadTimeout: ctxcache.NoExpiry, WriteTimeout: ctxcache.NoExpiry,
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		})
		return c
	}
}
