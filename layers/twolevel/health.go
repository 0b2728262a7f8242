package twolevel

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/ctxcache/cached/ctxcache"
)

// class is a class of operations of far. Far may answer reads and fail to write, as a replica does, or the other way
// round.
type class uint8

const (
	reads  class = iota // a GetLease counts as a read
	writes              // so does the end of a lease
)

// health knows the outages of far, one for each class. It is for Resilient. Its zero value has none.
type health struct {
	epochs [2]atomic.Uint64 // an odd number: an outage stands. The number never goes back
}

// outage is one outage of far. The zero outage never stands.
type outage struct {
	epoch uint64
	class class
}

// failed notes that far has failed, and returns the outage that stands.
func (h *health) failed(c class) outage {
	epoch := &h.epochs[c]
	for {
		now := epoch.Load()
		if now%2 == 1 {
			return outage{now, c}
		}
		epoch.CompareAndSwap(now, now+1)
	}
}

// answered notes that far has answered, and reports whether that has ended an outage.
func (h *health) answered(c class) bool {
	epoch := &h.epochs[c]
	now := epoch.Load()
	return now%2 == 1 && epoch.CompareAndSwap(now, now+1)
}

// now returns the outage of class that stands, or the zero outage.
func (h *health) now(c class) outage {
	if now := h.epochs[c].Load(); now%2 == 1 {
		return outage{now, c}
	}
	return outage{}
}

// stands reports whether o has not ended.
func (h *health) stands(o outage) bool { return o.epoch != 0 && h.epochs[o.class].Load() == o.epoch }

// any returns an outage that stands, or the zero outage.
func (h *health) any() outage {
	if now := h.now(reads); now != (outage{}) {
		return now
	}
	return h.now(writes)
}

// heard notes what far's answer err says about its health. If err is an outage that Resilient handles, it returns it.
func (c *Cache[K, V]) heard(ctx context.Context, of class, err error) outage {
	if c.missed == nil {
		return outage{}
	}
	if c.missedBy(ctx, err) != nil {
		return c.health.failed(of)
	}
	if isAnswer[K](err) && c.health.answered(of) {
		c.replayer.soon()
	}
	return outage{}
}

// isAnswer reports whether err, which is not an outage, comes from a far that works. A mistake of the caller may have
// been found before far was asked.
func isAnswer[K comparable](err error) bool {
	if err == nil {
		return true
	}
	if _, many := errors.AsType[*ctxcache.ManyError[K]](err); many {
		return true
	}
	for _, answer := range []error{
		ctxcache.ErrMiss, ctxcache.ErrNotFound, ctxcache.ErrLeaseLost, ctxcache.ErrValue, ctxcache.ErrRefused, ctxcache.ErrCorrupt,
	} {
		if errors.Is(err, answer) {
			return true
		}
	}
	return false
}
