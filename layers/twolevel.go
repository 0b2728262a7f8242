package layers

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

// TwoLevelOptions say how near follows far. Nil is the default of each.
type TwoLevelOptions struct {
	// NearTTL caps the life of a near copy, and with it the time for which this process may not see what others
	// write. A copy never outlives the value in far either way. 0 is no cap.
	NearTTL time.Duration

	// Resilient, if set, gets far's failures instead of the caller: reads are then answered as misses, and
	// writes and deletions succeed though far may not have seen them. It is called on the goroutine of the
	// operation, or of the far read that callers share. What the caller did wrong (ErrTTL, ErrKey), a done
	// context, ErrCorrupt, ErrClosed, and what Len, Keys, Watch and Stats say still go to the caller.
	Resilient func(ctx context.Context, err error)

	// Coherent makes near follow far's changes, whoever makes them, as far's Watch tells them: what changed leaves
	// near, and after a Gap all does. While far cannot be watched, near is not asked, and far answers. Far has to
	// support Watch, and near leases, Clear and Keys. A value that is written here comes to near by the next read:
	// the event of the write itself takes it from there.
	//
	// The cache then has a method Close() error, which ends the following; see [ctxcache.Close].
	Coherent bool

	// WatchFailed, if set, is told why near cannot follow far: Watch failed, or near did at what an event asked for.
	// Watch is tried again, after 50 ms at first, after up to 5 s later on. It is called on a goroutine of the cache,
	// for which Close waits, never twice at a time.
	WatchFailed func(err error)
}

// Validate returns an error that wraps ctxcache.ErrOptions if an option makes no sense.
func (o *TwoLevelOptions) Validate() error {
	if o != nil && o.NearTTL < 0 {
		return fmt.Errorf("two-level: %w: NearTTL is negative", ctxcache.ErrOptions)
	}
	return nil
}

// TwoLevel puts a near cache, in this process, in front of a far one that others share. A read finds one of
// four states:
//
//	near hit   near answers; far is not asked
//	far hit    far answers, and near gets a copy with the value's own TTL, for at most NearTTL
//	miss       both say so
//	far down   an error, or, if Resilient, a report to the hook and a miss
//
// Concurrent far reads of a key by Get or GetEntry are one (see [cached.Flight]); a call for many asks far once,
// for itself. Near and far do not end up apart, however
// writers and readers of this process interleave: whoever is going to fill near takes near's lease before far
// is asked or written, so that what happened meanwhile makes the fill fail; a write whose lease was refused or
// lost, or whose far write failed or was given up, deletes the near copy, even if the caller has left. What
// other processes write is seen when the near copy ends, or, if Coherent, as soon as far tells of it; and so is
// a far write that was given up and is carried out later all the same.
//
// A value written with TTL 0 lives for far's default, which only far knows: near gets it by the first read. Far
// should store TTLs as given: a layer that shortens them goes over TwoLevel, not between it and far.
//
// Near has to support leases, as memory does; a near that does not is never filled. A near copy of a value
// whose TTL is Unknown to far lives for NearTTL, and is not kept at all where that is 0. GetLease needs leases
// in far, and a lease is one of both levels. Len and Keys are far's. So is Watch, which needs Coherent: what it tells of
// has left near. It panics if near or far is nil. Invalid options are the error of every call.
func TwoLevel[K comparable, V any](near, far ctxcache.Cache[K, V], opts *TwoLevelOptions) ctxcache.Cache[K, V] {
	need("TwoLevel", "a near cache", near != nil)
	need("TwoLevel", "a far cache", far != nil)
	if err := opts.Validate(); err != nil {
		return invalid[K, V]{err}
	}
	t := &twoLevel[K, V]{
		near:    near,
		far:     far,
		nearOps: ctxcache.Supports(near),
		farOps:  ctxcache.Supports(far),
	}
	if opts != nil {
		t.opts = *opts
	}
	t.ops = (t.farOps | ctxcache.OpStats) &^ ctxcache.OpLease &^ ctxcache.OpLeaseShared
	if t.nearOps.Has(ctxcache.OpLease) {
		t.ops |= t.farOps & (ctxcache.OpLease | ctxcache.OpLeaseShared)
	}
	if !t.nearOps.Has(ctxcache.OpClear) {
		t.ops &^= ctxcache.OpClear | ctxcache.OpScoped | ctxcache.OpClearAll
	}
	if t.opts.Coherent {
		return newCoherent(t)
	}
	t.ops &^= ctxcache.OpWatch // near may still have what was before an event
	return t
}

