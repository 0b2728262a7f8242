package layers

import (
	"context"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// Set passes the call to the inner cache. The scope forgets key.
func (c *requestScoped[K, V]) Set(ctx context.Context, key K, value V, ttl time.Duration) error {
	defer c.forgetKey(requestScopeOf(ctx), key)()
	return c.inner.Set(ctx, key, value, ttl)
}

// SetEntry passes the call to the inner cache. The scope forgets key.
func (c *requestScoped[K, V]) SetEntry(ctx context.Context, key K, e ctxcache.Entry[V]) error {
	defer c.forgetKey(requestScopeOf(ctx), key)()
	return c.Forward.SetEntry(ctx, key, e)
}

// SetEntries passes the call to the inner cache. The scope forgets the keys.
func (c *requestScoped[K, V]) SetEntries(ctx context.Context, entries map[K]ctxcache.Entry[V]) error {
	defer c.forgetKeys(requestScopeOf(ctx), maps.Keys(entries))()
	return c.Forward.SetEntries(ctx, entries)
}

// Delete passes the call to the inner cache. The scope forgets key.
func (c *requestScoped[K, V]) Delete(ctx context.Context, key K) error {
	defer c.forgetKey(requestScopeOf(ctx), key)()
	return c.inner.Delete(ctx, key)
}

// DeleteMany passes the call to the inner cache. The scope forgets keys.
func (c *requestScoped[K, V]) DeleteMany(ctx context.Context, keys []K) error {
	defer c.forgetKeys(requestScopeOf(ctx), slices.Values(keys))()
	return c.Forward.DeleteMany(ctx, keys)
}

// Remove passes the call to the inner cache. The scope forgets key.
func (c *requestScoped[K, V]) Remove(ctx context.Context, key K) (was bool, err error) {
	defer c.forgetKey(requestScopeOf(ctx), key)()
	return c.Forward.Remove(ctx, key)
}

// Drop passes the call to the inner cache. The scope forgets key.
func (c *requestScoped[K, V]) Drop(ctx context.Context, key K, lease ctxcache.Lease) error {
	defer c.forgetKey(requestScopeOf(ctx), key)()
	return c.Forward.Drop(ctx, key, lease)
}

// ForgetInRequest makes the scope of ctx forget key. A cached function calls it after a call has got a newer value from a
// load of another request.
func (c *requestScoped[K, V]) ForgetInRequest(ctx context.Context, key K) {
	c.forgetKey(requestScopeOf(ctx), key)
}

// Clear passes the call to the inner cache. The scope forgets all keys, also those that are not cleared: they cost one
// more read, and the function of the caller that matches keys is not called for them.
func (c *requestScoped[K, V]) Clear(ctx context.Context, scope ctxcache.Scope[K]) error {
	defer c.inEach(requestScopeOf(ctx), (*scopePart[K, V]).forgetAll)()
	return c.Forward.Clear(ctx, scope)
}

// forgetKey makes scope, and the scopes outside of it, forget key. It is called before a write, and returns a function
// that does the same after the write: a read that began meanwhile may have found the old value.
func (c *requestScoped[K, V]) forgetKey(scope *requestScope, key K) (again func()) {
	if scope == nil || ctxcache.CheckKey(key) != nil { // no map has such a key
		return doNothing
	}
	return c.inEach(scope, func(part *scopePart[K, V]) { part.forget(key) })
}

// forgetKeys is forgetKey for many keys.
func (c *requestScoped[K, V]) forgetKeys(scope *requestScope, keys iter.Seq[K]) (again func()) {
	return c.inEach(scope, func(part *scopePart[K, V]) {
		for key := range keys {
			if ctxcache.CheckKey(key) == nil {
				part.forget(key)
			}
		}
	})
}

// inEach calls do for c's part of scope, and of the scopes outside of it. It returns a function that does the same: by
// then there may be more parts.
func (c *requestScoped[K, V]) inEach(scope *requestScope, do func(*scopePart[K, V])) (again func()) {
	if scope == nil {
		return doNothing
	}
	all := func() {
		for s := scope; s != nil; s = s.outer {
			if part, ok := s.parts.Load(c); ok {
				do(part.(*scopePart[K, V]))
			}
		}
	}
	all()
	return all
}

func doNothing() {}
