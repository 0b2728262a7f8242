package twolevel

import (
	"context"

	"github.com/ctxcache/cached/ctxcache"
)

// coherentNear is near as a cache sees it whose near follows a stream of events. It is empty while near cannot follow,
// unless MaxStale allows reads, or Resilient makes near work alone, because far is down. It notes each key before near
// grants a lease on it. Only leased fills may enter.
type coherentNear[K comparable, V any] struct {
	ctxcache.Forward[K, V]
	follower *follower[K, V]
	alone    func(key K) bool // reports whether near works alone for key
}

func newCoherentNear[K comparable, V any](
	near ctxcache.Cache[K, V], f *follower[K, V], alone func(key K) bool,
) *coherentNear[K, V] {
	return &coherentNear[K, V]{ctxcache.NewForward(near, ctxcache.Description{Kind: "coherent"}), f, alone}
}

// absent returns nil if near follows, or works without the stream of events: alone, or for MaxStale. Otherwise near must
// not be asked, and absent returns the error of ctx, or ErrMiss.
//
// Near that works without the stream may have copies from before it was cut, and gets copies that no event
// reaches. None of them stays: when the stream is back, near is cleared and loses its leases before it counts as
// following.
func (c *coherentNear[K, V]) absent(ctx context.Context, key K) error {
	switch {
	case c.follower.view.current() || c.alone(key):
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	default:
		return ctxcache.ErrMiss
	}
}

func (c *coherentNear[K, V]) Get(ctx context.Context, key K) (value V, err error) {
	if err := c.absent(ctx, key); err != nil {
		return value, err
	}
	return c.Forward.Get(ctx, key)
}

func (c *coherentNear[K, V]) GetEntry(ctx context.Context, key K) (e ctxcache.Entry[V], err error) {
	if err := c.absent(ctx, key); err != nil {
		return e, err
	}
	return c.Forward.GetEntry(ctx, key)
}

// present returns those keys that near may be asked about: see absent.
func (c *coherentNear[K, V]) present(ctx context.Context, keys []K) ([]K, error) {
	if c.follower.view.current() {
		return keys, nil
	}
	var alone []K
	for _, key := range keys {
		if c.alone(key) {
			alone = append(alone, key)
		}
	}
	if len(alone) == 0 {
		return nil, ctx.Err()
	}
	return alone, nil
}

func (c *coherentNear[K, V]) GetEntries(ctx context.Context, keys []K) (map[K]ctxcache.Entry[V], error) {
	asked, err := c.present(ctx, keys)
	if err != nil {
		return nil, err
	}
	if len(asked) == 0 {
		return make(map[K]ctxcache.Entry[V]), nil
	}
	return c.Forward.GetEntries(ctx, asked)
}

func (c *coherentNear[K, V]) Contains(ctx context.Context, key K) (bool, error) {
	switch err := c.absent(ctx, key); err {
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
	believed := c.absent(ctx, key) == nil
	was, err = c.Forward.Remove(ctx, key)
	return was && believed, err
}
