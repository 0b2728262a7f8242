package cached

import (
	"context"
	"errors"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/own"
)

// read gets the value of key from the cache, within the time that the Function allows.
func (f *Function[K, V]) read(ctx context.Context, key K) (V, error) {
	if f.limits.read == 0 {
		return f.cache.Get(ctx, key)
	}
	key = own.Copy(key) // the read may outlive the call
	return inTime(ctx, f, ctxcache.OpGet, f.limits.read, func(ctx context.Context) (V, error) {
		return f.cache.Get(ctx, key)
	}, nil)
}

// readEntry is read with the Meta of the value.
func (f *Function[K, V]) readEntry(ctx context.Context, key K) (ctxcache.Entry[V], error) {
	return f.readEntryWithin(ctx, key, f.limits.read)
}

// readEntryWithin is readEntry within limit, or without one if limit is 0.
func (f *Function[K, V]) readEntryWithin(ctx context.Context, key K, limit time.Duration) (ctxcache.Entry[V], error) {
	if limit == 0 {
		return f.cache.GetEntry(ctx, key)
	}
	key = own.Copy(key) // as in read
	return inTime(ctx, f, ctxcache.OpGet, limit, func(ctx context.Context) (ctxcache.Entry[V], error) {
		return f.cache.GetEntry(ctx, key)
	}, nil)
}

// since returns what a load gets as request.since, when a call begins to read the cache. Only over a cache without leases
// does a load need it: GetLease reads the cache once more, and is needed anyway.
func (f *Function[K, V]) since(key K) uint64 {
	if f.caps.Has(ctxcache.CapLease) {
		return 0
	}
	return f.flights.ended(key)
}

// nearReader is a cache with a level near the caller, in front of a far one, such as layers/twolevel.
type nearReader[K comparable, V any] interface {
	// GetNear asks the near level alone. It returns ErrMiss, bare, if that does not have the key.
	GetNear(ctx context.Context, key K) (V, error)

	// GetNearEntry is GetNear with the Meta of the value, as GetEntry reports it.
	GetNearEntry(ctx context.Context, key K) (ctxcache.Entry[V], error)

	// AfterNear returns ctx as the context of a GetLease or GetLeases that comes after GetNear, so that far counts it as
	// a read.
	AfterNear(ctx context.Context) context.Context
}

// first asks the cache at the beginning of a Get. If the cache has a near level, it asks that level alone, and reports
// that the rest is unread: the load asks for its lease next, and that gets the far level's value in the same round trip.
// A load that has asked its source may take long, while the far level may have a value, for example the one that is being
// refreshed. So then first asks both levels.
func (f *Function[K, V]) first(ctx context.Context, key K) (value V, unread bool, err error) {
	if f.near != nil {
		value, err = f.readNear(ctx, key)
		if err != ctxcache.ErrMiss {
			return value, false, err
		}
		if f.leavesFarToTheLoad(key) {
			return value, true, err
		}
	}
	value, err = f.read(ctx, key)
	return value, false, err
}

// leavesFarToTheLoad reports whether a call that has missed in near leaves it to its load to ask far. A load that waits for
// others of its batch first would make a hit in far wait, too.
func (f *Function[K, V]) leavesFarToTheLoad(key K) bool {
	return f.opts.CoalesceFor == 0 && !f.flights.waits(key)
}

// readNear is read for the near level alone.
func (f *Function[K, V]) readNear(ctx context.Context, key K) (V, error) {
	if f.limits.read == 0 {
		return f.near.GetNear(ctx, key)
	}
	key = own.Copy(key) // as in read
	return inTime(ctx, f, ctxcache.OpGet, f.limits.read, func(ctx context.Context) (V, error) {
		return f.near.GetNear(ctx, key)
	}, nil)
}

// firstEntry is first with the Meta of the value. It also returns the level that the answer is from. If that is LevelNear,
// and the error ErrMiss, the far level is unread.
func (f *Function[K, V]) firstEntry(ctx context.Context, key K) (e ctxcache.Entry[V], level Level, err error) {
	if f.near != nil {
		e, err = f.readNearEntry(ctx, key)
		if err != ctxcache.ErrMiss || f.leavesFarToTheLoad(key) {
			return e, LevelNear, err
		}
	}
	e, err = f.readEntry(ctx, key)
	return e, f.levelBelow(), err
}

// readNearEntry is readNear with the Meta of the value.
func (f *Function[K, V]) readNearEntry(ctx context.Context, key K) (ctxcache.Entry[V], error) {
	if f.limits.read == 0 {
		return f.near.GetNearEntry(ctx, key)
	}
	key = own.Copy(key) // as in read
	return inTime(ctx, f, ctxcache.OpGet, f.limits.read, func(ctx context.Context) (ctxcache.Entry[V], error) {
		return f.near.GetNearEntry(ctx, key)
	}, nil)
}

// levelBelow returns the level of an answer that the near level did not have.
func (f *Function[K, V]) levelBelow() Level {
	if f.near != nil {
		return LevelFar
	}
	return LevelCache
}