type twoLevel[K comparable, V any] struct {
	near, far       ctxcache.Cache[K, V]
	nearOps, farOps ctxcache.Op
	ops             ctxcache.Op
	opts            TwoLevelOptions

	// reads are the far reads under way. Every write makes the one of its key unjoinable before it returns, so
	// that nobody who comes after it gets what was read before it.
	reads cached.Flight[K, ctxcache.Entry[V]]

	closed atomic.Bool
}

// begin returns why an operation cannot begin, or nil. A near hit has no need to ask.
func (t *twoLevel[K, V]) begin(ctx context.Context, op string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if t.closed.Load() {
		return ctxcache.Fail("two-level", op, ctxcache.ErrClosed)
	}
	return nil
}

// beginMany is begin for a call for many keys, each of which maps have to hold.
func (t *twoLevel[K, V]) beginMany(ctx context.Context, op string, keys []K) error {
	if err := t.begin(ctx, op); err != nil {
		return err
	}
	for _, key := range keys {
		if err := ctxcache.CheckKey(key); err != nil {
			return ctxcache.Fail("two-level", op, err)
		}
	}
	return nil
}

// Supports is far's capabilities, as far as near can follow.
func (t *twoLevel[K, V]) Supports() ctxcache.Op { return t.ops }

// Stats has near and far as children; should one fail to tell its own, that error comes beside the other's.
func (t *twoLevel[K, V]) Stats(ctx context.Context) (ctxcache.Stats, error) {
	if err := t.begin(ctx, "stats"); err != nil {
		return ctxcache.Stats{}, err
	}
	stats := ctxcache.Stats{Name: "two-level", Entries: -1}
	var failed error
	for _, level := range []ctxcache.Cache[K, V]{t.near, t.far} {
		child, err := ctxcache.GetStats(ctx, level)
		switch err {
		case nil:
			stats.Children = append(stats.Children, child)
			stats.Entries = child.Entries // far's, in the end: it has what near has
		case errors.ErrUnsupported:
			stats.Entries = -1
		default:
			stats.Entries = -1
			failed = joined(failed, err)
		}
	}
	return stats, failed
}

// farFailed says what becomes of a far error: outages are reported to the hook, and the rest is returned, for
// the caller.
func (t *twoLevel[K, V]) farFailed(ctx context.Context, err error) error {
	if err == nil || t.opts.Resilient == nil || ctx.Err() != nil {
		return err
	}
	outage, rest := splitOutage[K](err)
	if outage != nil {
		t.opts.Resilient(ctx, outage)
	}
	return rest
}

// splitOutage parts err into what tells of an outage and what does not. The error of a call for many keys may
// be both.
func splitOutage[K comparable](err error) (outage, rest error) {
	var many *ctxcache.ManyError[K]
	switch {
	case errors.As(err, &many):
		outages, others := make(map[K]error), make(map[K]error)
		for key, err := range many.Failed {
			if isOutage(err) {
				outages[key] = err
			} else {
				others[key] = err
			}
		}
		return ctxcache.NewManyError(outages), ctxcache.NewManyError(others)
	case isOutage(err):
		return err, nil
	default:
		return nil, err
	}
}

// isOutage reports whether err tells of a cache that could not do its work, and not of an answer, or of what
// the caller did.
func isOutage(err error) bool {
	for _, other := range []error{
		ctxcache.ErrMiss, ctxcache.ErrNotFound, ctxcache.ErrLeaseLost, errors.ErrUnsupported,
		ctxcache.ErrTTL, ctxcache.ErrKey, ctxcache.ErrCorrupt, ctxcache.ErrClosed, ctxcache.ErrOptions,
		context.Canceled,
	} {
		if errors.Is(err, other) {
			return false
		}
	}
	return true
}
