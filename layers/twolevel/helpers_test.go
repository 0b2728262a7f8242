package twolevel_test

import (
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// newMemory returns an empty memory cache.
func newMemory[V any]() ctxcache.Cache[string, V] { return memory.New[string, V](nil) }
