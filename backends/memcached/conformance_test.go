package memcached_test

import (
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/memcachedtest"
	"github.com/ctxcache/cached/internal/remotetest"
)

// patiently is a client timeout that even a busy machine does not exceed.
const patiently = memcachedtest.Patience

// TestConformance runs the suite over three servers. For the whole matrix it also runs the suite over one server, and on
// a plain cache. A plain run of package matrix has that, over a server without CAS.
func TestConformance(t *testing.T) {
	servers := []*memcachedtest.Server{memcachedtest.Start(t), memcachedtest.Start(t), memcachedtest.Start(t)}
	conforms(t, "ThreeServers", servers, memcached.Options{WholeServers: true, MaxItemSize: 100_000})
	if remotetest.WholeMatrix() {
		conforms(t, "OneServer", servers[:1], memcached.Options{})
		conforms(t, "Plain", servers[:1], memcached.Options{Plain: true})
	}
}

// conforms runs the suite over servers.
func conforms(t *testing.T, name string, servers []*memcachedtest.Server, options memcached.Options) {
	t.Run(name, func(t *testing.T) {
		selector, largest := list(t, servers...), 1<<20
		if options.MaxItemSize > 0 {
			largest = options.MaxItemSize
		}
		open := func(t *testing.T, prefix string) ctxcache.Cache[string, []byte] {
			part := options
			part.Prefix, part.LeaseTTL = prefix, renewed
			return newCacheOver(t, selector, &part)
		}
		cachetest.Run(t, func(t *testing.T) ctxcache.Cache[string, []byte] { return open(t, nextPrefix()) },
			cachetest.TTLUnit(time.Second), cachetest.LeaseTTL(renewed), cachetest.Concurrent(100), cachetest.MaxValue(largest),
			cachetest.Shared(func(t *testing.T) (one, other ctxcache.Cache[string, []byte]) {
				prefix := nextPrefix()
				return open(t, prefix), open(t, prefix)
			}),
			cachetest.Outage(func(*testing.T) func() {
				each(servers, (*memcachedtest.Server).Stop)
				return func() { each(servers, (*memcachedtest.Server).Restart) }
			}))
	})
}

// each calls f for each of the servers.
func each(servers []*memcachedtest.Server, f func(*memcachedtest.Server)) {
	for _, server := range servers {
		f(server)
	}
}
