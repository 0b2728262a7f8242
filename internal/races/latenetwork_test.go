package races_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/bradfitz/gomemcache/memcache"
	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/latecopies"
	"github.com/ctxcache/cached/internal/memcachedtest"
	"github.com/ctxcache/cached/internal/redistest"
)

// lateServer is a kind of server behind a network that delivers late.
type lateServer struct {
	name     string
	protocol latecopies.Protocol
	addr     func(t *testing.T) string

	// open returns a cache in the server at addr. Naive returns the double.
	open, naive func(t *testing.T, addr string, o lateOptions) bytesCache

	pipelines bool // commands for many keys are sent together
}

// lateOptions are how a process uses a server.
type lateOptions struct {
	prefix, owner string
	timeout       time.Duration // of the client
	leaseTTL      time.Duration
	retries       int // -1 for none
}

var lateServers = []lateServer{
	{
		name: "Redis", protocol: latecopies.Redis, pipelines: true,
		addr: func(t *testing.T) string { return redistest.Shared(t).Addr },
		open: func(t *testing.T, addr string, o lateOptions) bytesCache {
			options := &rediscache.Options{
				Prefix: o.prefix, LeaseTTL: o.leaseTTL, ReadTimeout: redistest.Patience, WriteTimeout: redistest.Patience,
			}
			return closed(t, rediscache.New(lateRedis(t, addr, o.retries, o.timeout), options))
		},
		naive: func(t *testing.T, addr string, o lateOptions) bytesCache {
			repeated, once := lateRedis(t, addr, o.retries, o.timeout), lateRedis(t, addr, -1, o.timeout)
			return newNaiveServer(t, redisCommands{repeated}, redisCommands{once}, o.prefix, o.owner, o.leaseTTL)
		},
	},
	{
		name: "Memcached", protocol: latecopies.Memcached,
		addr: func(t *testing.T) string { return memcachedtest.Shared(t).Addr },
		open: func(t *testing.T, addr string, o lateOptions) bytesCache {
			var servers memcache.ServerList
			if err := servers.SetServers(addr); err != nil {
				t.Fatal(err)
			}
			options := &memcached.Options{
				Prefix: o.prefix, LeaseTTL: o.leaseTTL, Timeout: o.timeout,
				ReadTimeout: memcachedtest.Patience, WriteTimeout: memcachedtest.Patience,
			}
			return closed(t, memcached.New(&servers, options))
		},
		naive: func(t *testing.T, addr string, o lateOptions) bytesCache {
			client := memcache.New(addr)
			client.Timeout = o.timeout
			t.Cleanup(func() {
				if err := client.Close(); err != nil {
					t.Error(err)
				}
			})
			repeated, once := memcachedCommands{client, max(1, o.retries)}, memcachedCommands{client, 1}
			return newNaiveServer(t, repeated, once, o.prefix, o.owner, o.leaseTTL)
		},
	},
}

// lateRedis returns a client of the server at addr.
func lateRedis(t *testing.T, addr string, retries int, timeout time.Duration) *redis.Client {
	client := redis.NewClient(&redis.Options{
		Addr: addr, MaxRetries: retries,
		DialTimeout: redistest.Patience, PoolTimeout: redistest.Patience, ReadTimeout: timeout, WriteTimeout: timeout,
	})
	t.Cleanup(func() {
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	})
	return client
}

// lateNetwork is a server, and two processes that use it. The network between the first process and the server delivers
// late.
type lateNetwork struct {
	lateServer
	ctx     context.Context
	proxy   *latecopies.Proxy
	options lateOptions
	double  bool

	n     cache // of the first process
	other cache // of the second process
}

// lateDesign is what a process uses.
type lateDesign struct {
	double    bool
	twoLevels bool // the first process has near in front of the server
	retries   int
	timeout   time.Duration
	leaseTTL  time.Duration // 0 for a long one
}