// askForLease takes the lease of a load, and puts the entry in the cache into l.shared. A lease that is granted too late is given
// back. The lease lasts as long as the load, not only for this call.
func (l *loading[K, V]) askForLease(ctx context.Context) (lease ctxcache.Lease, err error) {
	if l.shares(stepLease) {
		l.together(stepLease, l.batch.takeLeases)
		return l.shared.lease, l.shared.err
	}
	if l.f.limits.read != 0 {
		return l.askForLeaseLimited(ctx)
	}
	l.shared.entry, lease, err = l.f.cache.GetLease(forLease(ctx, l), l.key, l.refreshBelow())
	return lease, err
}

// forLease returns ctx, under which loads run, as the context of the call that asks for their leases. It says so if this is
// the first question to far.
func forLease[K comparable, V any](ctx context.Context, loads ...*loading[K, V]) context.Context {
	asking, unread := ctxcache.ForLoad(ctx, ctx), true
	for _, l := range loads {
		unread = unread && l.unread && !l.farAsked
		l.farAsked = true
	}
	if unread {
		return loads[0].f.near.AfterNear(asking)
	}
	return asking
}

// askForLeaseLimited is askForLease within the time that the Function allows.
func (l *loading[K, V]) askForLeaseLimited(ctx context.Context) (ctxcache.Lease, error) {
	f, below := l.f, l.refreshBelow()
	type grant struct {
		entry ctxcache.Entry[V]
		lease ctxcache.Lease
	}
	g, err := inTime(forLease(ctx, l), f, ctxcache.OpGetLease, f.limits.read,
		func(ctx context.Context) (g grant, err error) {
			g.entry, g.lease, err = f.cache.GetLease(ctx, l.key, below)
			return g, err
		},
		func(ctx context.Context, g grant) {
			// The load has gone on without this lease. OnCacheError hears of a failure.
			_, _ = l.release(ctx, g.lease)
		})
	l.shared.entry = g.entry
	return g.lease, err
}

// refreshBelow returns the remaining life below which the load is due.
func (l *loading[K, V]) refreshBelow() time.Duration {
	switch {
	case l.refresh, !l.notBefore.IsZero():
		return ctxcache.NoExpiry
	case l.behind:
		return l.below
	case l.f.fresh != nil:
		return max(l.f.fresh.window, l.below)
	default:
		return 0
	}
}

// deleteKey deletes the key of a refresh, within the time that the Function allows.
func (l *loading[K, V]) deleteKey(ctx context.Context) error {
	f := l.f
	_, err := limited(ctx, f, ctxcache.OpDelete, f.limits.settle, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, f.cache.Delete(ctx, l.key)
	}, nil)
	return err
}

// limited calls do, and waits for it no longer than limit, if the Function limits its cache. See within.
func limited[K comparable, V, T any](
	ctx context.Context, f *Function[K, V], op ctxcache.Operation, limit time.Duration,
	do func(context.Context) (T, error), late func(context.Context, T),
) (T, error) {
	if f.limits.read == 0 {
		return do(ctx)
	}
	return inTime(ctx, f, op, limit, do, late)
}

// inTime is limited, also if the Function does not limit its cache.
func inTime[K comparable, V, T any](
	ctx context.Context, f *Function[K, V], op ctxcache.Operation, limit time.Duration,
	do func(context.Context) (T, error), late func(context.Context, T),
) (T, error) {
	result, err := within(ctx, f.loads, &f.behind, limit, do, late, func(ctx context.Context, err error) {
		f.mention(ctx, err) // no call can return it any more
	})
	if err == ctxcache.ErrTimeout || err == ctxcache.ErrClosed {
		err = f.fail(op, err)
	}
	return result, err
}

// goOn decides what a call does after a Get of the cache has returned err. It returns nil if the call should ask the
// source, and otherwise the error of the call. It also reports whether the cache has failed: the load then does not ask
// it again.
func (f *Function[K, V]) goOn(ctx context.Context, err error) (outage bool, _ error) {
	switch {
	case err == ctxcache.ErrMiss:
		return false, nil
	case err == ctxcache.ErrNotFound:
		return false, f.negative
	case errors.Is(err, ctxcache.ErrCorrupt):
		f.corrupt(ctx, err)
		return false, nil // the loaded value will overwrite it
	}
	return true, f.report(ctx, err)
}

// report counts a failure of the cache and passes it to OnCacheError. It returns nil if the call should go on, and
// otherwise the error of the call. If ctx is done, that is not a failure of the cache, and report returns the context's
// error. A cache that is closed, has invalid options or refuses the key will not recover, so the call returns that error.
func (f *Function[K, V]) report(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, ctxcache.ErrOptions) || errors.Is(err, ctxcache.ErrClosed) || errors.Is(err, ctxcache.ErrKey) {
		return apart(err)
	}
	return f.count(ctx, err)
}
