package layers

import (
	"context"
	"sync"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// coherentNear is near as a coherent two-level cache sees it: empty while it cannot follow far, and with a note of each
// key before its lease is granted. What is not by lease does not come in.
type coherentNear[K comparable, V any] struct {
	ctxcache.Forward[K, V]
	*follower[K, V]
}

func newCoherentNear[K comparable, V any](f *follower[K, V]) *coherentNear[K, V] {
	return &coherentNear[K, V]{ctxcache.NewForward(f.near), f}
}

// absent returns why near is not to be asked, or nil.
func (c *coherentNear[K, V]) absent(ctx context.Context) error {
	switch {
	case c.following.Load():
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

func (c *coherentNear[K, V]) GetLease(
	ctx context.Context, key K, refreshBelow time.Duration,
) (e ctxcache.Entry[V], _ ctxcache.Lease[V], err error) {
	if err := c.absent(ctx); err != nil {
		return e, nil, err
	}
	stored := ctxcache.StoredKey(c.far, key)
	if stored == nil { // far will say why
		return e, nil, ctxcache.ErrMiss
	}
	c.keys.use(stored, key)
	e, lease, err := c.Forward.GetLease(ctx, key, refreshBelow)
	return e, c.lease(stored, lease), err
}

func (c *coherentNear[K, V]) GetLeases(
	ctx context.Context, keys []K, refreshBelow time.Duration,
) (map[K]ctxcache.Entry[V], map[K]ctxcache.Lease[V], error) {
	switch err := c.absent(ctx); err {
	case nil:
	case ctxcache.ErrMiss:
		return make(map[K]ctxcache.Entry[V]), nil, nil
	default:
		return nil, nil, err
	}
	stored, noted := make(map[K]any, len(keys)), make([]K, 0, len(keys))
	for _, key := range keys {
		form := ctxcache.StoredKey(c.far, key)
		if form == nil { // far will say why
			continue
		}
		if _, again := stored[key]; !again {
			stored[key] = form
			noted = append(noted, key)
			c.keys.use(form, key)
		}
	}
	found, leases, err := c.Forward.GetLeases(ctx, noted, refreshBelow)
	coherent := make(map[K]ctxcache.Lease[V], len(leases))
	for key, form := range stored {
		if lease := c.lease(form, leases[key]); lease != nil {
			coherent[key] = lease
		}
	}
	return found, coherent, err
}

// lease returns lease such that the note of its key is in use until the release. Without one, the use ends.
func (c *coherentNear[K, V]) lease(stored any, lease ctxcache.Lease[V]) ctxcache.Lease[V] {
	if lease == nil {
		c.keys.leave(stored)
		return nil
	}
	return &coherentLease[V]{Lease: lease, leave: sync.OnceFunc(func() { c.keys.leave(stored) })}
}

type coherentLease[V any] struct {
	ctxcache.Lease[V]
	leave func()
}

func (l *coherentLease[V]) Release(ctx context.Context) error {
	defer l.leave()
	return l.Lease.Release(ctx)
}
