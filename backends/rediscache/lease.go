package rediscache

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// GetLease returns what GetEntry does; and, if the key is absent or its remaining TTL is at most refreshBelow, a
// lease, all in one round trip. Every process that uses the same keys honours it, and whatever any client does to the
// key kills it.
//
// A lease on an absent key is exclusive. Its marker in Redis lives for Options.LeaseTTL, and is renewed until Fill,
// Release, Close, or the end of ctx. A lease on a key that is there has no marker: several holders may have one, and
// the first Fill wins, which still finds the very content and expiry that its lease was granted on. It is lost when
// the entry expires. Should somebody store the same value again with the same expiry, to the millisecond, it survives
// that.
func (c *Cache) GetLease(
	ctx context.Context, key string, refreshBelow time.Duration,
) (ctxcache.Entry[[]byte], ctxcache.Lease[[]byte], error) {
	requests, err := c.request(ctx, []string{key}, refreshBelow)
	if err != nil {
		return ctxcache.Entry[[]byte]{}, nil, err
	}
	r := requests[0]
	if r.lease == nil {
		return r.entry, nil, c.fail(ctx, "lease", r.answer) // not a nil *lease in an interface
	}
	return r.entry, r.lease, c.fail(ctx, "lease", r.answer)
}

// GetLeases is GetLease for many keys, in one round trip per server.
func (c *Cache) GetLeases(
	ctx context.Context, keys []string, refreshBelow time.Duration,
) (map[string]ctxcache.Entry[[]byte], map[string]ctxcache.Lease[[]byte], error) {
	requests, err := c.request(ctx, unique(keys), refreshBelow)
	if err != nil {
		return nil, nil, err
	}
	found := make(map[string]ctxcache.Entry[[]byte], len(requests))
	leases := make(map[string]ctxcache.Lease[[]byte], len(requests))
	failed := make(map[string]error)
	for _, r := range requests {
		if r.lease != nil {
			leases[r.key] = r.lease
		}
		switch err := c.fail(ctx, "lease", r.answer); err {
		case nil, ctxcache.ErrNotFound:
			found[r.key] = r.entry
		case ctxcache.ErrMiss:
		default:
			failed[r.key] = err
		}
	}
	return found, leases, ctxcache.NewManyError(failed)
}

// lease is a lease that was granted.
type lease struct {
	cache   *Cache
	stored  string
	marked  bool        // on an absent key, with a marker; or else to refresh
	proof   string      // what has to hold for Fill: the token of the marker, or the fence
	renewal *renewal    // of the marker, if there is one
	over    atomic.Bool // whether it is known to have ended
	gone    atomic.Bool // whether its marker is known to be gone, too
}

// Fill stores e if the lease stands, in one round trip. If the connection breaks and the client library sends
// it a second time, ErrLeaseLost may mean that the first one did store e.
func (l *lease) Fill(ctx context.Context, e ctxcache.Entry[[]byte]) error {
	c := l.cache
	return do(ctx, c, "fill", func(ctx context.Context) error {
		ttl, err := c.ttl(e)
		if err != nil {
			return err
		}
		if l.over.Load() {
			return ctxcache.ErrLeaseLost
		}
		script := refillScript
		if l.marked {
			script = fillScript
		}
		absent, value := "", e.Value
		if e.Absent {
			absent, value = "1", nil
		}
		stored, err := accepted(c.run(ctx, script, l.stored, l.proof, absent, value, lifeArg(ttl)))
		if err != nil {
			return err
		}
		l.end()
		if !stored {
			return ctxcache.ErrLeaseLost // the marker may be there still: whoever took its expiry away killed the lease alone
		}
		l.gone.Store(true)
		return nil
	})
}

// Release removes the marker. The lease is no longer renewed even if that fails.
func (l *lease) Release(ctx context.Context) error {
	l.renewal.Stop(l)
	return do(ctx, l.cache, "release", func(ctx context.Context) error {
		if l.marked && !l.gone.Load() {
			if err := l.cache.run(ctx, releaseScript, l.stored, l.proof).Err(); err != nil {
				return err
			}
			l.gone.Store(true)
		}
		l.end()
		return nil
	})
}

// end notes that the lease has ended.
func (l *lease) end() {
	l.over.Store(true)
	l.renewal.Stop(l)
}
