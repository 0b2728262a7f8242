package memcached_test

import (
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/memcachedtest"
)

// patiently is a client timeout that even a busy machine does not exceed.
const patiently = memcachedtest.Patience

func TestConformance(t *testing.T) {
	one := []*memcachedtest.Server{memcachedtest.Start(t)}
	three := []*memcachedtest.Server{memcachedtest.Start(t), memcachedtest.Start(t), memcachedtest.Start(t)}
	for _, run := range []struct {
		name    string
		servers []*memcachedtest.Server
		options memcached.Options
	}{
		{"OneServer", one, memcached.Options{MaxItemSize: 100_000}},
		{"Plain", one, memcached.Options{Plain: true}},
		{"ThreeServers", three, memcached.Options{WholeServers: true}},
	} {
		t.Run(run.name, func(t *testing.T) {
			servers, largest := list(t, run.servers...), 1<<20
			if run.options.MaxItemSize > 0 {
				largest = run.options.MaxItemSize
			}
			cachetest.Run(t, func(t *testing.T) ctxcache.Cache[string, []byte] {
				options := run.options
				options.Prefix, options.LeaseTTL = nextPrefix(), renewed
				return newCacheOver(t, servers, &options)
			}, cachetest.TTLUnit(time.Second), cachetest.LeaseTTL(renewed), cachetest.Concurrent(100), cachetest.MaxValue(largest),
				cachetest.Outage(func(*testing.T) func() {
					each(run.servers, (*memcachedtest.Server).Stop)
					return func() { each(run.servers, (*memcachedtest.Server).Restart) }
				}))
		})
	}
}

// each calls f for each of the servers.
func each(servers []*memcachedtest.Server, f func(*memcachedtest.Server)) {
	for _, server := range servers {
		f(server)
	}
}
