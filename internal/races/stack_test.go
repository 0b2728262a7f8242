package races_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/layers"
)

type (
	cache  = ctxcache.Cache[string, string]
	loader = func(context.Context, string) (string, error)
)

// function is a cached function.
type function interface {
	Get(ctx context.Context, key string) (string, error)
}

// design is a way to build what a stack is made of.
type design struct {
	name     string
	twoLevel func(near, far cache) cache
	function func(cache, loader) function
}

var (
	leased = design{
		name: "leased",
		twoLevel: func(near, far cache) cache {
			// A near copy of what Memcached has needs a life of its own, since the value's is unknown.
			return layers.TwoLevel(near, far, &layers.TwoLevelOptions{NearTTL: time.Hour})
		},
		function: func(c cache, load loader) function { return cached.Func(c, load, nil) },
	}
	naive = design{
		name:     "naive",
		twoLevel: func(near, far cache) cache { return naiveTwoLevel{ctxcache.NewForward(far), near} },
		function: func(c cache, load loader) function { return newNaiveFunction(c, load) },
	}
)

// store is where a stack keeps its values.
type store struct {
	name      string
	twoLevels bool
	server    server // nil: none, but memory
	noClear   bool
}

var (
	twoLevels = []store{
		{name: "TwoLevel(memory,memory)", twoLevels: true},
		{name: "TwoLevel(memory,Redis)", twoLevels: true, server: redisServer},
		{name: "TwoLevel(memory,Memcached)", twoLevels: true, server: memcachedServer, noClear: true},
	}
	allStores = append([]store{
		{name: "memory"}, {name: "Redis", server: redisServer}, {name: "Memcached", server: memcachedServer, noClear: true},
	}, twoLevels...)
)

// stack is a store that several processes share.
type stack struct {
	store
	design design
	shared func() cache // as another process sees the store
}

// stacks counts those that were opened, over the repetitions of a test, too.
var stacks atomic.Int64

// open makes an empty store.
func (s store) open(t *testing.T, d design) *stack {
	t.Helper()
	if s.server == nil {
		shared := memory.New[string, string](nil)
		return &stack{s, d, func() cache { return shared }}
	}
	prefix := fmt.Sprintf("stack%d:", stacks.Add(1))
	return &stack{s, d, func() cache {
		c := s.server(t, prefix)
		t.Cleanup(func() {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		})
		return layers.Encoded(c, layers.JSON[string]{})
	}}
}

// node is a process: what it has of the stack. Calls of each cache can be stalled.
type node struct {
	cache     cache // what it uses: both levels, or the only one
	near, far level // with two levels
	stalls    *cachetest.Stalls[string]
	design    design
}

// level is one of two.
type level struct {
	cache  cache
	stalls *cachetest.Stalls[string]
	log    *cachetest.Log[string]
}

// node returns another process that uses the stack.
func (s *stack) node() *node {
	n := &node{design: s.design}
	c := s.shared()
	if s.twoLevels {
		n.near, n.far = newLevel(memory.New[string, string](nil)), newLevel(c)
		c = s.design.twoLevel(watched(n.near.cache, "near"), n.far.cache)
	}
	c, n.stalls = cachetest.Stalling(c)
	n.cache = watched(c, "cache")
	return n
}

func newLevel(c cache) (l level) {
	c, l.stalls = cachetest.Stalling(c)
	l.cache, l.log = cachetest.Recording(c)
	return l
}

// function returns load with the cache of the process in front of it.
func (n *node) function(load loader) function { return n.design.function(n.cache, load) }
