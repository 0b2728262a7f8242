package twolevel_test

import (
	"fmt"
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
	"github.com/ctxcache/cached/layers/encrypted"
	"github.com/ctxcache/cached/layers/twolevel"
)

// bytesCache is the type of cache that the conformance suite tests.
type bytesCache = ctxcache.Cache[string, []byte]

// conformanceFars are the far caches that are tested. Open returns a function that returns the far cache empty, for one
// case at a time.
var conformanceFars = []struct {
	name    string
	open    func(t *testing.T) (empty func(t *testing.T) bytesCache)
	options []cachetest.Option
	slow    bool // so it is not tested through prefixes, too
}{
	{name: "memory", open: openMemory, options: inMemory},
	{name: "redis", open: openRedis, options: []cachetest.Option{cachetest.LeaseTTL(redisLeaseTTL)}},
	{
		name: "memcached", open: openMemcached, slow: true,
		options: []cachetest.Option{cachetest.TTLUnit(time.Second), cachetest.Concurrent(100)},
	},
}

// inMemory are the options of the suite for two levels in memory. Their leases stand for a minute.
var inMemory = []cachetest.Option{cachetest.FakeTime(), cachetest.LeaseTTL(time.Minute)}

// redisLeaseTTL is short, because the cases about the life of leases wait for several lease TTLs on the real clock. It
// is long enough for a busy machine, which still renews within a third of it.
const redisLeaseTTL = 1500 * time.Millisecond

func TestConformance(t *testing.T) {
	for _, far := range conformanceFars {
		over := func(far bytesCache) bytesCache { return twolevel.New(memory.New[string, []byte](nil), far, nil) }
		t.Run(far.name, func(t *testing.T) {
			t.Parallel() // a test with Redis mostly waits
			empty := far.open(t)
			cachetest.Run(t, func(t *testing.T) bytesCache { return over(empty(t)) }, far.options...)
		})
		if far.slow {
			continue
		}
		t.Run(far.name+"-prefixed", func(t *testing.T) {
			t.Parallel()
			empty := far.open(t)
			cachetest.Run(t, func(t *testing.T) bytesCache { return layers.Prefixed(over(empty(t)), "prefix:") }, far.options...)
		})
	}
}

// TestCoherentConformance also runs over caches that store keys in another form, such as a hash.
func TestCoherentConformance(t *testing.T) {
	for name, over := range storedForms {
		for _, prefixed := range []bool{false, true} {
			t.Run(fmt.Sprint(name, "/prefixed=", prefixed), func(t *testing.T) {
				cachetest.Run(t, func(t *testing.T) bytesCache {
					c := twolevel.New(memory.New[string, []byte](nil), over(memory.New[string, []byte](nil)),
						&twolevel.Options{Coherent: true})
					t.Cleanup(func() {
						if err := c.Close(); err != nil {
							t.Error(err)
						}
					})
					if !prefixed {
						return c
					}
					return layers.Prefixed(c, "prefix:")
				}, inMemory...)
			})
		}
	}
}

// storedForms store keys unchanged, under a prefix, and as a hash.
var storedForms = map[string]func(bytesCache) bytesCache{
	"bare":      func(c bytesCache) bytesCache { return c },
	"prefixed":  func(c bytesCache) bytesCache { return layers.Prefixed(c, "some:") },
	"encrypted": func(c bytesCache) bytesCache { return encrypted.New(c, someSecret(), nil) },
}

func someSecret() encrypted.Secret {
	secret, err := encrypted.NewSecret([]byte("a secret of 32 bytes for testing"))
	if err != nil {
		panic(err)
	}
	return secret
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
		return rediscache.New(client, &rediscache.Options{Prefix: "twolevel:", LeaseTTL: redisLeaseTTL})
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

// TestLosesNoCapability checks that two levels support every capability of far. Only Watch needs Coherent, because
// otherwise near may still have the value from before an event.
func TestLosesNoCapability(t *testing.T) {
	far := ctxcache.Supports(bytesCache(memory.New[string, []byte](nil)))
	for coherent, want := range map[bool]ctxcache.Cap{true: far, false: far &^ ctxcache.CapWatch} {
		c := twolevel.New(memory.New[string, []byte](nil), memory.New[string, []byte](nil), &twolevel.Options{Coherent: coherent})
		if got := c.Supports(); got != want {
			t.Errorf("Coherent %v: supports %v in scopes %d, want %v in scopes %d", coherent, got, got.Scopes(), want, want.Scopes())
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
}