// network connects two processes with a server.
func (s lateServer) network(ctx context.Context, t *testing.T, d lateDesign) *lateNetwork {
	t.Helper()
	addr := s.addr(t)
	w := &lateNetwork{lateServer: s, ctx: ctx, double: d.double, proxy: latecopies.Start(t, s.protocol, addr)}
	w.options = lateOptions{
		prefix: fmt.Sprintf("stack%d:", stacks.Add(1)), owner: "n", retries: d.retries, timeout: d.timeout, leaseTTL: d.leaseTTL,
	}
	if d.leaseTTL == 0 {
		w.options.leaseTTL = time.Hour
	}
	open, twoLevel := s.open, leased.twoLevel
	if d.double {
		open, twoLevel = s.naive, naive.twoLevel
	}
	w.n = texts(open(t, w.proxy.Addr, w.options))
	if d.twoLevels {
		w.n = twoLevel(memory.New[string, string](nil), w.n)
	}
	near := w.options
	near.owner, near.timeout = "other", redistest.Patience
	w.other = texts(open(t, addr, near))
	return w
}

// stored returns a key as it is stored.
func (w *lateNetwork) stored(key string) string { return w.options.prefix + key }

// changes picks the commands about one of the keys that may change it.
func (w *lateNetwork) changes(keys ...string) latecopies.Match {
	reads := latecopies.Named("get", "gets", "mget", "pttl", "type")
	return func(c latecopies.Command) bool {
		return !reads(c) && slices.ContainsFunc(keys, func(key string) bool { return latecopies.About(w.stored(key))(c) })
	}
}

// hold holds back the commands that change keys, if they are sent together. Otherwise it holds the first command that
// changes the first key: the others have connections of their own, or come in any order.
func (w *lateNetwork) hold(keys ...string) *latecopies.Held {
	if w.pipelines && !w.double {
		return w.proxy.HoldBatch(w.changes(keys...), len(keys))
	}
	return w.proxy.Hold(w.changes(keys[0]))
}

// warm makes the server know every script of the library, so that a late copy is not answered NOSCRIPT.
func (w *lateNetwork) warm() error {
	ctx := w.ctx
	const other = "warm"
	for _, end := range []func(ctxcache.Lease) error{
		func(l ctxcache.Lease) error { return ctxcache.Release(ctx, w.other, other, l) },
		func(l ctxcache.Lease) error {
			return ctxcache.Fill(ctx, w.other, other, l, ctxcache.NewEntry("1", time.Hour))
		},
		func(l ctxcache.Lease) error { return ctxcache.Release(ctx, w.other, other, l) },
		func(l ctxcache.Lease) error {
			return ctxcache.Fill(ctx, w.other, other, l, ctxcache.NewEntry("2", time.Hour))
		},
		func(l ctxcache.Lease) error { return ctxcache.Drop(ctx, w.other, other, l) },
	} {
		_, lease, err := ctxcache.GetLease(ctx, w.other, other, ctxcache.NoExpiry)
		if err != nil && err != ctxcache.ErrMiss {
			return err
		}
		if err := end(lease); err != nil {
			return err
		}
	}
	return nil
}

// gate delays commands until something has happened.
type gate struct {
	open func() // lets them pass; further calls do nothing
}

// deleteAfter lets the first other command that changes each key pass, and delays all further ones. So the deletions
// that follow a Set of unknown outcome come at once, and again after the late Set.
func (w *lateNetwork) deleteAfter(keys ...string) gate {
	landed := make(chan struct{})
	var mu sync.Mutex
	seen := make(map[string]int)
	sets := latecopies.Named("set")
	w.proxy.Hold(func(c latecopies.Command) bool {
		wait := false
		mu.Lock()
		for _, key := range keys {
			if !sets(c) && w.changes(key)(c) {
				seen[key]++
				wait = wait || seen[key] > 1
			}
		}
		mu.Unlock()
		if wait {
			<-landed
		}
		return false
	})
	return gate{sync.OnceFunc(func() { close(landed) })}
}
