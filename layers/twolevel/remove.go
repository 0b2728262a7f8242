package twolevel

import (
	"context"
	"errors"

	"github.com/ctxcache/cached/ctxcache"
)

// Remove deletes like Delete, and reports whether far or near had the key: near may have a copy of a value that far
// has lost, and then Get and Contains have found it, too. Far does not count if it has missed a change of the key
// before. If several callers in this process remove the key at the same time, at most one of them learns that it had
// a value.
func (c *Cache[K, V]) Remove(ctx context.Context, key K) (was bool, err error) {
	if !c.caps.Has(ctxcache.CapRemove) {
		return false, errors.ErrUnsupported
	}
	if err := c.beginKey(ctx, ctxcache.OpRemove, key); err != nil {
		return false, err
	}
	r := c.removals.begin(key)
	believed := !c.missed.look(key).listed()
	inFar, inNear := false, false
	defer func() { was = r.end(inNear) }() // even if far panics: other calls count on it
	farErr, nearErr := inTurn(func() error {
		defer func() { r.farAnswered(inFar) }()
		_, err := c.tried(ctx, key, false, func() error {
			had, err := c.far.Remove(ctx, key)
			inFar = had && believed
			if c.missedBy(ctx, err) != nil && !errors.Is(err, ctxcache.ErrTimeout) {
				// Remove needs more than Delete does: it reads, too. A caller that gets no error counts on the deletion.
				err = joined(err, c.far.Delete(ctx, key))
			}
			return err
		})
		return err
	}, func() (err error) {
		defer c.reads.Forget(key)
		inNear, err = c.removeNear(context.WithoutCancel(ctx), key)
		return err
	})
	return was, joined(c.farMissed(ctx, farErr), nearErr)
}

// removeNear deletes the near copy, and reports whether there was one.
func (c *Cache[K, V]) removeNear(ctx context.Context, key K) (was bool, err error) {
	if c.near.Supports().Has(ctxcache.CapRemove) {
		return c.near.Remove(ctx, key)
	}
	was, err = c.near.Contains(ctx, key)
	return was && err == nil, joined(err, c.near.Delete(ctx, key))
}
