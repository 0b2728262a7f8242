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

	// Resilient hides outages of far from callers. During an outage near works alone: writes and loads fill it for at
	// most OutageTTL, so this process reads what it has written, and loads a key once. GetLease returns a lease that
	// is local (see [ctxcache.Lease.Local]). Reads of keys that near does not have are misses. Writes and deletions
	// return nil, even though far may not have seen them.
	//
	// This process lists the keys of these writes, and does not believe far about them. It deletes them in far before
	// it asks far about them, or as soon as far works again, at up to 10,000 keys a second. So a value that this
	// process has overwritten or deleted does not come back here after the outage. Other processes may read it from
	// far until then, and from their near caches for NearTTL longer. The list has at most 100,000 keys. Once it is
	// full, or if far has missed a Clear, far is not believed about any key (of the Clear's prefix) until far has
	// been cleared. If far cannot be cleared so, that lasts until Close. Stats reports the length of the list as
	// Missed. A process that ends with a list leaves the old values in far until they expire. Close then calls
	// OnFarError with an [ErrMissed].
	//
	// An outage begins with a call that fails and ends with one that far answers. Reads and writes have outages of their
	// own: far gets writes while it fails to read. If only some of far's servers are down, the others' answers end the
	// outage, so near gets the results of few loads.
	//
	// Release returns ctxcache.ErrLeaseLost during an outage, and if far has missed any write since the grant, because
	// nobody knows whether the key was changed. Fill does the latter, too.
	//
	// Callers still get errors that are not outages: mistakes of the caller (ErrTTL, ErrKey), a value that far cannot
	// store (ErrValue), the error of a done context, ErrCorrupt, ErrClosed. They also get all errors of Len, Keys, Watch
	// and Stats.
	Resilient bool

	// OutageTTL caps the life of a near copy that was made without far during an outage, with Resilient. So for this time
	// after an outage, this process may return a value that another process has replaced or deleted. NearTTL caps it,
	// too, if it is set. 0 means 30 s.
	OutageTTL time.Duration

	// Strict makes writes, deletions and Fill return an outage of far that Resilient would hide. All else that Resilient
	// does stays the same: near works alone, and far gets the change after the outage. It needs Resilient.
	Strict bool

	// OnFarError, if it is set, is called for every outage of far in a read, a write, a deletion or an operation with
	// a lease, with Resilient or without. It is not called for the errors that Resilient does not hide. It cannot
	// change the result of the call. It runs on the goroutine of the operation, or of the far read that callers
	// share, and gets the context of that operation. It may be called concurrently. If it panics, so does the
	// operation; callers that share a far read get a *cached.PanicError instead.
	OnFarError func(ctx context.Context, err error)

	// Coherent makes near follow far's changes, whichever process makes them, as far's Watch reports them. Near drops
	// the key that changed, and drops everything after a Gap. While the watch is interrupted, reads do not use near
	// and go to far, unless far is down and Resilient makes near work alone. Near is cleared when the watch is back.
	//
	// Far must support Watch, as memory and rediscache over a single server do. Over any other far, such as Memcached
	// or a Cluster, every call returns a ctxcache.ErrOptions. A lost connection is noticed within the WatchTimeout of
	// rediscache: near may have old values for so long. If the Redis server does not report changes, near is never
	// used, and OnWatchError hears of it.
	//
	// Near must support leases, Clear and Keys. A value that this process writes or loads enters near at a later read,
	// because the events of the write itself, and those of the lease of a load, drop it from near. Close ends the
	// goroutines that do this.
	Coherent bool

	// OnWatchError, if it is set, is called when near cannot follow far any more, because far's Watch failed, or
	// because near failed to drop a key. If one of them panicked, the error wraps a *cached.PanicError. Watch is then
	// tried again, after 50 ms at first, later after up to 5 s. OnWatchError is called on a goroutine of the cache, one
	// call at a time. If it panics itself, its next call gets that panic, too. Close waits for that goroutine, so
	// OnWatchError must not call Close.
	OnWatchError func(err error)
}

// Validate returns a ctxcache.ErrOptions if NearTTL or OutageTTL is negative, or if Strict is set without Resilient. Nil
// options are valid. New also checks that near and far support what Coherent needs.
func (o *Options) Validate() error {
	switch {
	case o == nil:
		return nil
	case o.NearTTL < 0:
		return fmt.Errorf("%w: NearTTL is negative", ctxcache.ErrOptions)
	case o.OutageTTL < 0:
		return fmt.Errorf("%w: OutageTTL is negative", ctxcache.ErrOptions)
	case o.Strict && !o.Resilient:
		return fmt.Errorf("%w: Strict needs Resilient", ctxcache.ErrOptions)
	}
	return nil
}

// outageTTL returns the longest life of a near copy that was made without far.
func (o *Options) outageTTL() time.Duration {
	ttl := o.OutageTTL
	if ttl == 0 {
		ttl = 30 * time.Second
	}
	if o.NearTTL > 0 {
		ttl = min(ttl, o.NearTTL)
	}
	return ttl
}

// described returns the options for a Description.
func (o Options) described() []ctxcache.Option {
	return []ctxcache.Option{
		{Name: "near_ttl", Value: o.NearTTL},
		{Name: "resilient", Value: o.Resilient},
		{Name: "outage_ttl", Value: o.OutageTTL},
		{Name: "strict", Value: o.Strict},
		{Name: "coherent", Value: o.Coherent},
	}
}
