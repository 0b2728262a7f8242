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
	"github.com/ctxcache/cached/layers"
)

type (
	cache  = ctxcache.Cache[string, string]
	loader = func(context.Context, string) (string, error)
)

// function is a cached function.
type function interface {
	Get(ctx context.Context, key string) (string, error)
	Refresh(ctx context.Context, key string) (string, error)
	Delete(ctx context.Context, key string) (bool, error)
	Close(ctx context.Context) error
}

// design is a way to build what a stack is made of.
type design struct {
	name     string
	twoLevel func(near, far cache) cache
	function func(cache, loader, *cached.Options) function
	over     func(cache) cache // a layer over the whole stack; nil: none

	// coherent is two levels, of which near follows far's Watch, as it comes through a channel.
	coherent func(near, far cache, through func(cache) cache) cache
}

var (
	leased = design{
		name: "leased",
		twoLevel: func(near, far cache) cache {
			// A near copy of what Memcached has needs a life of its own, since the value's is unknown.
			return layers.TwoLevel(near, far, &layers.TwoLevelOptions{NearTTL: time.Hour})
		},
		function: func(c cache, load loader, opts *cached.Options) function { return cached.Func(c, load, opts) },
		coherent: func(near, far cache, through func(cache) cache) cache {
			return layers.TwoLevel(near, through(far), &layers.TwoLevelOptions{Coherent: true})
		},
	}
	naive = design{
		name:     "naive",
		twoLevel: func(near, far cache) cache { return naiveTwoLevel{ctxcache.NewForward(far), near} },
		function: func(c cache, load loader, _ *cached.Options) function { return newNaiveFunction(c, load) },
		coherent: func(near, far cache, through func(cache) cache) cache {
			return newNaiveCoherent(near, through(carrying{ctxcache.NewForward(far)}))
		},
	}
)

// but returns d with a change: a double that is naive in another respect.
func (d design) but(change func(*design)) design {
	change(&d)
	return d
}

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
	t      *testing.T
	design design
	prefix string       // of the part of the server, if there is one
	shared func() cache // as another process sees the store
}

// stacks counts those that were opened, over the repetitions of a test, too.
var stacks atomic.Int64

// open makes an empty store.
func (s store) open(t *testing.T, d design) *stack {
	t.Helper()
	if s.server == nil {
		shared := memory.New[string, string](nil)
		return &stack{store: s, t: t, design: d, shared: func() cache { return shared }}
	}
	opened := &stack{store: s, t: t, design: d, prefix: fmt.Sprintf("stack%d:", stacks.Add(1))}
	opened.shared = func() cache { return opened.on(t) }
	return opened
}

// on returns the store of a server, until t ends.
func (s *stack) on(t *testing.T) cache { return texts(s.server(t, s.prefix)) }
