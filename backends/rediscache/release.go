package rediscache

import (
	"context"
	"errors"
	"strings"

	"github.com/ctxcache/cached/ctxcache"
)

// Release ends the lease, in one round trip. It returns ErrLeaseLost if the lease no longer stood. For a lease on an
// absent key it removes the marker. For a lease on a present key it checks whether the entry is unchanged. Renewal ends
// even if Release fails. After Close it returns nil.
//
// If the connection breaks, go-redis may send the command again. Then ErrLeaseLost may mean that the first command
// ended the lease.
func (c *Cache) Release(ctx context.Context, key string, lease ctxcache.Lease) error {
	return c.end(ctx, ctxcache.OpRelease, key, lease)
}

// Drop ends the lease, as Release does. If the lease was granted on a present key, and the entry has not changed since
// the grant, Drop also deletes the entry. It works even if the server is out of memory. If the server refuses it by an
// answer, the error wraps [ctxcache.ErrRefused].
func (c *Cache) Drop(ctx context.Context, key string, lease ctxcache.Lease) error {
	return c.end(ctx, ctxcache.OpDrop, key, lease)
}

// end ends a lease by op, which is OpRelease or OpDrop.
func (c *Cache) end(ctx context.Context, op ctxcache.Operation, key string, lease ctxcache.Lease) error {
	if c.calls.Usable(ctx) == ctxcache.ErrClosed {
		return nil
	}
	l := c.lease(key, lease)
	l.stop()
	switch {
	case !c.caps.Has(ctxcache.CapLease):
		return c.reject(ctx, op, errors.ErrUnsupported)
	case l.lost():
		return c.reject(ctx, op, ctxcache.ErrLeaseLost)
	}
	err := c.do(ctx, op, l.stored, func(ctx context.Context) error {
		over := l.over.Load() // before the script, because a renewal after it finds the lease lost
		err := l.ended(c.run(ctx, l.ending(op)), over)
		if op == ctxcache.OpDrop {
			err = refused(err)
		}
		return err
	})
	c.countEnd(err)
	return err
}

// countEnd counts the error of a call that ends leases. A lease that was lost before is not a lost Fill.
func (c *Cache) countEnd(err error) { c.calls.Counts.Failed(ctxcache.UnlessLost[string](err)) }

// ReleaseMany is Release for many keys, in one round trip per server. It leaves out leases that were not granted.
// Leases that no longer stood are reported by a [*ctxcache.ManyError].
func (c *Cache) ReleaseMany(ctx context.Context, leases map[string]ctxcache.Lease) error {
	if c.calls.Usable(ctx) == ctxcache.ErrClosed {
		return nil
	}
	granted := make(map[string]*lease, len(leases))
	for key, lease := range leases {
		if lease.Granted() {
			key = strings.Clone(key) // see stored
			granted[key] = c.lease(key, lease)
			granted[key].stop()
		}
	}
	if !c.caps.Has(ctxcache.CapLease) {
		return c.reject(ctx, ctxcache.OpReleaseMany, errors.ErrUnsupported)
	}
	over := make(map[string]bool)
	lost := make(map[string]error)
	var keys []string
	for key, l := range granted {
		if l.lost() {
			lost[key] = ctxcache.ErrLeaseLost
			continue
		}
		keys = append(keys, key)
		over[key] = l.over.Load() // as in end
	}
	err := c.doMany(ctx, ctxcache.OpReleaseMany, keys, func(ctx context.Context, keys []string) map[string]error {
		scripts := make([]scriptCall, len(keys))
		for i, key := range keys {
			scripts[i] = granted[key].ending(ctxcache.OpRelease)
		}
		failed := make(map[string]error)
		for i, reply := range c.runEach(ctx, scripts) {
			if err := granted[keys[i]].ended(reply, over[keys[i]]); err != nil {
				failed[keys[i]] = err
			}
		}
		return failed
	})
	err = c.withMistakes(ctx, ctxcache.OpReleaseMany, err, lost)
	c.countEnd(err)
	return err
}

// stop ends the renewal of the lease. L may be nil.
func (l *lease) stop() {
	if l != nil {
		l.renewal.Stop(l)
	}
}

// lost reports whether there is nothing to end in Redis: l is nil, or the lease has ended and left no marker.
func (l *lease) lost() bool { return l == nil || l.gone.Load() }

// ending returns the script call that ends the lease by op. It removes the marker even if the lease was lost.
func (l *lease) ending(op ctxcache.Operation) scriptCall {
	call := scriptCall{script: standsScript, stored: l.stored, args: l.proof}
	switch {
	case l.marked():
		call.script = releaseScript
	case op == ctxcache.OpDrop:
		call.script = dropScript
	default:
		return call // it changes nothing
	}
	return l.cache.channel.publishing(call)
}

// ended takes the reply to the script that ends the lease. Over is whether the lease was known to have ended before the
// script ran. If the lease was lost, ended returns ErrLeaseLost.
func (l *lease) ended(reply command, over bool) error {
	stood, err := accepted(reply)
	if err != nil {
		return err
	}
	l.end(true)
	if over || !stood {
		return ctxcache.ErrLeaseLost
	}
	return nil
}
