package twolevel

import (
	"context"

	"github.com/ctxcache/cached/ctxcache"
)

// afterNearKey is the key of the identity of the cache whose near was read, in the context of AfterNear.
type afterNearKey struct{}

// AfterNear returns ctx as the context of a GetLease or GetLeases that comes after GetNear or GetNearEntry. It is the first
// read of far, so far counts it as one: see [ctxcache.CountAsRead]. Near has counted already.
func (c *Cache[K, V]) AfterNear(ctx context.Context) context.Context {
	return context.WithValue(ctx, afterNearKey{}, c.identity)
}

// farContext returns ctx, of a GetLease or GetLeases, as the context of the one that far gets.
func (c *Cache[K, V]) farContext(ctx context.Context) context.Context {
	if ctx.Value(afterNearKey{}) == c.identity {
		return ctxcache.CountAsRead(ctx)
	}
	return ctx
}
