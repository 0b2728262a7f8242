package twolevel

import (
	"context"
	"fmt"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// Options are the options of [New]. Nil, and the zero value of each field, mean the default.
type Options struct {
	// NearTTL caps the life of a near copy. So it caps the time for which this process may return a value that another
	// process has replaced or deleted.
	// An entry's own NearTTL (ctxcache.Meta) may lower the cap for that entry. A near copy never outlives the value in
	// far. 0 means no cap.
	NearTTL time.Duration

	// Resilient hides outages of far from callers. During an outage, reads of keys that near does not have are
	// misses, and GetLease returns a lease that is not granted, with the refusal ctxcache.Unavailable. Writes and
	// deletions return nil, even though far may not have seen them. If a write failed, the key is deleted in far, if
	// that works, so that the old value does not stay. Release returns ctxcache.ErrLeaseLost, because nobody knows
	// whether others changed the key.
	//
	// Callers still get errors that are not outages: mistakes of the caller (ErrTTL, ErrKey), a value that far cannot
	// store (ErrValue), the error of a done context, ErrCorrupt, ErrClosed. They also get all errors of Len, Keys, Watch
	// and Stats.
	Resilient bool

	// OnFarError, if it is set, is called for every outage of far in a read, a write, a deletion or an operation with a
	// lease, with Resilient or without. It is not called for the errors that Resilient does not hide. It cannot change
	// the result of the call. It runs on the goroutine of the operation, or of the far read that callers share, and
	// gets the context of that operation. It may be called concurrently. If it panics, so does the operation; callers that
	// share a far read get a *cached.PanicError instead.
	OnFarError func(ctx context.Context, err error)

	// Coherent makes near follow far's changes, whichever process makes them, as far's Watch reports them. Near drops
	// the key that changed, and drops everything after a Gap. While the watch is interrupted, reads do not use near and go
	// to far. Far must support Watch, as memory does. Redis and Memcached do not: over them every call returns a
	// ctxcache.ErrOptions. Near must support leases, Clear and Keys. A value that this process writes enters
	// near at the next read, because the event of the write itself drops it from near. Close ends the goroutines that
	// do this.
	Coherent bool

	// OnWatchError, if it is set, is called when near cannot follow far any more, because far's Watch failed, or
	// because near failed to drop a key. If one of them panicked, the error wraps a *cached.PanicError. Watch is then
	// tried again, after 50 ms at first, later after up to 5 s. OnWatchError is called on a goroutine of the cache, one
	// call at a time. If it panics itself, its next call gets that panic, too. Close waits for that goroutine, so
	// OnWatchError must not call Close.
	OnWatchError func(err error)
}

// Validate returns a ctxcache.ErrOptions if NearTTL is negative. Nil options are valid. New also checks that near and
// far support what Coherent needs.
func (o *Options) Validate() error {
	if o != nil && o.NearTTL < 0 {
		return fmt.Errorf("%w: NearTTL is negative", ctxcache.ErrOptions)
	}
	return nil
}

// described returns the options for a Description.
func (o Options) described() []ctxcache.Option {
	return []ctxcache.Option{
		{Name: "near_ttl", Value: o.NearTTL},
		{Name: "resilient", Value: o.Resilient},
		{Name: "coherent", Value: o.Coherent},
	}
}
