package cached

import (
	"context"
	"errors"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// loaded is what a flight of a Function brings its callers.
type loaded[V any] struct {
	value V
	fresh bool // it comes from the source, not from a second look into the cache
	// proved: the lease stood until after the load, so nothing invalidated the key between the beginning of the load and
	// then. Anything else may be older than an invalidation. Only callers that asked before that may get it.
	proved bool
}

// loading is one load of one key: a flight runs it.
type loading[K comparable, V any] struct {
	f       *Function[K, V]
	key     K
	source  func(context.Context, K) (V, error)
	refresh bool
	flight  *call[loaded[V]]

	lease ctxcache.Lease // what it stores by, until it is spent; the zero Lease over a cache without leases
}

// loader returns the load of key, from source, that a flight runs.
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

// closedOr returns ErrClosed in place of err if it is Close that ended the load.
func (f *Function[K, V]) closedOr(ctx context.Context, err error) error {
	if err != nil && context.Cause(ctx) == ctxcache.ErrClosed {
		return f.refused(ctxcache.OpLoad)
	}
	return err
}

// run looks into the cache once more, now that no other flight of the key runs here, takes the lease, loads and stores.
// It gives the slot back when the source has answered. Whatever way it ends, it leaves no lease behind.
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
	if err != nil && !errors.Is(err, ctxcache.ErrNotFound) {
		return loaded[V]{}, err
	}
	result = loaded[V]{value: value, fresh: true}
	if outage { // there is nothing to store by, and no use in trying
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

// answered reports whether the cache has answered, though it may be that it has no such value, or a damaged one.
func answered(err error) bool {
	return err == nil || err == ctxcache.ErrNotFound || err == ctxcache.ErrMiss || errors.Is(err, ctxcache.ErrCorrupt)
}

// look takes the lease, and returns what the cache has; a cache without leases is asked by Get. A refresh does not
// accept that another holder, which must be outside of this Function, has the lease: that load may have begun before
// the source was changed. So it ends that lease, and asks again.
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
	ctx = ctxcache.ForLoad(ctx, ctx) // whatever becomes of the call, the lease is for all of the load
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

// ask calls the source. It returns what that returns, and the TTL it wishes for.
func (l *loading[K, V]) ask(ctx context.Context) (value V, wish *ttlWish, err error) {
	f := l.f
	if f.opts.Tracer != nil {
		var end func(error)
		if ctx, end = f.opts.Tracer.Load(ctx); end != nil {
			err = errUnreturned // unless it does return
			defer func() { end(err) }()
		}
	}
	l.flight.source.Store(&ctx)
	f.counts.loads.Add(1)
	if f.opts.Detach {
		var cancel func()
		ctx, cancel = withoutValues(ctx)
		defer cancel()
	}
	if loadFrom(ctx) != &l.flight.load { // a Tracer may have a context of its own, too
		ctx = withLoad(ctx, &l.flight.load)
	}
	wish = &ttlWish{}
	value, err = l.source(context.WithValue(ctx, ttlKey{}, wish), l.key)
	return value, wish, err
}

// errUnreturned is the error of a load, as the Tracer sees it, that panicked or called runtime.Goexit.
var errUnreturned = errors.New("load did not return")

// withoutValues returns a context that ends when ctx does, for the same cause, and has none of its values.
func withoutValues(ctx context.Context) (context.Context, func()) {
	// Options.Detach asks for a context that comes from no caller.
	detached, cancel := context.WithCancelCause(context.Background())
	stop := context.AfterFunc(ctx, func() { cancel(context.Cause(ctx)) })
	return detached, func() { stop(); cancel(nil) }
}
