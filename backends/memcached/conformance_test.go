package memcached_test

import (
	"testing"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/memcachedtest"
)

// patiently is a client timeout that even a busy machine does not exceed.
const patiently = time.Minute

func TestConformance(t *testing.T) {
	const leaseTTL = 5 * time.Second // long enough for a busy machine to renew leases in time
	one := list(t, memcachedtest.Shared(t))
	three := list(t, memcachedtest.Start(t), memcachedtest.Start(t), memcachedtest.Start(t))
	for _, run := range []struct {
		name    string
		servers memcache.ServerSelector
		options memcached.Options
	}{
		{"OneServer", one, memcached.Options{}},
		{"Plain", one, memcached.Options{Plain: true}},
		{"ThreeServers", three, memcached.Options{WholeServers: true}},
	} {
		t.Run(run.name, func(t *testing.T) {
			cachetest.Run(t, func(t *testing.T) ctxcache.Cache[string, []byte] {
				options := run.options
				options.Prefix, options.LeaseTTL, options.Timeout = nextPrefix(), leaseTTL, patiently
				return newCacheOver(t, run.servers, &options)
			}, cachetest.TTLUnit(time.Second), cachetest.LeaseTTL(leaseTTL), cachetest.Concurrent(100))
		})
	}
}
