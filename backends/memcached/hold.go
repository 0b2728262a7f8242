package memcached

import (
	"bytes"
	"context"
	"errors"
	"sync/atomic"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/ctxcache"
)

// hold is what the cache knows of a lease that it granted. A pointer to it is the token of the lease.
type hold struct {
	store   *store // the store that granted the lease
	stored  string
	token   []byte         // the content of the marker, if the key was absent
	fence   *memcache.Item // the item that must still be there, if the key was present
	renewal *renewal       // renews the marker; nil if there is no marker
	over    atomic.Bool    // whether the lease is known to have ended
}

// hold returns what the cache knows of lease. It returns ErrLeaseLost if the lease was not granted, was granted by
// another cache or on another key, or is known to have ended.
func (s *store) hold(key string, lease ctxcache.Lease) (*hold, error) {
	stored, err := s.stored(key)
	if err != nil {
		return nil, err
	}
	h, ok := lease.Token().(*hold)
	if !ok || h.store != s || h.stored != stored || h.over.Load() {
		return nil, ctxcache.ErrLeaseLost
	}
	return h, nil
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

// stands reports whether now, the item that is under the key now, is still the item that the lease was granted on. A
// server that has restarted counts CAS IDs from the start again, so equal IDs alone prove nothing.
func (h *hold) stands(now *memcache.Item) bool {
	if h.fence == nil {
		return marks(now, h.token)
	}
	return now != nil && now.CasID == h.fence.CasID && now.Flags == h.fence.Flags && bytes.Equal(now.Value, h.fence.Value)
}

// end records that the lease has ended, and stops its renewal.
func (h *hold) end() {
	h.over.Store(true)
	h.renewal.Stop(h)
}
