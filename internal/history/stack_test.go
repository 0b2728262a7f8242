package history_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest/history"
	"github.com/ctxcache/cached/internal/memcachedtest"
	"github.com/ctxcache/cached/internal/redistest"
	"github.com/ctxcache/cached/layers/twolevel"
)

type cache = ctxcache.Cache[string, []byte]

// change replaces a part of a stack.
type change func(cache) cache

// stack builds a cache of parts. Each part is passed through a change.
type stack struct {
	name  string
	local bool
	parts []string
	build func(t *testing.T, parts map[string]change) cache
}

var (
	overMemory = stack{
		name: "Memory", local: true, parts: []string{"memory"},
		build: func(_ *testing.T, parts map[string]change) cache { return parts["memory"](newMemory()) },
	}
	overTwoLevels = stack{
		name: "TwoLevel", local: true, parts: []string{"near", "far"},
		build: func(_ *testing.T, parts map[string]change) cache {
			return twoLevel(parts["near"](newMemory()), parts["far"](newMemory()))
		},
	}
	overRedis = stack{
		name: "Redis", parts: []string{"redis"},
		build: func(t *testing.T, parts map[string]change) cache { return parts["redis"](newRedis(t)) },
	}
	overMemcached = stack{
		name: "Memcached", parts: []string{"memcached"},
		build: func(t *testing.T, parts map[string]change) cache { return parts["memcached"](newMemcached(t)) },
	}
	overTwoLevelsOfRedis = stack{
		name: "TwoLevelOfRedis", parts: []string{"near", "far"},
		build: func(t *testing.T, parts map[string]change) cache {
			return twoLevel(parts["near"](newMemory()), parts["far"](newRedis(t)))
		},
	}
	overTwoLevelsOfMemcached = stack{
		name: "TwoLevelOfMemcached", parts: []string{"near", "far"},
		build: func(t *testing.T, parts map[string]change) cache {
			return twoLevel(parts["near"](newMemory()), parts["far"](newMemcached(t)))
		},
	}
	stacks = []stack{
		overMemory, overTwoLevels, overRedis, overMemcached, overTwoLevelsOfRedis, overTwoLevelsOfMemcached,
	}

	// Events repair an unfenced part's mistakes a moment later. No history has to catch an unfenced part of this stack.
	overCoherentLevels = stack{
		name: "TwoLevelCoherent", local: true,
		build: func(t *testing.T, _ map[string]change) cache {
			c := twolevel.New(
				history.Interleaved(newMemory()), history.Interleaved(newMemory()), &twolevel.Options{Coherent: true},
			)
			closes(t, c.Close)
			return c
		},
	}
	soundStacks = append([]stack{overCoherentLevels}, stacks...)
)

// closes calls end when the test has ended.
func closes(t *testing.T, end func() error) {
	t.Cleanup(func() {
		if err := end(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
}

func newMemory() cache { return memory.New[string, []byte](nil) }

// twoLevel lets other goroutines go first between two calls of its levels. A near copy of an entry in Memcached needs a
// TTL of its own, because the entry's TTL is unknown.
func twoLevel(near, far cache) cache {
	return twolevel.New(
		history.Interleaved(near), history.Interleaved(far), &twolevel.Options{NearTTL: time.Hour},
	)
}

// servers counts the prefixes that were used.
var servers atomic.Int64

func prefix() string { return fmt.Sprintf("history%d:", servers.Add(1)) }

func newRedis(t *testing.T) cache {
	c := rediscache.New(redistest.Shared(t).Client(t), &rediscache.Options{
		Prefix: prefix(), ReadTimeout: redistest.Patience, WriteTimeout: redistest.Patience,
	})
	closes(t, c.Close)
	return c
}

func newMemcached(t *testing.T) cache {
	var servers memcache.ServerList
	if err := servers.SetServers(memcachedtest.Shared(t).Addr); err != nil {
		t.Fatal(err)
	}
	c := memcached.New(&servers, &memcached.Options{
		Prefix: prefix(), Timeout: memcachedtest.Patience,
		ReadTimeout: memcachedtest.Patience, WriteTimeout: memcachedtest.Patience,
	})
	closes(t, c.Close)
	return c
}

// as builds the stack. It makes the change to one part, or to none if part is empty.
func (s stack) as(t *testing.T, part string, made change) cache {
	parts := make(map[string]change)
	for _, name := range s.parts {
		parts[name] = func(c cache) cache { return c }
	}
	if part != "" {
		parts[part] = made
	}
	return s.build(t, parts)
}

// function returns a cached function over c.
func function(c cache, load history.Loader) history.Loader {
	return cached.Func(c, load, &cached.Options{TTL: ctxcache.NoExpiry}).Get
}
