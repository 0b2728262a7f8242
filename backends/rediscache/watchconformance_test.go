package rediscache_test

import (
	"testing"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/redistest"
)

func TestConformanceSentinel(t *testing.T) {
	t.Parallel()
	client := redistest.StartSentinels(t, 1, 3).Client(t)
	cachetest.Run(t, func(t *testing.T) ctxcache.Cache[string, []byte] {
		return newCache(t, client, &rediscache.Options{Prefix: nextPrefix(), LeaseTTL: renewed})
	}, cachetest.LeaseTTL(renewed))
}
