package twolevel

import (
	"context"
	"errors"
	"iter"

	"github.com/ctxcache/cached/ctxcache"
)

// Len returns far's length: near only has copies of entries in far. With Resilient, keys that far has missed the deletion
// of count until far has got it.
func (c *Cache[K, V]) Len(ctx context.Context, scope ctxcache.Scope[K]) (int, error) {
	if err := c.begin(ctx, ctxcache.OpLen); err != nil {
		return 0, err
	}
	return c.far.Len(ctx, scope)
}

// Clear clears far, then near. If Resilient hides that far failed, far is not believed about any key with the scope's
// prefix until far has cleared all of them, whether Match reports true for them or not. It returns
// errors.ErrUnsupported, before any effect, unless both can clear the scope.
func (c *Cache[K, V]) Clear(ctx context.Context, scope ctxcache.Scope[K]) error {
	if !c.caps.Has(ctxcache.CapClear) || !scope.In(c.caps.Scopes()) {
		return errors.ErrUnsupported
	}
	if err := c.begin(ctx, ctxcache.OpClear); err != nil {
		return err
	}
	inNear := scope
	farErr, nearErr := inTurn(
		func() (err error) {
			inNear, err = c.clearFar(ctx, scope)
			return err
		},
		func() error { return c.clearNear(context.WithoutCancel(ctx), inNear) })
	return joined(c.farMissed(ctx, farErr), nearErr)
}

// clearFar clears scope in far. If far has missed that, it lists all keys with the scope's prefix. It does not keep
// scope.Match, because Match may need what its caller has only until the call returns. It returns the scope to clear in
// near: near is read for the keys that are listed, so it may not have older copies of any of them.
func (c *Cache[K, V]) clearFar(ctx context.Context, scope ctxcache.Scope[K]) (inNear ctxcache.Scope[K], err error) {
	err = c.far.Clear(ctx, scope)
	if c.missedBy(ctx, err) == nil {
		if err == nil {
			c.clears.worked()
		}
		c.heardAll(writes, err)
		return scope, err
	}
	inNear.Prefix = c.missed.addPrefix(scope.Prefix)
	c.replayer.start()
	return inNear, err
}

// clearNear clears scope in near. If scope.Match panics, far may have cleared some keys before. Then near does not
// keep any key that Match could be asked about, and the panic goes on.
func (c *Cache[K, V]) clearNear(ctx context.Context, scope ctxcache.Scope[K]) (err error) {
	returned := false
	defer func() {
		if !returned && scope.Match != nil {
			scope.Match = nil
			_ = c.clearNear(ctx, scope) // the caller gets the panic
		}
	}()
	func() {
		defer c.reads.ForgetFunc(scope.Covers)
		err = c.near.Clear(ctx, scope)
	}()
	returned = true
	return err
}

// Keys lists far's keys. With Resilient, it lists keys that far has missed the deletion of until far has got it.
func (c *Cache[K, V]) Keys(ctx context.Context, scope ctxcache.Scope[K]) iter.Seq2[K, error] {
	return func(yield func(K, error) bool) {
		if err := c.begin(ctx, ctxcache.OpKeys); err != nil {
			var none K
			yield(none, err)
			return
		}
		c.far.Keys(ctx, scope)(yield)
	}
}

// Partition returns far's partition of key, see [ctxcache.PartitionOf].
func (c *Cache[K, V]) Partition(key K) int { return c.far.Partition(key) }

// Timeouts returns far's limits. A call may also wait for near, if that asks servers, too. With Resilient, a read of a key
// that far has missed a change of may first wait for a deletion in far, for as long as Write, and then for as long as Read.
func (c *Cache[K, V]) Timeouts() ctxcache.Timeouts { return c.far.Timeouts() }

// Stats returns near's and far's statistics as children. Entries is far's, because far also has the entries of near. If
// one level fails to report, the context is done, or the cache is closed, Stats returns the statistics that it could get
// together with the error: they are needed most when something fails. Missed is how many keys far has missed a change of.
func (c *Cache[K, V]) Stats(ctx context.Context) (ctxcache.Stats, error) {
	refused := c.begin(ctx, ctxcache.OpStats)
	stats, err := ctxcache.StatsUnder(ctx, ctxcache.Stats{Name: kind, Entries: -1, Missed: c.missed.depth()}, c)
	if refused != nil {
		err = refused
	}
	return stats, err
}
