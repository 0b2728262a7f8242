package memcached

import (
	"context"

	"github.com/ctxcache/cached/ctxcache"
)

// Release ends the lease. It sends a gets. If the lease has a marker, it also sends a cas that makes the marker expire.
// Otherwise the gets only checks whether the item is unchanged. The renewal of the lease stops, even if Release fails.
func (c *Cache[V]) Release(ctx context.Context, key string, lease ctxcache.Lease) error {
	return c.store.giveUp(ctx, ctxcache.OpRelease, key, lease)
}

// Drop ends the lease as Release does. If the lease was on a present key, it also sends a cas that makes the item
// expire if it is unchanged.
func (c *Cache[V]) Drop(ctx context.Context, key string, lease ctxcache.Lease) error {
	return c.store.giveUp(ctx, ctxcache.OpDrop, key, lease)
}

// giveUp ends a lease. Op is OpRelease or OpDrop.
func (s *store) giveUp(ctx context.Context, op ctxcache.Operation, key string, lease ctxcache.Lease) error {
	ending := s.ending(op, key, lease) // first, so that the renewal stops even if ctx is done
	if err := s.leasing(ctx); err != nil {
		return unendable(op, err)
	}
	if ending.err != nil {
		return s.calls.Fail(ctx, op, ending.err)
	}
	err := s.exchange(ctx, op, ending)
	s.calls.Counts.Failed(ctxcache.UnlessLost[string](err)) // no Fill was lost
	return err
}

// ReleaseMany is Release for many keys. It sends one gets per server, to all servers at once, and a cas for each
// marker. The client cannot send several cas in one round trip. Therefore up to 16 of them run at a time on each
// server, or fewer if Options.MaxIdleConns is less.
func (c *Cache[V]) ReleaseMany(ctx context.Context, leases map[string]ctxcache.Lease) error {
	const op = ctxcache.OpReleaseMany
	s := c.store
	endings := make(map[string]*exchange, len(leases))
	for key, lease := range leases {
		if lease.Granted() {
			endings[key] = s.ending(ctxcache.OpRelease, key, lease)
		}
	}
	if err := s.leasing(ctx); err != nil { // not before, so that the renewals stop even if ctx is done
		return unendable(op, err)
	}
	err := s.spend(ctx, op, endings)
	s.calls.Counts.Failed(ctxcache.UnlessLost[string](err))
	return err
}

// unendable returns the error of op when err prevents it from ending a lease. After Close there is nothing left to end,
// so it is nil.
func unendable(op ctxcache.Operation, err error) error {
	if err == ctxcache.ErrClosed {
		return nil
	}
	return ctxcache.Fail(layer, op, err)
}

// ending returns the exchange that op needs to end a lease, and stops the renewal of the lease.
func (s *store) ending(op ctxcache.Operation, key string, lease ctxcache.Lease) *exchange {
	l, err := s.lease(key, lease)
	if err != nil {
		return &exchange{err: err}
	}
	l.renewal.Stop(l)
	if l.fence != nil && op == ctxcache.OpRelease {
		return &exchange{lease: l}
	}
	return &exchange{lease: l, next: gone}
}
