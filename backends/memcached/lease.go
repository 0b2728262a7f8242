package memcached

import (
	"context"
	"errors"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// GetLease returns what GetEntry does; and, if the key is absent, or if refreshBelow is NoExpiry, a lease: a
// gets, and an add of the marker if there is nothing. Every process that uses the same keys honours it, and
// whatever any client does to the key, touch aside, kills it.
//
// A lease on an absent key is exclusive. Its marker lives for Options.LeaseTTL, and a second at most longer,
// and is renewed until Fill, Release, Close, or the end of ctx. A lease on a key that is there has no marker:
// several holders may have one, and the first Fill wins, which still finds the very content and CAS ID that its
// lease was granted on. It is lost when the entry expires. A server that restarts counts CAS IDs from the start:
// should somebody then store the same content again, and get the same ID for it, it survives that.
func (c *Cache[V]) GetLease(
	ctx context.Context, key string, refreshBelow time.Duration,
) (ctxcache.Entry[V], ctxcache.Lease[V], error) {
	requests, err := c.store.request(ctx, []string{key}, refreshBelow)
	if err != nil {
		return ctxcache.Entry[V]{}, nil, err
	}
	e, held, err := c.outcome(ctx, requests[0], refreshBelow)
	return e, c.lease(held), err
}

// GetLeases is GetLease for many keys: one gets per server, all servers at once, and an add for each absent key.
func (c *Cache[V]) GetLeases(
	ctx context.Context, keys []string, refreshBelow time.Duration,
) (map[string]ctxcache.Entry[V], map[string]ctxcache.Lease[V], error) {
	requests, err := c.store.request(ctx, unique(keys), refreshBelow)
	if err != nil {
		return nil, nil, err
	}
	found := make(map[string]ctxcache.Entry[V], len(requests))
	leases := make(map[string]ctxcache.Lease[V], len(requests))
	failed := make(map[string]error)
	for _, r := range requests {
		e, held, err := c.outcome(ctx, r, refreshBelow)
		if held != nil {
			leases[r.key] = c.lease(held)
		}
		switch err {
		case nil, ctxcache.ErrNotFound:
			found[r.key] = e
		case ctxcache.ErrMiss:
		default:
			failed[r.key] = err
		}
	}
	return found, leases, ctxcache.NewManyError(failed)
}

// outcome returns what a request found, and the hold that it was granted, if any. What cannot be decoded is to be
// healed, and comes with one.
func (c *Cache[V]) outcome(ctx context.Context, r *request, refreshBelow time.Duration) (ctxcache.Entry[V], *hold, error) {
	if r.err != nil {
		return ctxcache.Entry[V]{}, nil, c.store.fail(ctx, "lease", r.err)
	}
	e, err := c.decode("lease", r.item)
	switch {
	case err == ctxcache.ErrMiss: // a marker that is not ours if there is no hold
		return e, r.hold, err
	case errors.Is(err, ctxcache.ErrCorrupt) || ctxcache.Due(ctxcache.Unknown, refreshBelow):
		if unswappable := swappable(r.item); unswappable != nil {
			return ctxcache.Entry[V]{}, nil, ctxcache.Fail(layer, "lease", unswappable)
		}
		return e, &hold{store: c.store, stored: r.stored, fence: r.item}, err
	}
	return e, nil, err
}

// lease is a lease that was granted.
type lease[V any] struct {
	cache *Cache[V]
	held  *hold
}

// lease returns the lease of a hold; nil stays nil.
func (c *Cache[V]) lease(held *hold) ctxcache.Lease[V] {
	if held == nil {
		return nil
	}
	return &lease[V]{cache: c, held: held}
}

// Fill stores e if the lease stands: a gets and a cas.
func (l *lease[V]) Fill(ctx context.Context, e ctxcache.Entry[V]) error {
	item, err := l.cache.encode(ctx, "fill", e)
	if err != nil {
		return err
	}
	return do(ctx, l.cache.store, "fill", func(context.Context) error { return l.held.fill(item) })
}

// Release lets the marker expire. The lease is no longer renewed even if that fails.
func (l *lease[V]) Release(ctx context.Context) error {
	l.held.renewal.Stop(l.held)
	return do(ctx, l.cache.store, "release", func(context.Context) error { return l.held.release() })
}
