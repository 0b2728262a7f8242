package sim_test

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// leased is what GetLease brings.
type leased struct {
	entry  entry
	lease  lease
	answer error // ErrMiss, ErrNotFound, or nil
}

func (c *client) GetLease(ctx context.Context, key string, refreshBelow time.Duration) (entry, lease, error) {
	if err := ctx.Err(); err != nil {
		return entry{}, nil, err
	}
	got, err := c.sendLease(key, refreshBelow).wait(ctx)
	if err != nil {
		c.world.loads.mayLoad(c, key)
		return entry{}, nil, err
	}
	if got.answer == ctxcache.ErrMiss || refreshBelow == ctxcache.NoExpiry {
		c.world.loads.mayLoad(c, key)
	}
	return got.entry, c.hold(key, got), got.answer
}

func (c *client) GetLeases(ctx context.Context, keys []string, refreshBelow time.Duration) (map[string]entry, map[string]lease, error) {
	got, err := many(ctx, keys, func(key string) *answer[leased] { return c.sendLease(key, refreshBelow) })
	found, leases := make(map[string]entry), make(map[string]lease)
	for key, l := range got {
		if held := c.hold(key, l); held != nil {
			leases[key] = held
		}
		if l.answer != ctxcache.ErrMiss {
			found[key] = l.entry
		}
	}
	return found, leases, err
}

func (c *client) sendLease(key string, refreshBelow time.Duration) *answer[leased] {
	w := c.world
	return send(c, "lease", key, func(ctx context.Context) (leased, error) {
		e, l, err := ctxcache.GetLease(ctx, w.far, key, refreshBelow)
		if l != nil {
			if err != ctxcache.ErrMiss { // a refresh, for which that it was asked for is reason enough
				w.loads.changed(key)
			}
			w.granted(key)
		}
		return leased{e, l, err}, nil
	}, func(got leased) {
		if got.lease != nil {
			w.loads.changed(key)
			w.must(got.lease.Release(w.ctx))
		}
	})
}

// hold returns the lease that far granted, if it did, as the stack gets it.
func (c *client) hold(key string, got leased) lease {
	if got.lease == nil {
		return nil
	}
	c.held.Add(1)
	return &farLease{client: c, key: key, lease: got.lease}
}

// farLease is a lease of far, through the network.
type farLease struct {
	client   *client
	key      string
	lease    lease
	released atomic.Bool
	tried    atomic.Bool // to fill, in vain or not

	filled bool // the scheduler's
}

func (l *farLease) Fill(ctx context.Context, e entry) error {
	l.tried.Store(true)
	_, err := ask(ctx, l.client, "fill", l.key, func(ctx context.Context) (none, error) {
		err := l.lease.Fill(ctx, e)
		if err == nil {
			l.filled = true
			l.client.world.loads.stored(l.key, e)
		}
		return none{}, err
	}, nil)
	return err
}

func (l *farLease) Release(ctx context.Context) error {
	if ctx.Err() == nil && !l.released.Swap(true) {
		l.client.held.Add(-1)
	}
	_, err := ask(ctx, l.client, "release", l.key, func(ctx context.Context) (none, error) {
		if !l.filled {
			l.client.world.givenUp(l.key, l.tried.Load())
		}
		return none{}, l.lease.Release(ctx)
	}, nil)
	return err
}

// leaseCount counts leases that were granted and not released. Every path of a stack has to release.
type leaseCount struct{ atomic.Int64 }
