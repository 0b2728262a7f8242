package rediscache_test

import (
	"testing"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/redistest"
)

func TestConformanceSentinel(t *testing.T) {
	t.Parallel()
	sentinels := redistest.StartSentinels(t, 1, 3)
	client := sentinels.Client(t)
	cachetest.Run(t, func(t *testing.T) ctxcache.Cache[string, []byte] {
		return newCache(t, client, leasing(nextPrefix()))
	}, cachetest.LeaseTTL(renewed), sharing(client, sentinels.Client(t), leasing))
}
