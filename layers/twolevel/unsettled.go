package twolevel

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/own"
)

// unsettled has the keys with a write to far whose outcome is unknown. Such a write may arrive late, after somebody has
// deleted the key. Far deletes the key once more when the write cannot arrive any more. A near copy that was made in
// between would keep the late value. So near gets no copies of these keys until then, and reads ask far. With Resilient,
// missed lists these keys instead, and reads do not believe far.
type unsettled[K comparable] struct {
	late time.Duration // how long a key stays unsettled; 0 if writes cannot arrive late
	some atomic.Bool   // whether there may be such keys, so that reads need no lock otherwise

	mu    sync.Mutex
	until map[K]time.Time
	all   time.Time // until then every key counts as unsettled, because there were too many
}

const (
	maxUnsettled = 10_000

	// settling is the time that far's second deletion may take.
	settling = time.Second
)

func newUnsettled[K comparable](far ctxcache.Timeouts) *unsettled[K] {
	u := &unsettled[K]{until: make(map[K]time.Time)}
	u.late = lateness(far)
	return u
}

// lateness returns how long a write whose outcome is unknown may have late effects in far, or 0 if it has none.
func lateness(far ctxcache.Timeouts) time.Duration {
	if far.Late <= 0 {
		return 0
	}
	return min(far.Late, ctxcache.NoExpiry-settling) + settling
}

// note notes keys after a write to far that ended with farErr, if its outcome is unknown.
func (u *unsettled[K]) note(farErr error, keys ...K) {
	if u.late == 0 || farErr == nil {
		return
	}
	now := time.Now()
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, key := range keys {
		if !isUnknown(ctxcache.KeyError(farErr, key)) {
			continue
		}
		u.some.Store(true)
		if len(u.until) >= maxUnsettled && !now.Before(u.all) { // or a sweep would find little
			u.sweep(now)
		}
		if len(u.until) >= maxUnsettled {
			u.all = now.Add(u.late)
			return
		}
		u.until[own.Copy(key)] = now.Add(u.late)
	}
}

// has reports whether key is unsettled.
func (u *unsettled[K]) has(key K) bool {
	if !u.some.Load() {
		return false
	}
	now := time.Now()
	u.mu.Lock()
	defer u.mu.Unlock()
	if now.Before(u.until[key]) || now.Before(u.all) {
		return true
	}
	delete(u.until, key)
	if len(u.until) == 0 {
		u.some.Store(false)
	}
	return false
}

// unless returns lease, near's lease on key, or the zero Lease if key is unsettled. A reader calls it when it has the lease,
// and before it asks far. Far's answer may be from before the second deletion, although the key is settled when the
// answer comes. A key that becomes unsettled later is deleted in near, which ends the lease.
func (u *unsettled[K]) unless(key K, lease ctxcache.Lease) ctxcache.Lease {
	if u.has(key) {
		return ctxcache.Lease{}
	}
	return lease
}

// sweep removes the keys whose time is over. The caller holds the lock.
func (u *unsettled[K]) sweep(now time.Time) {
	for key, until := range u.until {
		if !now.Before(until) {
			delete(u.until, key)
		}
	}
}

// isUnknown reports whether the write that ended with err may still take effect: far did not answer, or the caller left.
func isUnknown(err error) bool {
	return err != nil && (isOutage(err) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded))
}
