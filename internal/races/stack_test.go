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
	"github.com/ctxcache/cached/layers/twolevel"
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

// design is a way to build the parts of a stack.
type design struct {
	name     string
	twoLevel func(near, far cache) cache
	function func(cache, loader, *cached.Options) function
	over     func(cache) cache // a layer over the whole stack, or nil

	// refresher returns a function that refreshes values behind its callers.
	refresher func(c cache, w way, load loader, opts *cached.Options) refresher

	// bulk returns a function of a bulk loader.
	bulk func(cache, bulkLoader) bulkFunction

	// coherent returns two levels. Near follows far's Watch, whose events pass through a channel.
	coherent func(near, far cache, through func(cache) cache) cache
}

var (
	leased = design{
		name: "leased",
		twoLevel: func(near, far cache) cache {
			// The TTL of an entry in Memcached is unknown, so a near copy needs a TTL of its own.
			return twolevel.New(near, far, &twolevel.Options{NearTTL: time.Hour})
		},
		function: func(c cache, load loader, opts *cached.Options) function { return cached.Func(c, load, opts) },
		coherent: func(near, far cache, through func(cache) cache) cache {
			return twolevel.New(near, through(far), &twolevel.Options{Coherent: true})
		},
		refresher: func(c cache, w way, load loader, opts *cached.Options) refresher {
			if w.bulk {
				return draining{cached.Bulk(c, bulkOf(load), opts)}
			}
			return draining{cached.Func(c, load, opts)}
		},
		bulk: newBulk,
	}
	naive = design{
		name:     "naive",
		twoLevel: func(near, far cache) cache { return &naiveTwoLevel{forward(far), near} },
		function: func(c cache, load loader, _ *cached.Options) function { return newNaiveFunction(c, load) },
		coherent: func(near, far cache, through func(cache) cache) cache {
			return newNaiveCoherent(near, through(&carrying{forward(far)}))
		},
		refresher: func(c cache, _ way, load loader, _ *cached.Options) refresher { return newNaiveRefresher(c, load) },
		bulk:      newNaiveBulk,
	}
)

// but returns d with a change. The result is a double with another mistake.
func (d design) but(change func(*design)) design {
	change(&d)
	return d
}

// store is where a stack keeps its values.
type store struct {
	name      string
	twoLevels bool
	server    server // nil for memory alone
	noClear   bool
	leaseless bool // nothing has leases, so only what a Function itself changes invalidates its loads
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
	prefix string       // of the keys on the server, if there is one
	shared func() cache // returns the store as another process sees it
}

// stacks counts the stacks that were opened, also when a test runs several times.
var stacks atomic.Int64

// open makes an empty store.
func (s store) open(t *testing.T, d design) *stack {
	t.Helper()
	if s.server == nil {
		var shared cache = memory.New[string, string](nil)
		if s.leaseless {
			shared = newUnleased()
		}
		return &stack{store: s, t: t, design: d, shared: func() cache { return shared }}
	}
	opened := &stack{store: s, t: t, design: d, prefix: fmt.Sprintf("stack%d:", stacks.Add(1))}
	opened.shared = func() cache { return opened.on(t) }
	return opened
}

// on returns the store on the server. It is closed when t ends.
func (s *stack) on(t *testing.T) cache { return texts(s.server(t, s.prefix)) }
