package memcached

import (
	"bytes"
	"sync/atomic"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/ctxcache"
)

// hold is a lease, whatever its values are.
type hold struct {
	store   *store
	stored  string
	token   []byte         // of the marker, of a lease on an absent key
	fence   *memcache.Item // that has to be there still, of one to refresh it
	renewal *renewal       // of the marker, if there is one
	over    atomic.Bool    // whether it is known to have ended
}

// fill puts item in place of the marker, or of what it refreshes.
func (h *hold) fill(item *memcache.Item) error {
	if h.over.Load() {
		return ctxcache.ErrLeaseLost
	}
	stored, err := h.replace(item)
	if err != nil {
		return err
	}
	h.end()
	if !stored {
		return ctxcache.ErrLeaseLost
	}
	return nil
}

func (h *hold) replace(item *memcache.Item) (bool, error) {
	if h.fence == nil {
		return h.store.swapMarker(h.stored, h.token, item)
	}
	now, err := h.store.get(h.stored)
	if err != nil || !same(now, h.fence) {
		return false, err
	}
	return h.store.swap(h.fence, item)
}

// same reports whether now is the item that fence was. A server that has restarted counts CAS IDs from the start, so
// that one alone proves nothing.
func same(now, fence *memcache.Item) bool {
	return now != nil && now.CasID == fence.CasID && now.Flags == fence.Flags && bytes.Equal(now.Value, fence.Value)
}

// release lets the marker expire.
func (h *hold) release() error {
	if h.token != nil && !h.over.Load() {
		if _, err := h.store.swapMarker(h.stored, h.token, gone); err != nil {
			return err
		}
	}
	h.end()
	return nil
}

// end notes that the lease has ended.
func (h *hold) end() {
	h.over.Store(true)
	h.renewal.Stop(h)
}
