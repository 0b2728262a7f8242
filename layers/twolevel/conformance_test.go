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

// bytesCache is what the conformance suite is about.
type bytesCache = ctxcache.Cache[string, []byte]

// conformanceFars are what near is put in front of. To open one returns a function that gives it out empty, to one case at
// a time.
var conformanceFars = []struct {
	name    string
	open    func(t *testing.T) (empty func(t *testing.T) bytesCache)
	options []cachetest.Option
	slow    bool // so nothing is prefixed over it
}{
	{name: "memory", open: openMemory, options: inMemory},
	{name: "redis", open: openRedis, options: []cachetest.Option{cachetest.LeaseTTL(redisLeaseTTL)}},
	{
		name: "memcached", open: openMemcached, slow: true,
		options: []cachetest.Option{cachetest.TTLUnit(time.Second), cachetest.Concurrent(100)},
	},
}

// inMemory is how the suite goes about two levels in memory, whose leases stand for a minute.
var inMemory = []cachetest.Option{cachetest.FakeTime(), cachetest.LeaseTTL(time.Minute)}

// redisLeaseTTL is short, since the cases about the life of leases wait for several of them on the real clock. A busy
// machine does not keep a renewal from its third.
const redisLeaseTTL = 1500 * time.Millisecond

func TestConformance(t *testing.T) {
	for _, far := range conformanceFars {
		over := func(far bytesCache) bytesCache { return twolevel.New(memory.New[string, []byte](nil), far, nil) }
		t.Run(far.name, func(t *testing.T) {
			t.Parallel() // most of the time with Redis is waiting for it
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

// TestCoherentConformance: also over keys that are stored as something else, a hash among them.
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

// storedForms make keys be stored as they are, behind a prefix, and as a hash.
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

// openRedis starts a server, which it empties for every case: what the cases before left there would slow down
// each SCAN.
func openRedis(t *testing.T) func(t *testing.T) bytesCache {
	client := redistest.Start(t).Client(t)
	return func(t *testing.T) bytesCache {
		if err := client.FlushDB(t.Context()).Err(); err != nil {
			t.Fatalf("emptying the server: %v", err)
		}
		return rediscache.New(client, &rediscache.Options{Prefix: "twolevel:", LeaseTTL: redisLeaseTTL})
	}
}

// openMemcached gives out a part of the shared server, which it has no way to empty.
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

// memcachedParts counts the parts of the Memcached server that were given out.
var memcachedParts atomic.Int64

// TestLosesNoCapability: over a far that has them all, two levels have them too. Only Watch needs Coherent: near may still
// have what was before an event.
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
