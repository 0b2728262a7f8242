package twolevel_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/remotetest"
	"github.com/ctxcache/cached/layers"
	"github.com/ctxcache/cached/layers/encrypted"
	"github.com/ctxcache/cached/layers/twolevel"
)

// bytesCache is the type of cache that the conformance suite tests.
type bytesCache = ctxcache.Cache[string, []byte]

// inMemory are the options of the suite for two levels in memory. Their leases stand for a minute.
var inMemory = []cachetest.Option{cachetest.FakeTime(), cachetest.LeaseTTL(time.Minute)}

func TestConformance(t *testing.T) {
	remotetest.RunLayers(t, []remotetest.Layer{{
		Name: "TwoLevel", LeaseTTL: true,
		Over: func(_ *testing.T, far bytesCache) bytesCache {
			return twolevel.New(memory.New[string, []byte](nil), far, nil)
		},
	}})
}

// TestCoherentConformance also runs over caches that store keys in another form, such as a hash. Only the whole
// matrix runs each of them both bare and through a prefix.
func TestCoherentConformance(t *testing.T) {
	for name, over := range storedForms {
		for _, prefixed := range []bool{false, true} {
			if prefixed != (name == "prefixed") && !remotetest.WholeMatrix() {
				continue
			}
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
	"bare":     func(c bytesCache) bytesCache { return c },
	"prefixed": func(c bytesCache) bytesCache { return layers.Prefixed(c, "some:") },
	"encrypted": func(c bytesCache) bytesCache {
		return encrypted.New(c, someSecret(), &encrypted.Options{Namespace: "test"})
	},
}

func someSecret() encrypted.Secret {
	secret, err := encrypted.NewSecret([]byte("a secret of 32 bytes for testing"))
	if err != nil {
		panic(err)
	}
	return secret
}

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
