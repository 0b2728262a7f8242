package cached

import (
	"context"
	"errors"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// storeTimeout bounds each thing that a flight does after the load: storing, and giving the lease back. Its callers have
// the value by then only if the cache answers, so a cache that hangs costs them no more than this.
const storeTimeout = 5 * time.Second

// loaded is what a flight of a Function brings its callers.
type loaded[V any] struct {
	value V
	fresh bool // it comes from the source, not from a second look into the cache
	// proved: it was stored by its lease, so nothing invalidated the key between the beginning of the load and then.
	// Anything else may be older than an invalidation, and is good only for who asked before that.
	proved bool
}

// loader returns the load of key that a flight runs.
func (f *Function[K, V]) loader(key K, refresh bool) func(context.Context, *call[loaded[V]]) (loaded[V], error) {
	return func(ctx context.Context, c *call[loaded[V]]) (loaded[V], error) {
		if !f.loads.enter() {
			return loaded[V]{}, f.refused()
		}
		defer f.loads.leave()
		ctx, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		defer context.AfterFunc(f.life, func() { cancel(ctxcache.ErrClosed) })()

		giveBack, err := f.slots.take(ctx, &c.load)
		if err != nil {
			return loaded[V]{}, f.closedOr(ctx, err)
		}
		result, err := f.load(ctx, key, c, refresh, giveBack)
		return result, f.closedOr(ctx, err)
	}
}

// closedOr returns ErrClosed in place of err if it is Close that ended the load.
func (f *Function[K, V]) closedOr(ctx context.Context, err error) error {
	if err != nil && context.Cause(ctx) == ctxcache.ErrClosed {
		return f.refused()
	}
	return err
}

// load looks into the cache once more, now that no other flight of key runs here, takes the lease, loads and
// stores. It gives the slot back when the source has answered.
func (f *Function[K, V]) load(
	ctx context.Context, key K, c *call[loaded[V]], refresh bool, giveBack func(),
) (result loaded[V], err error) {
	defer func() { giveBack() }()
	entry, lease, err := f.lease(ctx, key, refresh)
	if lease != nil {
		defer func() {
			if releaseErr := f.settle(ctx, lease.Release); err == nil {
				err = releaseErr
			}
		}()
	}
	outage := false
	switch {
	case err == nil && !refresh:
		return loaded[V]{value: entry.Value}, nil
	case err == ctxcache.ErrNotFound && !refresh:
		return loaded[V]{}, err
	case err == nil, err == ctxcache.ErrNotFound, err == ctxcache.ErrMiss, errors.Is(err, ctxcache.ErrCorrupt):
	default:
		if err := f.report(ctx, err); err != nil {
			return loaded[V]{}, err
		}
		outage = true
	}

	value, ttl, err := f.ask(ctx, key, c)
	f.flights.seal(key, c)
	giveBack()
	giveBack = func() {}

	absent := errors.Is(err, ctxcache.ErrNotFound)
	if err != nil && !absent {
		return loaded[V]{}, err
	}
	result = loaded[V]{value: value, fresh: true}
	fill := ctxcache.Entry[V]{Value: value, TTL: ttl}
	switch {
	case outage: // there is nothing to store by, and no use in trying
		return result, err
	case absent && f.opts.NotFoundTTL == 0:
		if refresh { // what was cached is no more
			deleted := f.settle(ctx, func(ctx context.Context) error { return f.cache.Delete(ctx, key) })
			if deleted != nil {
				err = errors.Join(err, deleted)
			}
		}
		return result, err
	case absent:
		fill = ctxcache.Entry[V]{Absent: true, TTL: f.opts.jittered(f.opts.NotFoundTTL)}
	}
	proved, storeErr := f.store(ctx, key, c, lease, fill)
	if storeErr != nil {
		return loaded[V]{}, storeErr
	}
	if refresh && !proved {
		if err := f.distrust(ctx, key); err != nil {
			return loaded[V]{}, err
		}
	}
	result.proved = proved
	return result, err
}

// lease is GetLease, or Get for a cache without leases. A refresh does not accept that another holder, who must
// be outside of this Function, has the lease: that load may have begun before the source was changed. So it
// kills that lease, and asks again.
func (f *Function[K, V]) lease(ctx context.Context, key K, refresh bool) (ctxcache.Entry[V], ctxcache.Lease[V], error) {
	if !f.ops.Has(ctxcache.OpLease) {
		if refresh {
			return ctxcache.Entry[V]{}, nil, ctxcache.ErrMiss
		}
		value, err := f.cache.Get(ctx, key)
		return ctxcache.Entry[V]{Value: value}, nil, err
	}
	if !refresh {
		return ctxcache.GetLease(ctx, f.cache, key, 0)
	}
	entry, lease, err := ctxcache.GetLease(ctx, f.cache, key, ctxcache.NoExpiry)
	if held := lease == nil && (err == nil || err == ctxcache.ErrMiss || err == ctxcache.ErrNotFound); !held {
		return entry, lease, err
	}
	if err := f.cache.Delete(ctx, key); err != nil {
		return entry, nil, err
	}
	return ctxcache.GetLease(ctx, f.cache, key, ctxcache.NoExpiry)
}

// ask calls the source.
func (f *Function[K, V]) ask(ctx context.Context, key K, c *call[loaded[V]]) (value V, ttl time.Duration, err error) {
	if f.opts.Tracer != nil {
		var end func(error)
		if ctx, end = f.opts.Tracer.Load(ctx); end != nil {
			err = errUnreturned // unless it does return
			defer func() { end(err) }()
		}
	}
	c.source.Store(&ctx)
	f.counts.loads.Add(1)
	wish := &ttlWish{ttl: f.opts.TTL}
	if f.opts.Detach {
		var cancel func()
		args := ctx.Value(argsKey{})
		ctx, cancel = withoutValues(ctx)
		defer cancel()
		ctx = withLoad(context.WithValue(ctx, argsKey{}, args), &c.load)
	}
	value, err = f.source(context.WithValue(ctx, ttlKey{}, wish), key)
	return value, f.opts.jittered(wish.get()), err
}

// errUnreturned is the error of a load, as the Tracer sees it, that panicked or called runtime.Goexit.
var errUnreturned = errors.New("load did not return")

// store stores what was loaded, unless the key was invalidated since the load began, and reports whether it did.
func (f *Function[K, V]) store(
	ctx context.Context, key K, c *call[loaded[V]], lease ctxcache.Lease[V], e ctxcache.Entry[V],
) (stored bool, err error) {
	err = f.settle(ctx, func(ctx context.Context) (err error) {
		defer func() { stored = err == nil }()
		switch {
		case lease != nil:
			return lease.Fill(ctx, e)
		case f.ops.Has(ctxcache.OpLease): // another holder will store what it loads
			return ctxcache.ErrLeaseLost
		default:
			return f.storeUnleased(ctx, key, c, e)
		}
	})
	if err == ctxcache.ErrLeaseLost {
		return false, nil
	}
	return stored, err
}

// distrust deletes what others have stored while a refresh loaded. On a key that is present, processes may hold leases
// at the same time (see ctxcache.LeaseCache): the first to fill may have loaded before the source was changed, and
// this refresh, which lost, after. A lease on what is absent by now is newer than this load, and is left alone.
func (f *Function[K, V]) distrust(ctx context.Context, key K) error {
	if !f.ops.Has(ctxcache.OpLeaseShared) {
		return nil
	}
	return f.settle(ctx, func(ctx context.Context) error {
		if _, err := f.cache.Get(ctx, key); err == ctxcache.ErrMiss {
			return nil
		}
		return f.cache.Delete(ctx, key)
	})
}

// storeUnleased stores in a cache without leases, unless this Function has deleted the key since. Delete forgets the
// flight before it deletes, so one of the two sees the other.
func (f *Function[K, V]) storeUnleased(ctx context.Context, key K, c *call[loaded[V]], e ctxcache.Entry[V]) error {
	if !f.flights.joinable(key, c) {
		return ctxcache.ErrLeaseLost
	}
	if err := ctxcache.SetEntry(ctx, f.cache, key, e); err != nil {
		return err
	}
	if f.flights.joinable(key, c) {
		return nil
	}
	if err := f.cache.Delete(ctx, key); err != nil {
		return err
	}
	return ctxcache.ErrLeaseLost
}

// settle does something in the cache that has to be done whether or not someone still waits for it.
func (f *Function[K, V]) settle(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	err := do(ctx)
	if err == nil || err == ctxcache.ErrLeaseLost {
		return err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = ctxcache.Fail("func", "store", errStoreTimeout)
	}
	return f.report(context.WithoutCancel(ctx), err)
}

var errStoreTimeout = errors.New("the cache did not answer in time")

// withoutValues returns a context that ends when ctx does, for the same cause, and has none of its values.
func withoutValues(ctx context.Context) (context.Context, func()) {
	// Options.Detach asks for a context that comes from no caller.
	detached, cancel := context.WithCancelCause(context.Background())
	stop := context.AfterFunc(ctx, func() { cancel(context.Cause(ctx)) })
	return detached, func() { stop(); cancel(nil) }
}
