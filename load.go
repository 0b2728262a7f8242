package cached

import (
	"context"
	"errors"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// loaded is the result of a flight of a Function.
type loaded[V any] struct {
	value     V
	refreshed bool // the flight belongs to a Refresh, so the cache has no value that may be older than the flight
	// proved: the lease still stood after the load, so nothing invalidated the key since the load began. A value that
	// is not proved may be older than an invalidation. Only callers that asked before the invalidation may get it.
	proved bool
}

// loading is one load of one key. It runs in a flight.
type loading[K comparable, V any] struct {
	f       *Function[K, V]
	key     K
	source  func(context.Context, K) (V, error)
	refresh bool
	flight  *call[loaded[V]]

	lease ctxcache.Lease // stores the result; the zero Lease once it is spent, and over a cache without leases
}

// loader returns the function that a flight runs to load key from source.
func (f *Function[K, V]) loader(
	key K, source func(context.Context, K) (V, error), refresh bool,
) func(context.Context, *call[loaded[V]]) (loaded[V], error) {
	return func(ctx context.Context, flight *call[loaded[V]]) (loaded[V], error) {
		if !f.loads.enter() {
			return loaded[V]{}, f.refused(ctxcache.OpLoad)
		}
		defer f.loads.leave()
		ctx, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		defer context.AfterFunc(f.life, func() { cancel(ctxcache.ErrClosed) })()

		giveBack, err := f.slots.take(ctx, &flight.load)
		if err != nil {
			return loaded[V]{}, f.closedOr(ctx, err)
		}
		l := loading[K, V]{f: f, key: key, source: source, refresh: refresh, flight: flight}
		result, err := l.run(ctx, giveBack)
		return result, f.closedOr(ctx, err)
	}
}

// closedOr returns ErrClosed if Close ended the load, and otherwise err.
func (f *Function[K, V]) closedOr(ctx context.Context, err error) error {
	if err != nil && context.Cause(ctx) == ctxcache.ErrClosed {
		return f.refused(ctxcache.OpLoad)
	}
	return err
}

// run looks into the cache once more, because no other flight of the key runs in this process now. It takes the lease,
// asks the source, and stores the result, unless ctx has ended by then. It calls giveBack, which gives the slot back, as
// soon as the source has answered. However it ends, even by a panic, it leaves no lease behind.
func (l *loading[K, V]) run(ctx context.Context, giveBack func()) (result loaded[V], err error) {
	defer func() { giveBack() }()
	defer func() {
		if _, releaseErr := l.release(ctx); err == nil {
			err = releaseErr
		}
	}()
	entry, err := l.look(ctx)
	outage := false
	switch {
	case err == nil && !l.refresh:
		return loaded[V]{value: entry.Value}, nil
	case err == ctxcache.ErrNotFound && !l.refresh:
		return loaded[V]{}, err
	case answered(err):
	default:
		if err := l.f.report(ctx, err); err != nil {
			return loaded[V]{}, err
		}
		outage = true
	}

	value, wish, err := l.ask(ctx)
	l.f.flights.seal(l.key, l.flight)
	giveBack()
	giveBack = func() {}
	ended := ctx.Err() != nil
	if ended && err == nil {
		err = context.Cause(ctx) // the source may have stopped early, so its result does not count
	}
	if ended || err != nil && !errors.Is(err, ctxcache.ErrNotFound) {
		return loaded[V]{}, err
	}
	result = loaded[V]{value: value, refreshed: l.refresh}
	if outage { // the load has no lease to store with, and the cache would probably fail again
		if l.refresh { // but a refresh must not return a new value and leave the old one
			if _, failed := l.discard(ctx); failed != nil {
				return loaded[V]{}, failed
			}
		}
		return result, err
	}
	fill, wanted := entryOf(&l.f.opts, value, err, wish)
	proved, failed := l.conclude(ctx, fill, wanted)
	if failed != nil {
		return loaded[V]{}, failed
	}
	result.proved = proved
	return result, err
}

// answered reports whether the cache has answered. A miss, a negative entry and a corrupt value are answers, too.
func answered(err error) bool {
	return err == nil || err == ctxcache.ErrNotFound || err == ctxcache.ErrMiss || errors.Is(err, ctxcache.ErrCorrupt)
}

// look takes the lease and returns the entry in the cache. It asks a cache without leases by Get.
//
// If another holder has the lease, that holder is outside this Function, and its load may have begun before the source
// was changed. A refresh does not accept this: it deletes the key, which ends the other lease, and asks again.
func (l *loading[K, V]) look(ctx context.Context) (e ctxcache.Entry[V], err error) {
	cache := &l.f.cache
	if !l.f.caps.Has(ctxcache.CapLease) {
		if l.refresh {
			return e, ctxcache.ErrMiss
		}
		e.Value, err = cache.Get(ctx, l.key)
		return e, err
	}
	below := time.Duration(0)
	if l.refresh {
		below = ctxcache.NoExpiry
	}
	ctx = ctxcache.ForLoad(ctx, ctx) // the lease lasts as long as the load, not only for this call
	e, l.lease, err = cache.GetLease(ctx, l.key, below)
	if !l.refresh || !answered(err) || l.lease.Granted() || l.lease.Refusal() == ctxcache.Unavailable {
		return e, err
	}
	if err := cache.Delete(ctx, l.key); err != nil {
		return e, err
	}
	e, l.lease, err = cache.GetLease(ctx, l.key, below)
	return e, err
}

// ask calls the source. It returns the source's result, and the TTL that the source asked for by SetTTL.
func (l *loading[K, V]) ask(ctx context.Context) (value V, wish *ttlWish, err error) {
	f := l.f
	if f.opts.Tracer != nil {
		var end func(error)
		if ctx, end = f.opts.Tracer.Load(ctx); end != nil {
			err = ctxcache.ErrUnreturned // replaced when the source returns
			defer func() { end(err) }()
		}
	}
	source := ctx // joined calls read it later, when ctx has been changed
	l.flight.source.Store(&source)
	f.counts.loads.Add(1)
	if f.opts.Detach {
		var cancel func()
		ctx, cancel = withoutValues(ctx)
		defer cancel()
	}
	if loadFrom(ctx) != &l.flight.load { // Detach, or a Tracer with a context of its own, has removed it
		ctx = withLoad(ctx, &l.flight.load)
	}
	wish = &ttlWish{}
	value, err = l.source(context.WithValue(ctx, ttlKey{}, wish), l.key)
	return value, wish, err
}

// withoutValues returns a context that ends when ctx ends, with the same cause, but has none of its values. Call the
// returned func when the context is not needed any more.
func withoutValues(ctx context.Context) (context.Context, func()) {
	// Options.Detach asks for a context without the values of any caller.
	detached, cancel := context.WithCancelCause(context.Background())
	stop := context.AfterFunc(ctx, func() { cancel(context.Cause(ctx)) })
	return detached, func() { stop(); cancel(nil) }
}
