package memcached

import (
	"bytes"
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

// GetLease returns the entry of key, as GetEntry does. If the key is absent, or if refreshBelow is NoExpiry, it also
// returns a lease. It sends a gets, and an add of the marker if the key is absent. After the first add on a server,
// another gets checks that the server sends CAS IDs; without them there are no leases, and GetLease returns an error.
// Every process that uses the same keys honours the lease. The lease ends when any client does anything to the key,
// except touch.
//
// A lease on an absent key is exclusive. Its marker lives for Options.LeaseTTL, and at most a second longer. The marker
// is renewed until the lease is filled, released or dropped, until Close, or until the end of the load that the lease
// is for (see [ctxcache.ForLoad]). If the context of that load can never end, the marker is not renewed.
//
// A lease on a present key has no marker. Several holders may have one, and the first Fill wins. Fill succeeds only if
// the key has the content and the CAS ID that the lease was granted on. The lease is lost when the entry expires. A
// server that restarts counts CAS IDs from the start again. The lease therefore survives a restart if somebody stores
// the same content again and it gets the same ID.
func (c *Cache[V]) GetLease(
	ctx context.Context, key string, refreshBelow time.Duration,
) (ctxcache.Entry[V], ctxcache.Lease, error) {
	const op = ctxcache.OpGetLease
	s := c.store
	requests, err := s.request(ctx, op, []string{key}, refreshBelow)
	if err != nil {
		s.calls.Counts.Leased(ctx, err)
		return ctxcache.Entry[V]{}, ctxcache.Lease{}, err
	}
	e, granted, err := c.outcome(requests[0], refreshBelow)
	err = s.calls.Fail(ctx, op, err)
	s.calls.Counts.Leased(ctx, err)
	return e, granted, err
}

// GetLeases is GetLease for many keys. It sends one gets per server, to all servers at once, and an add for each absent
// key. If a server does not answer in time, its keys fail with [ctxcache.ErrTimeout], and the leases of the other servers
// are returned.
func (c *Cache[V]) GetLeases(
	ctx context.Context, keys []string, refreshBelow time.Duration,
) (map[string]ctxcache.Entry[V], map[string]ctxcache.Lease, error) {
	const op = ctxcache.OpGetLeases
	s := c.store
	keys = calls.Unique(keys)
	requests, err := s.request(ctx, op, keys, refreshBelow)
	if err != nil {
		s.calls.Counts.LeasedMany(ctx, len(keys), 0, 0, err)
		return nil, nil, err
	}
	decoded := false
	defer func() {
		if !decoded { // the codec panicked, so nobody gets the leases
			s.giveBack(ctx, requests)
		}
	}()
	values, found := 0, make(map[string]ctxcache.Entry[V], len(requests))
	leases := make(map[string]ctxcache.Lease, len(requests))
	failed := make(map[string]error)
	for _, r := range requests {
		e, granted, err := c.outcome(r, refreshBelow)
		if granted != (ctxcache.Lease{}) {
			leases[r.key] = granted
		}
		switch err {
		case nil:
			values++
			found[r.key] = e
		case ctxcache.ErrNotFound:
			found[r.key] = e
		case ctxcache.ErrMiss:
		default:
			failed[r.key] = s.calls.Fail(ctx, op, err)
		}
	}
	decoded = true
	err = ctxcache.NewManyError(failed)
	s.calls.Counts.LeasedMany(ctx, len(keys), values, len(found)-values, err)
	return found, leases, err
}

// outcome returns the entry and the lease of a request. The lease is zero if none was due. If the entry cannot be
// decoded, a lease comes with the error, so that the caller can replace the entry.
func (c *Cache[V]) outcome(r *request, refreshBelow time.Duration) (ctxcache.Entry[V], ctxcache.Lease, error) {
	if r.err != nil {
		return ctxcache.Entry[V]{}, ctxcache.Lease{}, r.err
	}
	e, err := c.decode(r.item)
	switch {
	case err == ctxcache.ErrMiss && r.lease != nil:
		return e, ctxcache.NewLease(r.lease), err
	case err == ctxcache.ErrMiss: // another holder's marker
		return e, ctxcache.NoLease(ctxcache.Loading), err
	case errors.Is(err, ctxcache.ErrCorrupt) || ctxcache.Due(ctxcache.Unknown, refreshBelow):
		if unswappable := c.store.swappable(r.item); unswappable != nil {
			return ctxcache.Entry[V]{}, ctxcache.Lease{}, unswappable
		}
		return e, ctxcache.NewLease(&lease{store: c.store, stored: r.stored, fence: r.item}), err
	}
	return e, ctxcache.Lease{}, err
}

// leasing returns an error if no call about leases can succeed now, whatever its lease.
func (s *store) leasing(ctx context.Context) error {
	if err := s.calls.Usable(ctx); err != nil {
		return err
	}
	if !s.caps.Has(ctxcache.CapLease) {
		return errors.ErrUnsupported
	}
	return nil
}

// lease is what the cache knows of a lease that it granted. A pointer to it is the token of the lease.
type lease struct {
	store   *store // the store that granted the lease
	stored  string
	token   []byte         // the content of the marker, if the key was absent
	fence   *memcache.Item // the item that must still be there, if the key was present
	renewal *renewal       // renews the marker; nil if there is no marker
	over    atomic.Bool    // whether the lease is known to have ended
}

// lease returns what the cache knows of l. It returns ErrLeaseLost if the lease was not granted, was granted by
// another cache or on another key, or is known to have ended.
func (s *store) lease(key string, l ctxcache.Lease) (*lease, error) {
	stored, err := s.stored(key)
	if err != nil {
		return nil, err
	}
	granted, ok := l.Token().(*lease)
	if !ok || granted.store != s || granted.stored != stored || granted.over.Load() {
		return nil, ctxcache.ErrLeaseLost
	}
	return granted, nil
}

// stands reports whether now, the item that is under the key now, is still the item that the lease was granted on. A
// server that has restarted counts CAS IDs from the start again, so equal IDs alone prove nothing.
func (l *lease) stands(now *memcache.Item) bool {
	if l.fence == nil {
		return marks(now, l.token)
	}
	return now != nil && now.CasID == l.fence.CasID && now.Flags == l.fence.Flags && bytes.Equal(now.Value, l.fence.Value)
}

// end records that the lease has ended, and stops its renewal.
func (l *lease) end() {
	l.over.Store(true)
	l.renewal.Stop(l)
}
