package twolevel

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// noted is the token of a near lease whose key is noted. The note is in use until Fill, Release or Drop ends the lease:
// it stays in use, and is never dropped, if the holder calls none of them. Ended makes sure that the use ends once only.
type noted struct {
	lease  ctxcache.Lease // near's lease
	stored any            // the key as it stands in events
	ended  atomic.Bool
}

// note returns the lease that c hands out for lease, near's lease on a key that is noted as stored. If near granted no
// lease, the use of the note ends.
func (c *coherentNear[K, V]) note(stored any, lease ctxcache.Lease) ctxcache.Lease {
	if !lease.Granted() {
		c.follower.keys.leave(stored)
		return lease
	}
	return ctxcache.NewLease(&noted{lease: lease, stored: stored})
}

// nearOf returns near's part of a lease, or the zero Lease if lease was not made by note.
func nearOf(lease ctxcache.Lease) ctxcache.Lease {
	if n, ok := lease.Token().(*noted); ok {
		return n.lease
	}
	return ctxcache.Lease{}
}

// end ends the use of the note of lease, unless that has already ended.
func (c *coherentNear[K, V]) end(lease ctxcache.Lease) {
	if n, ok := lease.Token().(*noted); ok && !n.ended.Swap(true) {
		c.follower.keys.leave(n.stored)
	}
}

// storedKey returns key as it stands in events. It reports false if near must not have the key. Either far cannot store
// the key, and will report the reason, or no event could name it: see usable.
func (c *coherentNear[K, V]) storedKey(key K) (stored any, ok bool) {
	stored = c.follower.source.StoredKey(key)
	return stored, stored != nil && ctxcache.CheckKey(stored) == nil
}

// GetLease notes key before near grants the lease, so that it does not miss an event that should end the lease.
func (c *coherentNear[K, V]) GetLease(
	ctx context.Context, key K, refreshBelow time.Duration,
) (e ctxcache.Entry[V], lease ctxcache.Lease, err error) {
	if err := c.absent(ctx, key); err != nil {
		return e, ctxcache.NoLease(ctxcache.Unavailable), err
	}
	stored, ok := c.storedKey(key)
	if !ok {
		return e, ctxcache.NoLease(ctxcache.Unavailable), ctxcache.ErrMiss
	}
	stored = c.follower.keys.use(stored, key)
	defer func() { lease = c.note(stored, lease) }() // even if near panics: there is no lease then
	return c.Forward.GetLease(ctx, key, refreshBelow)
}

// GetLeases is GetLease for many keys.
func (c *coherentNear[K, V]) GetLeases(
	ctx context.Context, keys []K, refreshBelow time.Duration,
) (found map[K]ctxcache.Entry[V], leases map[K]ctxcache.Lease, err error) {
	present, err := c.present(ctx, keys)
	if err != nil {
		return nil, nil, err
	}
	leases = make(map[K]ctxcache.Lease, len(keys))
	for _, key := range keys {
		leases[key] = ctxcache.NoLease(ctxcache.Unavailable) // replaced for the keys that near is asked about
	}
	if len(present) == 0 {
		return make(map[K]ctxcache.Entry[V]), leases, nil
	}
	var granted map[K]ctxcache.Lease // nil if near panics
	stored, asked := make(map[K]any, len(keys)), make([]K, 0, len(keys))
	defer func() {
		for key, form := range stored {
			lease := c.note(form, granted[key])
			if _, due := granted[key]; due {
				leases[key] = lease
			} else {
				delete(leases, key)
			}
		}
	}()
	for _, key := range present {
		form, ok := c.storedKey(key)
		if !ok {
			continue
		}
		if _, again := stored[key]; !again {
			stored[key] = c.follower.keys.use(form, key)
			asked = append(asked, key)
		}
	}
	found, granted, err = c.Forward.GetLeases(ctx, asked, refreshBelow)
	return found, leases, err
}

// Fill fills near. If it succeeds, it ends the use of the note.
func (c *coherentNear[K, V]) Fill(ctx context.Context, key K, lease ctxcache.Lease, e ctxcache.Entry[V]) error {
	err := c.Forward.Fill(ctx, key, nearOf(lease), e)
	if err == nil {
		c.end(lease)
	}
	return err
}

// FillMany is Fill for many keys.
func (c *coherentNear[K, V]) FillMany(
	ctx context.Context, entries map[K]ctxcache.Entry[V], leases map[K]ctxcache.Lease,
) error {
	err := c.Forward.FillMany(ctx, entries, nearOfMany(leases))
	for key := range entries {
		if ctxcache.KeyError(err, key) == nil {
			c.end(leases[key])
		}
	}
	return err
}

// Release ends the use of the note, whatever near answers: nobody can fill with the lease any more.
func (c *coherentNear[K, V]) Release(ctx context.Context, key K, lease ctxcache.Lease) error {
	defer c.end(lease)
	return c.Forward.Release(ctx, key, nearOf(lease))
}

// ReleaseMany is Release for many keys.
func (c *coherentNear[K, V]) ReleaseMany(ctx context.Context, leases map[K]ctxcache.Lease) error {
	defer func() {
		for _, lease := range leases {
			c.end(lease)
		}
	}()
	return c.Forward.ReleaseMany(ctx, nearOfMany(leases))
}

// Drop ends the use of the note, as Release does.
func (c *coherentNear[K, V]) Drop(ctx context.Context, key K, lease ctxcache.Lease) error {
	defer c.end(lease)
	return c.Forward.Drop(ctx, key, nearOf(lease))
}

// nearOfMany is nearOf for many leases.
func nearOfMany[K comparable](leases map[K]ctxcache.Lease) map[K]ctxcache.Lease {
	near := make(map[K]ctxcache.Lease, len(leases))
	for key, lease := range leases {
		near[key] = nearOf(lease)
	}
	return near
}
