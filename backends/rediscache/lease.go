package rediscache

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

// GetLease returns what GetEntry does; and, if the key is absent or its remaining TTL is at most refreshBelow, a
// lease, all in one round trip. Every process that uses the same keys honours it, and whatever any client does to the
// key kills it.
//
// A lease on an absent key is exclusive. Its marker in Redis lives for Options.LeaseTTL, and is renewed until the lease is
// filled, released or dropped, until Close, or until the end of the load that it is for (see [ctxcache.ForLoad]). If the
// context of that load can never end, the marker is not renewed.
//
// A lease on a key that is there has no marker. Several holders may have one, and the first Fill wins. Fill wants the
// content and the expiry to be those that the lease was granted on. The lease is lost when the entry expires. It survives
// if somebody stores the same value again with the same expiry, to the millisecond.
func (c *Cache) GetLease(
	ctx context.Context, key string, refreshBelow time.Duration,
) (ctxcache.Entry[[]byte], ctxcache.Lease, error) {
	const op = ctxcache.OpGetLease
	requests, err := c.request(ctx, op, []string{key}, refreshBelow)
	if err != nil {
		return ctxcache.Entry[[]byte]{}, ctxcache.Lease{}, err
	}
	r := requests[0]
	granted, _ := r.due()
	return r.entry, granted, c.calls.Fail(ctx, op, r.answer)
}

// GetLeases is GetLease for many keys, in one round trip per server.
func (c *Cache) GetLeases(
	ctx context.Context, keys []string, refreshBelow time.Duration,
) (map[string]ctxcache.Entry[[]byte], map[string]ctxcache.Lease, error) {
	const op = ctxcache.OpGetLeases
	requests, err := c.request(ctx, op, calls.Unique(keys), refreshBelow)
	if err != nil {
		return nil, nil, err
	}
	found := make(map[string]ctxcache.Entry[[]byte], len(requests))
	leases := make(map[string]ctxcache.Lease, len(requests))
	failed := make(map[string]error)
	for _, r := range requests {
		if granted, due := r.due(); due {
			leases[r.key] = granted
		}
		switch err := c.calls.Fail(ctx, op, r.answer); err {
		case nil, ctxcache.ErrNotFound:
			found[r.key] = r.entry
		case ctxcache.ErrMiss:
		default:
			failed[r.key] = err
		}
	}
	return found, leases, ctxcache.NewManyError(failed)
}

// lease is what a lease was granted as. A pointer to it is the token.
type lease struct {
	cache   *Cache // that granted it
	stored  string
	marked  bool        // on an absent key, with a marker; otherwise to refresh
	proof   string      // what has to hold for Fill: the token of the marker, or the fence
	renewal *renewal    // of the marker, if there is one
	over    atomic.Bool // whether it is known to have ended
	gone    atomic.Bool // whether it is known to have left nothing in Redis, too
}

// lease returns what l was granted as, or nil if it was not granted, or by another cache, or on another key.
func (c *Cache) lease(key string, l ctxcache.Lease) *lease {
	if granted, ok := l.Token().(*lease); ok && granted.cache == c && granted.stored == c.stored(key) {
		return granted
	}
	return nil
}

// end notes that the lease has ended. A marker may still be there although its lease was lost: to take the expiry of a
// marker away ends its lease alone.
func (l *lease) end(gone bool) {
	l.over.Store(true)
	if gone || !l.marked {
		l.gone.Store(true)
	}
	l.renewal.Stop(l)
}
