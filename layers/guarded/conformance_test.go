package guarded_test

import (
	"testing"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/remotetest"
	"github.com/ctxcache/cached/layers/guarded"
)

type bytesCache = ctxcache.Cache[string, []byte]

// TestConformance runs the suite with options that would refuse calls if mistakes and misses were failures.
func TestConformance(t *testing.T) {
	remotetest.RunLayers(t, []remotetest.Layer{
		{Name: "default", Over: func(_ *testing.T, store bytesCache) bytesCache { return guarded.New(store, nil) }},
		{Name: "sensitive", Over: func(_ *testing.T, store bytesCache) bytesCache {
			return guarded.New(store, &guarded.Options{MinCalls: 1, FailureRatio: 0.001, MaxConcurrent: 1000})
		}},
	})
}
