package cachetoolsutils_test

import (
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/compat/cachetoolsutils"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/memcachedtest"
	"github.com/ctxcache/cached/internal/redistest"
	"github.com/ctxcache/cached/layers"
)

// conformanceLayers are the layers that are tested over every store. Constructors that only give another name to a
// layer of package layers are left out.
var conformanceLayers = map[string]func(store bytesCache) bytesCache{
	"AutoPrefixedCache": func(c bytesCache) bytesCache { return cachetoolsutils.AutoPrefixedCache[string](c, nil) },
	"EncryptedCache":    encryptedOver(nil),
	"EncryptedCache-ChaCha20": encryptedOver(&cachetoolsutils.EncryptedOptions{
		Cipher: cachetoolsutils.ChaCha20, ChecksumSize: 4,
	}),
	"EncryptedCache-AES128CBC-Alone": encryptedOver(&cachetoolsutils.EncryptedOptions{
		Cipher: cachetoolsutils.AES128CBC, ChecksumSize: 32, Alone: true,
	}),
}

func encryptedOver(opts *cachetoolsutils.EncryptedOptions) func(store bytesCache) bytesCache {
	return func(store bytesCache) bytesCache {
		return stringKeys(cachetoolsutils.EncryptedCache(octetKeys(store), someSecret, opts))
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

func TestConformanceOfLayers(t *testing.T) {
	for _, store := range conformanceStores {
		for name, over := range conformanceLayers {
			t.Run(store.name+"/"+name, func(t *testing.T) {
				t.Parallel() // a test with Redis mostly waits
				empty := store.open(t)
				cachetest.Run(t, func(t *testing.T) bytesCache { return over(empty(t)) }, store.options...)
			})
			if store.slow {
				continue
			}
			t.Run(store.name+"/"+name+"-prefixed", func(t *testing.T) {
				t.Parallel()
				empty := store.open(t)
				cachetest.Run(t, func(t *testing.T) bytesCache {
					return layers.Prefixed(over(empty(t)), "prefix:")
				}, store.options...)
			})
		}
	}
}

func openMemory(*testing.T) func(t *testing.T) bytesCache {
	return func(*testing.T) bytesCache { return newStore[[]byte]() }
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
	servers := serverList(t, memcachedtest.Shared(t).Addr)
	return func(t *testing.T) bytesCache {
		c := memcached.New(servers, &memcached.Options{
			Prefix:  nextPrefix(),
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

// Over a store with all capabilities, a layer lacks only those that need the keys, and negative entries, because Python
// has no bytes for them.
func TestLayersLoseNoCapability(t *testing.T) {
	store := newStore[[]byte]()
	all := ctxcache.Supports(store)
	hashed := all &^ (ctxcache.CapLen | ctxcache.CapClear | ctxcache.CapKeys | ctxcache.CapNegative)
	for name, want := range map[string]ctxcache.Cap{
		"AutoPrefixedCache":       all,
		"EncryptedCache":          hashed.In(ctxcache.ScopesNone),
		"EncryptedCache-ChaCha20": hashed.In(ctxcache.ScopesNone),
	} {
		if got := ctxcache.Supports(conformanceLayers[name](store)); got != want {
			t.Errorf("%s supports %v in scopes %d, want %v in scopes %d", name, got, got.Scopes(), want, want.Scopes())
		}
	}
	alone := cachetoolsutils.EncryptedCache(octetKeys(store), someSecret, &cachetoolsutils.EncryptedOptions{Alone: true})
	want := (hashed | ctxcache.CapLen | ctxcache.CapClear).In(ctxcache.ScopesWhole)
	if got := ctxcache.Supports(alone); got != want {
		t.Errorf("Alone supports %v in scopes %d, want %v in scopes %d", got, got.Scopes(), want, want.Scopes())
	}
}

// octetKeys returns a cache with keys of bytes, which stores a key in inner as a string.
func octetKeys(inner bytesCache) octets {
	return layers.Keyed(inner,
		func(key octet) (string, error) { return string(key), nil },
		func(stored string) (octet, bool) { return octet(stored), true })
}
