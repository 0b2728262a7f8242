package cached

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/ctxcache/cached/ctxcache"
)

// Function is a function whose results are cached: [Func] makes one. Its methods may be called concurrently.
type Function[K comparable, V any] struct {
	cache   ctxcache.Cache[K, V]
	source  func(context.Context, K) (V, error)
	opts    Options
	ops     ctxcache.Op
	flights Flight[K, loaded[V]]
	slots   slots

	refusal atomic.Pointer[error] // what every call returns: invalid options, or ErrClosed; nil while all is well
	loads   *gate                 // the loads that run
	life    context.Context       // ends when Close has lost its patience; loads end with it
	end     context.CancelCauseFunc

	counts struct{ loads, joined, errors atomic.Uint64 } // never touched by a hit
}

// Func returns load with a cache in front of it. A hit is one Get of the cache. On a miss, one load per key
// runs, however many callers there are, as [Flight] describes; it takes the key's lease before it begins and
// stores by it, so that a value that was deleted or overwritten meanwhile is not stored. A caller never gets a
// value that was loaded before its call began and invalidated since.
//
// What load returns is stored for Options.TTL, or for what it asked for by [SetTTL]. An error is given to those
// who wait for it and never cached, but for ctxcache.ErrNotFound, see Options.NotFoundTTL. Calls may also fail
// with the errors of Flight.
//
// Over a cache without leases (see ctxcache.OpLease) values are stored by Set, and only invalidations by
// this Function's own Delete are seen while a load runs.
//
// It panics if cache or load is nil. Invalid options are the error of every call.
func Func[K comparable, V any](cache ctxcache.Cache[K, V], load func(context.Context, K) (V, error), opts *Options) *Function[K, V] {
	if cache == nil || load == nil {
		panic("cached: Func of a nil cache or a nil function")
	}
	f := &Function[K, V]{cache: cache, source: load, ops: ctxcache.Supports(cache), loads: newGate()}
	if opts != nil {
		f.opts = *opts
	}
	if f.opts.MaxLoads > 0 {
		f.slots = make(slots, f.opts.MaxLoads)
	}
	// The Function's own life, which is no caller's: it ends by Close.
	f.life, f.end = context.WithCancelCause(context.Background())
	err := opts.Validate()
	if err == nil && f.opts.NotFoundTTL > 0 && !f.ops.Has(ctxcache.OpNegative) {
		err = fmt.Errorf("%w: NotFoundTTL over a cache that stores no negative entries", ctxcache.ErrOptions)
	}
	if err != nil {
		f.refuse(err)
	}
	return f
}

func (f *Function[K, V]) refuse(err error) {
	err = ctxcache.Fail("func", "call", err)
	f.refusal.Store(&err)
}

// refused returns the error of every call, if there is one.
func (f *Function[K, V]) refused() error {
	if err := f.refusal.Load(); err != nil {
		return *err
	}
	return nil
}

// Get returns the value of key, from the cache or from the source. It returns the loader's error as it is;
// ErrNotFound, bare, if the cache knows that there is no such thing (ask by errors.Is, as the loader may have
// wrapped it); and the context's error as soon as ctx is
// done, even if the load, which others may wait for, goes on.
func (f *Function[K, V]) Get(ctx context.Context, key K) (V, error) {
	if f.opts.Tracer != nil {
		return f.trace(ctx, "get", key, f.get)
	}
	answer, err := f.get(ctx, key)
	return answer.value, err
}

// Refresh loads key anew, whatever is cached, stores the value and returns it. The load begins after the call
// did, so that it sees whatever the caller has changed in the source. What was cached stays readable until the
// new value replaces it, and stays if the load fails; if the source has no such thing any more, it is deleted.
// So it is if somebody outside of f is filling the key, or may have filled it with what was loaded before the
// change: neither is to last.
func (f *Function[K, V]) Refresh(ctx context.Context, key K) (V, error) {
	if f.opts.Tracer != nil {
		return f.trace(ctx, "refresh", key, f.refresh)
	}
	answer, err := f.refresh(ctx, key)
	return answer.value, err
}

