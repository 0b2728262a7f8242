package loads

import (
	"context"
	"errors"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers/twolevel"
)

// bothWays is a function for one key and one for many, over the same cache.
func bothWays(cache ctxcache.Cache[string, []byte], s *source, end func() error) loader {
	one := cached.Func(cache, s.load, &cached.Options{TTL: ttl})
	many := cached.Bulk(cache, s.loadMany, &cached.Options{TTL: ttl})
	return loader{one.Get, many.GetMany, func() error {
		ctx := context.Background() // the loads of a benchmark have ended before this
		return errors.Join(one.Close(ctx), many.Close(ctx), end())
	}}
}

func newFunc(capacity int, s *source) (loader, error) {
	cache := memory.New(&memory.Options[string, []byte]{MaxEntries: capacity})
	return bothWays(cache, s, cache.Close), nil
}

func newFuncOverLevels(capacity int, s *source, far *server) (loader, error) {
	near := memory.New(&memory.Options[string, []byte]{MaxEntries: capacity})
	remote := rediscache.New(far.client, &rediscache.Options{
		WholeDatabase: true, TTL: ttl, ReadTimeout: patience, WriteTimeout: patience,
	})
	stack := twolevel.New(near, remote, nil)
	return bothWays(stack, s, func() error { return errors.Join(stack.Close(), near.Close(), remote.Close()) }), nil
}
