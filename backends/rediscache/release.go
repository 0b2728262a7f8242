package rediscache

import (
	"context"
	"errors"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

// Release ends the lease in one round trip: it removes the marker, or, for a lease to refresh, looks whether the entry is
// still what it was. Its renewal ends even if that fails. If the connection breaks and the client library
// sends it a second time, ErrLeaseLost may mean that the first one ended the lease.
func (c *Cache) Release(ctx context.Context, key string, lease ctxcache.Lease) error {
	return c.end(ctx, ctxcache.OpRelease, key, lease)
}

// Drop is Release, and for a lease to refresh it also deletes the entry if that is still what it was. It works when
// memory is full.
func (c *Cache) Drop(ctx context.Context, key string, lease ctxcache.Lease) error {
	return c.end(ctx, ctxcache.OpDrop, key, lease)
}

// end ends a lease by op.
func (c *Cache) end(ctx context.Context, op ctxcache.Operation, key string, lease ctxcache.Lease) error {
	if c.calls.Usable(ctx) == ctxcache.ErrClosed {
		return nil
	}
	l := c.lease(key, lease)
	l.stop()
	return calls.Do(ctx, c.calls, op, func(ctx context.Context) error {
		if !c.caps.Has(ctxcache.CapLease) {
			return errors.ErrUnsupported
		}
		if l.lost() {
			return ctxcache.ErrLeaseLost
		}
		return l.ended(c.run(ctx, l.ending(op)))
	})
}

// ReleaseMany is Release for many keys, in one round trip per server.
func (c *Cache) ReleaseMany(ctx context.Context, leases map[string]ctxcache.Lease) error {
	if c.calls.Usable(ctx) == ctxcache.ErrClosed {
		return nil
	}
	granted := make(map[string]*lease, len(leases))
	for key, lease := range leases {
		if lease.Granted() {
			granted[key] = c.lease(key, lease)
			granted[key].stop()
		}
	}
	_, err := calls.Many(ctx, c.calls, ctxcache.OpReleaseMany, func(ctx context.Context) (none, map[string]error, error) {
		if !c.caps.Has(ctxcache.CapLease) {
			return none{}, nil, errors.ErrUnsupported
		}
		failed := make(map[string]error)
		var keys []string
		var scripts []scriptCall
		for key, l := range granted {
			if l.lost() {
				failed[key] = ctxcache.ErrLeaseLost
				continue
			}
			keys, scripts = append(keys, key), append(scripts, l.ending(ctxcache.OpRelease))
		}
		for i, reply := range c.runEach(ctx, scripts) {
			if err := granted[keys[i]].ended(reply); err != nil {
				failed[keys[i]] = err
			}
		}
		return none{}, failed, nil
	})
	return err
}

// stop ends the renewal of the lease, which may be nil.
func (l *lease) stop() {
	if l != nil {
		l.renewal.Stop(l)
	}
}

// lost reports whether there is nothing to end: the lease is nil, or has ended before and left nothing.
func (l *lease) lost() bool { return l == nil || l.gone.Load() }

// ending returns the script that ends the lease by op. It removes even a marker whose lease was lost.
func (l *lease) ending(op ctxcache.Operation) scriptCall {
	script := standsScript
	switch {
	case l.marked:
		script = releaseScript
	case op == ctxcache.OpDrop:
		script = dropScript
	}
	return scriptCall{script, l.stored, []any{l.proof}}
}

// ended notes that the lease was ended, and returns ErrLeaseLost if it had been lost before.
func (l *lease) ended(reply *redis.Cmd) error {
	stood, err := accepted(reply)
	if err != nil {
		return err
	}
	lost := l.over.Load()
	l.end(true)
	if lost || !stood {
		return ctxcache.ErrLeaseLost
	}
	return nil
}