// Contains reports whether the cache has a value for key. It loads nothing.
func (f *Function[K, V]) Contains(ctx context.Context, key K) (was bool, err error) {
	if err := f.refused(); err != nil {
		return false, err
	}
	ctx, end := f.begin(ctx, "contains")
	was, err = ctxcache.Contains(ctx, f.cache, key)
	end(err)
	return was, err
}

// Delete removes key from the cache and reports whether it had a value. A load of key that runs is not stored
// any more, and nobody who asks after Delete has returned gets its result. Over a cache without
// ctxcache.OpRemove the report comes from a look before the deletion, which others may have come between.
func (f *Function[K, V]) Delete(ctx context.Context, key K) (was bool, err error) {
	if err := f.refused(); err != nil {
		return false, err
	}
	ctx, end := f.begin(ctx, "delete")
	f.flights.Forget(key) // a load over a cache without leases looks for this before and after it stores
	was, err = f.remove(ctx, key)
	f.flights.Forget(key) // even if the cache failed: of who came meanwhile
	end(err)
	return was, err
}

func (f *Function[K, V]) remove(ctx context.Context, key K) (was bool, err error) {
	if f.ops.Has(ctxcache.OpRemove) {
		return ctxcache.Remove(ctx, f.cache, key)
	}
	was, err = ctxcache.Contains(ctx, f.cache, key)
	return was, errors.Join(err, f.cache.Delete(ctx, key))
}

// Clear deletes all that the cache has, which is its own keys only, never a whole shared store. Loads that run are
// not stored any more, and nobody who asks after Clear has returned gets their results. It is [errors.ErrUnsupported]
// if the cache cannot do that, see ctxcache.Clear.
func (f *Function[K, V]) Clear(ctx context.Context) error {
	if err := f.refused(); err != nil {
		return err
	}
	ctx, end := f.begin(ctx, "clear")
	every := func(K) bool { return true }
	f.flights.ForgetFunc(every) // before and after, as in Delete
	err := ctxcache.Clear(ctx, f.cache)
	f.flights.ForgetFunc(every)
	end(err)
	return err
}

// Stats returns the loads, the calls that joined one, and the failures of the cache, with the cache's own
// counters as child. Hits are counted by layers.Stats, since counting them here would cost every hit. Should the
// cache fail to tell its own, that error comes beside what there is.
func (f *Function[K, V]) Stats(ctx context.Context) (ctxcache.Stats, error) {
	if err := f.refused(); err != nil {
		return ctxcache.Stats{}, err
	}
	stats := ctxcache.Stats{
		Name:    "func",
		Loads:   f.counts.loads.Load(),
		Joined:  f.counts.joined.Load(),
		Errors:  f.counts.errors.Load(),
		Entries: -1,
	}
	inner, err := ctxcache.GetStats(ctx, f.cache)
	switch err {
	case nil:
		stats.Entries = inner.Entries
		stats.Children = []ctxcache.Stats{inner}
	case errors.ErrUnsupported:
		err = nil
	}
	return stats, err
}

// Close drains f: calls from now on get ctxcache.ErrClosed, and Close returns when the loads that run have
// ended. If ctx is done before, their contexts are cancelled, their callers get ErrClosed, and Close returns
// the error of ctx. The cache is not closed.
func (f *Function[K, V]) Close(ctx context.Context) error {
	f.refuse(ctxcache.ErrClosed)
	drained := f.loads.close()
	select {
	case <-drained: // whatever ctx says
		f.end(nil)
		return nil
	default:
	}
	select {
	case <-drained:
		f.end(nil)
		return nil
	case <-ctx.Done():
		f.end(ctxcache.ErrClosed)
		return ctx.Err()
	}
}
