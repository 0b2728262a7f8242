package twolevel

import (
	"context"

	"github.com/ctxcache/cached/ctxcache"
)

// coherentNear is near as a coherent cache sees it. It is empty while near cannot follow far, unless Resilient makes near
// work alone, because far is down. It notes each key before
// near grants a lease on it. Only leased fills may enter.
type coherentNear[K comparable, V any] struct {
	ctxcache.Forward[K, V]
	follower *follower[K, V]
	health   *health // far's; without Resilient it has no outages
}

func newCoherentNear[K comparable, V any](
	near ctxcache.Cache[K, V], f *follower[K, V], h *health,
) *coherentNear[K, V] {
	return &coherentNear[K, V]{ctxcache.NewForward(near, ctxcache.Description{Kind: "coherent"}), f, h}
}

// absent returns nil if near follows far, or works alone. Otherwise near must not be asked, and absent returns the
// error of ctx, or ErrMiss.
//
// Near that works alone may have copies from before the stream of far's events was cut, and gets copies that no event
// reaches. None of them stays: when the stream is back, near is cleared and loses its leases before it counts as
// following.
func (c *coherentNear[K, V]) absent(ctx context.Context) error {
	switch {
	case c.follower.following.Load() || c.health.any() != outage{}:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	default:
		return ctxcache.ErrMiss
	}
}

func (c *coherentNear[K, V]) Get(ctx context.Context, key K) (value V, err error) {
	if err := c.absent(ctx); err != nil {
		return value, err
	}
	return c.Forward.Get(ctx, key)
}

func (c *coherentNear[K, V]) GetEntry(ctx context.Context, key K) (e ctxcache.Entry[V], err error) {
	if err := c.absent(ctx); err != nil {
		return e, err
	}
	return c.Forward.GetEntry(ctx, key)
}

func (c *coherentNear[K, V]) GetEntries(ctx context.Context, keys []K) (map[K]ctxcache.Entry[V], error) {
	switch err := c.absent(ctx); err {
	case nil:
		return c.Forward.GetEntries(ctx, keys)
	case ctxcache.ErrMiss:
		return make(map[K]ctxcache.Entry[V]), nil
	default:
		return nil, err
	}
}

func (c *coherentNear[K, V]) Contains(ctx context.Context, key K) (bool, error) {
	switch err := c.absent(ctx); err {
	case nil:
		return c.Forward.Contains(ctx, key)
	case ctxcache.ErrMiss:
		return false, nil
	default:
		return false, err
	}
}

// Remove deletes the copy even while near must not be asked. It then reports false, as Contains does.
func (c *coherentNear[K, V]) Remove(ctx context.Context, key K) (was bool, err error) {
	believed := c.absent(ctx) == nil
	was, err = c.Forward.Remove(ctx, key)
	return was && believed, err
}
