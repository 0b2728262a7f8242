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
	// This process lists the keys of these writes, and does not believe far about them. It deletes them in far before it
	// asks far about them, or as soon as far works again, at up to 10,000 keys a second, or 20,000 while some of far's
	// servers fail. So a value that this process has overwritten or deleted does not come back here after the outage.
	// Other processes may read it from far until then, and from their near caches for NearTTL longer. A load that
	// replaces a value that near has, and a Refresh, list their keys, too. The list has at most 100,000 keys. Once it is
	// full, or if far has missed a Clear, far is not believed about any key (of the Clear's prefix) until far has been
	// cleared. A Clear that fails is tried again after pauses of up to a minute. If far cannot be cleared so, that lasts
	// until Close. Stats reports the length of the list as Missed. A process that ends with a list leaves the old values
	// in far until they expire. Close then calls OnFarError with an [ErrMissed].
	//
	// An outage begins with a call that fails and ends with one that far answers. Reads and writes have outages of their
	// own: far gets writes while it fails to read. So have grants of leases. A replica answers reads and grants none: loads
	// get local leases then, and near keeps the values, although reads go to far. Each of far's partitions has outages of
	// its own, too: if one of several servers is down, near works alone for its keys only (see
	// [ctxcache.PartitionedCache]). With Coherent or Follow, and while the stream of events is cut, this process asks the
	// partitions whose outages of reads stand. So such an outage ends although near answers all callers: at most 5 s, and
	// the time of the calls, after far works again. It ends sooner if a call of somebody else ends another outage.
	//
	// Release of a lease that is not local returns ctxcache.ErrLeaseLost during an outage, and if far has missed a write since
	// the grant that may have been of the key. Fill does the latter, too. (Writes are counted for a thousand groups of keys.)
	// The end of a local lease only says whether this process has changed the key, and Fill whether the outage still stands.
	//
	// Callers still get errors that are not outages: mistakes of the caller (ErrTTL, ErrKey), a value that far cannot
	// store (ErrValue), the error of a done context, ErrCorrupt, ErrClosed. They also get all errors of Len, Keys, Watch
	// and Stats.
	Resilient bool

	// OutageTTL caps the life of a near copy that was made without far during an outage, with Resilient. So for this time
	// after an outage, this process may return a value that another process has replaced or deleted. It also caps the life
	// of a copy that is made while a stream of Coherent or Follow is cut. NearTTL caps it, too, if it is set. 0 means 30 s.
	OutageTTL time.Duration

	// Strict makes writes, deletions and Fill return an outage of far that Resilient would hide. All else that Resilient
	// does stays the same: near works alone, and far gets the change after the outage. It needs Resilient.
	Strict bool

	// OnFarError, if it is set, is called for every outage of far in a read, a write, a deletion or an operation with
	// a lease, with Resilient or without. It is not called for the errors that Resilient does not hide. It cannot
	// change the result of the call. It runs on the goroutine of the operation, or of the far read that callers
	// share, and gets the context of that operation. It also runs on goroutines of the cache: for changes that a source of
	// data reports, and for panics of far in the replay. Close waits for these, so OnFarError must not call Close. It may be
	// called concurrently. If it panics, so does the operation; callers that share a far read get a *cached.PanicError
	// instead.
	OnFarError func(ctx context.Context, err error)

	// Coherent makes near follow far's changes, whichever process makes them, as far's Watch reports them. Near drops
	// the key that changed, and drops everything after a Gap. While the watch is interrupted, reads do not use near
	// and go to far, unless far is down and Resilient makes near work alone. Near is cleared when the watch is back.
	//
	// Far must support Watch, as memory does, rediscache except over a Ring, and any cache in layers.Published. Over any
	// other far, such as Memcached alone, every call returns a ctxcache.ErrOptions. A lost connection is noticed within
	// the WatchTimeout of rediscache: near may have old values for so long. If the Redis server does not report changes,
	// near is never used, and OnWatchError hears of it.
	//
	// Set NearTTL, too, if Resilient is set: near that works alone has copies from before the outage, and nothing else
	// limits those.
	//
	// Near must support leases, Clear and Keys. A value that this process writes or loads enters near at a later read,
	// because the events of the write itself, and those of the lease of a load, drop it from near. Close ends the
	// goroutines that do this.
	//
	// Coherent is Follow of far itself.
	Coherent bool

	// Follow makes near follow the changes that this source reports. Far need not support Watch. Near needs the same as with
	// Coherent, which must not be set, too. There are two kinds of sources.
	//
	// A source of data reports what has changed where values are loaded from, such as rows of a database: see package
	// sources/postgres. Near and far both have the old value then. So an event deletes the key in far, which also ends the
	// leases of loads that have read the old row, in all processes, and then in near. An event with All clears far, which
	// must support that. If far fails, the deletion is tried until far confirms it, and near is not read meanwhile. With
	// Resilient, an outage does not hold it up: the key is listed, as for other deletions that far has missed. Each
	// process that follows makes the deletion. So a change of a row costs far one deletion for each of them, and may cost a
	// second load.
	//
	// After a Gap, near is cleared, and far is not: a Gap is the start of every process, and each would empty what all
	// share. Far has the right values if one of the processes has heard of the changes. What all of them have missed,
	// because the database was cut off from all, far may keep until it expires. Clear far if that matters.
	// What others write to far without a change of the data is not reported, so near has the old value for NearTTL.
	// For the same reason the cache does not support Watch. Let a near cache in front of it follow the same source.
	// The events need keys of this cache. If one has a key that cannot be mapped to such a key, OnWatchError
	// hears of it, once for each Watch.
	//
	// A source of a cache, a [ctxcache.CacheSource] such as a channel that far publishes its changes on, reports what has
	// changed in far. Only near drops the key then, as with Coherent, and Watch reports the events of the source.
	Follow ctxcache.Source

	// MaxStale allows near to be read while the stream of events is interrupted, for at most so long after its loss was
	// noticed, with Coherent or Follow. So it caps how old near's values can be then. The time in which a source notices a
	// loss comes on top of it. 0 means that near is not read. Near is cleared when the stream is back, and after a failure to
	// drop a key it is not read in any case.
	MaxStale time.Duration

	// OnWatchError, if it is set, is called when near cannot follow any more, because the Watch of far or of the source
	// failed, or because near failed to drop a key. Watch is then tried again, after 50 ms at first, later after up to 5 s.
	// It is also called when far fails to delete what a source of data reports. If something panicked, the error wraps a
	// *cached.PanicError. OnWatchError is called on a goroutine of the cache, one call at a time. If it panics itself, its
	// next call gets that panic, too. Close waits for that goroutine, so OnWatchError must not call Close.
	OnWatchError func(err error)
}

// Validate returns a ctxcache.ErrOptions if NearTTL, OutageTTL or MaxStale is negative, if Strict is set without
// Resilient, if Coherent and Follow are both set, or if MaxStale is set without one of them. Nil options are valid. New
// also checks that near and far support what Coherent or Follow needs.
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
	case o.Coherent && o.Follow != nil:
		return fmt.Errorf("%w: Coherent and Follow are both set, and near follows one of them", ctxcache.ErrOptions)
	case o.MaxStale < 0:
		return fmt.Errorf("%w: MaxStale is negative", ctxcache.ErrOptions)
	case o.MaxStale > 0 && !o.follows():
		return fmt.Errorf("%w: MaxStale needs Coherent or Follow", ctxcache.ErrOptions)
	}
	return nil
}

// follows reports whether near follows a stream of events.
func (o *Options) follows() bool { return o.Coherent || o.Follow != nil }

// watchable reports whether near follows all changes in far.
func (o *Options) watchable() bool {
	return o.Coherent || o.Follow != nil && ctxcache.OfCache(o.Follow)
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
		{Name: "follow", Value: o.Follow != nil},
		{Name: "max_stale", Value: o.MaxStale},
	}
}
