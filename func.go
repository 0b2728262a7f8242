package cached

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/ctxcache/cached/ctxcache"
)

// Function is a function whose results are cached: [Func] makes one. Its methods may be called concurrently. It is a
// ctxcache.Node.
type Function[K comparable, V any] struct {
	cache   ctxcache.Forward[K, V]
	source  func(context.Context, K) (V, error) // nil for a KeyedFunction, which brings one with each call
	opts    Options
	caps    ctxcache.Cap
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
// The result of load is stored for Options.TTL, or for what it asked for by [SetTTL]. An error goes to the callers that
// wait for it, and is never cached, except ctxcache.ErrNotFound, see Options.NotFoundTTL. Calls may also fail
// with the errors of Flight.
//
// Over a cache without leases (see ctxcache.CapLease) values are stored by Set, and only invalidations by
// this Function's own Delete are seen while a load runs.
//
// It panics if cache or load is nil. Invalid options are the error of every call.
func Func[K comparable, V any](cache ctxcache.Cache[K, V], load func(context.Context, K) (V, error), opts *Options) *Function[K, V] {
	if cache == nil || load == nil {
		panic("cached: Func of a nil cache or a nil function")
	}
	return newFunction(cache, load, opts)
}

func newFunction[K comparable, V any](
	cache ctxcache.Cache[K, V], load func(context.Context, K) (V, error), opts *Options,
) *Function[K, V] {
	f := &Function[K, V]{source: load, loads: newGate()}
	if opts != nil {
		f.opts = *opts
	}
	f.cache = ctxcache.NewForward(cache, f.opts.describe())
	f.caps = f.cache.Supports()
	if f.opts.MaxLoads > 0 {
		f.slots = make(slots, f.opts.MaxLoads)
	}
	// The Function's own life, which no caller's context bounds: it ends by Close.
	f.life, f.end = context.WithCancelCause(context.Background())
	if err := opts.ValidateFor(f.caps); err != nil {
		f.refusal.Store(&err)
	}
	return f
}

// refused returns the error of every call, if there is one, for op.
func (f *Function[K, V]) refused(op ctxcache.Operation) error {
	if err := f.refusal.Load(); err != nil {
		return ctxcache.Fail(kind, op, *err)
	}
	return nil
}

// Get returns the value of key, from the cache or from the source. It returns the loader's error as it is;
// ErrNotFound, bare, if the cache knows that the source has no such thing (ask by errors.Is, as the loader may have
// wrapped it); and the context's error as soon as ctx is done, even if the load, which others may wait for, goes on.
func (f *Function[K, V]) Get(ctx context.Context, key K) (V, error) {
	return f.getFrom(ctx, key, f.source)
}

// getFrom is Get, with a source for this call.
func (f *Function[K, V]) getFrom(ctx context.Context, key K, source func(context.Context, K) (V, error)) (V, error) {
	if f.opts.Tracer != nil {
		return f.trace(ctx, ctxcache.OpGet, key, source, f.get)
	}
	answer, err := f.get(ctx, key, source)
	return answer.value, err
}

// Refresh loads key anew, whatever is cached, stores the value and returns it. The load begins after the call
// did, so that it sees whatever the caller has changed in the source. The cached value stays readable until the new value
// replaces it, and stays if the load fails. It is deleted if the new value cannot be stored, or if the source no longer
// has such a thing. It is deleted, too, if another process is filling the key or may have filled it with a value loaded
// before the change.
func (f *Function[K, V]) Refresh(ctx context.Context, key K) (V, error) {
	return f.refreshFrom(ctx, key, f.source)
}

// refreshFrom is Refresh, with a source for this call.
func (f *Function[K, V]) refreshFrom(ctx context.Context, key K, source func(context.Context, K) (V, error)) (V, error) {
	if f.opts.Tracer != nil {
		return f.trace(ctx, ctxcache.OpRefresh, key, source, f.refresh)
	}
	answer, err := f.refresh(ctx, key, source)
	return answer.value, err
}

// Contains reports whether the cache has a value for key. It loads nothing.
func (f *Function[K, V]) Contains(ctx context.Context, key K) (was bool, err error) {
	if err := f.refused(ctxcache.OpContains); err != nil {
		return false, err
	}
	ctx, end := f.begin(ctx, ctxcache.OpContains)
	was, err = f.cache.Contains(ctx, key)
	end(err)
	return was, err
}

// Delete removes key from the cache and reports whether it had a value. A load of key that runs is not stored any more, and
// callers that ask after Delete has returned do not get its result. Over a cache without ctxcache.CapRemove the report
// comes from a look before the deletion; other calls may have come in between.
func (f *Function[K, V]) Delete(ctx context.Context, key K) (was bool, err error) {
	if err := f.refused(ctxcache.OpDelete); err != nil {
		return false, err
	}
	ctx, end := f.begin(ctx, ctxcache.OpDelete)
	f.flights.Forget(key) // a load over a cache without leases looks for this before and after it stores
	was, err = f.remove(ctx, key)
	f.flights.Forget(key) // even if the cache failed: flights that began meanwhile
	end(err)
	return was, err
}

func (f *Function[K, V]) remove(ctx context.Context, key K) (was bool, err error) {
	if f.caps.Has(ctxcache.CapRemove) {
		return f.cache.Remove(ctx, key)
	}
	was, err = f.cache.Contains(ctx, key)
	return was, errors.Join(err, f.cache.Delete(ctx, key))
}

// Clear deletes all that the cache has, which is its own keys only, never a whole shared store. Loads that run are
// not stored any more, and callers that ask after Clear has returned do not get their results. It is
// [errors.ErrUnsupported] if the cache cannot do that, see ctxcache.Clear.
func (f *Function[K, V]) Clear(ctx context.Context) error {
	if err := f.refused(ctxcache.OpClear); err != nil {
		return err
	}
	ctx, end := f.begin(ctx, ctxcache.OpClear)
	every := func(K) bool { return true }
	f.flights.ForgetFunc(every) // before and after, as in Delete
	err := f.cache.Clear(ctx, ctxcache.Scope[K]{})
	f.flights.ForgetFunc(every)
	end(err)
	return err
}
