package cached

import (
	"context"
	"errors"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/own"
)

// Set stores value as the result of key, for Options.TTL shortened by Options.Jitter. It is for a caller that has changed
// the source and knows the new value, and does not ask the source. A load of key that began before Set neither replaces
// the value nor is given to callers that ask after Set has returned. The key is copied, as in a load.
//
// If Set fails, the key may have the new value or none. It keeps the old one only if the cache refused the call or could
// not be reached (rule 3 of ctxcache.Cache). If the cache does not support leases, and the result of a load is being
// stored, Set, Delete, DeleteMany, Clear and ClearIn wait for that first. If the cache hangs, they go on after some
// seconds, and the key may end up without a value.
func (f *Function[K, V]) Set(ctx context.Context, key K, value V) error {
	return f.write(ctx, ctxcache.OpSet, func() []<-chan struct{} { return f.forget(key) }, func(ctx context.Context) error {
		key := own.Copy(key) // the cache keeps it
		ttl := f.opts.jittered(f.opts.TTL)
		if f.fresh == nil {
			return f.cache.Set(ctx, key, value, ttl)
		}
		e := ctxcache.Entry[V]{Value: value, Meta: f.fresh.stored(ttl)}
		e.Written = time.Now()
		return f.cache.SetEntry(ctx, key, e)
	})
}

// Delete removes key from the cache and reports whether the cache had a value. The result of a running load of key is
// not stored any more, and callers that ask after Delete has returned do not get it.
//
// If the cache lacks ctxcache.CapRemove, Delete asks Contains first and then deletes. Other calls may come in between,
// so the report may be wrong. A corrupt entry counts as a value. If Contains fails in another way, Delete deletes the key
// all the same, and returns that error, because it has no report.
func (f *Function[K, V]) Delete(ctx context.Context, key K) (was bool, err error) {
	err = f.write(ctx, ctxcache.OpDelete, func() []<-chan struct{} { return f.forget(key) }, func(ctx context.Context) (err error) {
		was, err = f.remove(ctx, key)
		return err
	})
	return was, err
}

func (f *Function[K, V]) remove(ctx context.Context, key K) (was bool, err error) {
	if f.caps.Has(ctxcache.CapRemove) {
		if was, err = f.cache.Remove(ctx, key); err != errors.ErrUnsupported {
			return was, err
		}
	}
	was, err = f.had(ctx, key)
	failed := f.cache.Delete(ctx, key)
	if err == nil || errors.Is(failed, err) {
		return was, failed
	}
	if failed == nil {
		return was, err
	}
	return was, errors.Join(err, failed)
}

// had is Contains for a key that is about to be deleted. A corrupt entry counts: it is there, and is deleted.
func (f *Function[K, V]) had(ctx context.Context, key K) (bool, error) {
	was, err := f.cache.Contains(ctx, key)
	if err == errors.ErrUnsupported { // a decorator that promises more than its cache can do
		_, err = f.cache.Get(ctx, key)
		if was = err == nil; err == ctxcache.ErrMiss || err == ctxcache.ErrNotFound {
			err = nil
		}
	}
	if errors.Is(err, ctxcache.ErrCorrupt) {
		return true, nil
	}
	return was, err
}

// DeleteMany removes keys from the cache, in one round trip for each server if the cache has ctxcache.CapMany. The
// results of running loads of these keys are not stored any more, and callers that ask after DeleteMany has returned do
// not get them. A *ctxcache.ManyError names the keys that failed; the others are deleted.
func (f *Function[K, V]) DeleteMany(ctx context.Context, keys []K) error {
	forget := func() (storing []<-chan struct{}) {
		for _, key := range keys {
			storing = append(storing, f.forget(key)...)
		}
		return storing
	}
	return f.write(ctx, ctxcache.OpDeleteMany, forget, func(ctx context.Context) error {
		return f.cache.DeleteMany(ctx, keys)
	})
}

// Clear deletes everything that the cache has: its own keys only, never all of a shared store. The results of running
// loads are not stored any more, and callers that ask after Clear has returned do not get them. If the cache does not
// support Clear, it has no effect. Its error then wraps [errors.ErrUnsupported] and names the layer that refuses (see
// ctxcache.Clear).
func (f *Function[K, V]) Clear(ctx context.Context) error { return f.ClearIn(ctx, ctxcache.Scope[K]{}) }

// ClearIn is [Function.Clear] for the keys in scope. Loads of other keys go on, and are stored. The error wraps
// [errors.ErrUnsupported] if scope is not among the ctxcache.Scopes of the cache. Scope.Match may be called under a lock,
// so it must not use f.
func (f *Function[K, V]) ClearIn(ctx context.Context, scope ctxcache.Scope[K]) error {
	forget := func() []<-chan struct{} {
		storing := f.flights.forgetFunc(scope.Covers)
		f.cooldowns.endFunc(scope.Covers) // after that, as in forget
		return storing
	}
	if !f.caps.Has(ctxcache.CapClear) || !scope.In(f.caps.Scopes()) {
		forget = func() []<-chan struct{} { return nil } // the cache refuses, so there is no effect on the flights either
	}
	return f.write(ctx, ctxcache.OpClear, forget, func(ctx context.Context) error {
		return ctxcache.ClearIn(ctx, &f.cache, scope) // the package function, because that names the layer that refuses
	})
}

// forget makes the flight of key unjoinable, and ends its cooldown. It returns the stores of key that run.
func (f *Function[K, V]) forget(key K) (storing []<-chan struct{}) {
	storing = f.flights.forget(key)
	f.cooldowns.end(key) // after that, so that the flight cannot begin another one
	return storing
}

// write makes a call of op, which changes the cache by do. Forget makes the flights of the keys unjoinable, and returns the
// stores that run without a lease.
func (f *Function[K, V]) write(
	ctx context.Context, op ctxcache.Operation, forget func() []<-chan struct{}, do func(context.Context) error,
) error {
	if err := f.refused(op); err != nil {
		return err
	}
	return f.observe(ctx, op, func(ctx context.Context) error {
		f.invalidations.Add(1)
		storing := forget() // (4) of singleflight.go
		defer forget()      // (5) of singleflight.go; also if the cache failed
		if err := f.await(ctx, storing); err != nil {
			return err
		}
		return do(ctx)
	})
}

// awaitOlder is await for the older stores of a key whose newer value is to be stored. One that has not ended by then may
// land on the newer value. It counts as forgotten, so that it deletes the key: (9) of singleflight.go.
func (f *Function[K, V]) awaitOlder(ctx context.Context, older []*store[K]) error {
	storing := make([]<-chan struct{}, len(older))
	for i, store := range older {
		storing[i] = store.done
	}
	err := f.await(ctx, storing)
	for _, store := range older {
		store.forgotten.Store(true)
	}
	return err
}

// await waits for stores that run, but no longer than a store may take. Its error is the context's.
func (f *Function[K, V]) await(ctx context.Context, storing []<-chan struct{}) error {
	if len(storing) == 0 {
		return nil
	}
	late := time.NewTimer(f.limits.settle)
	defer late.Stop()
	for _, done := range storing {
		select {
		case <-done:
		case <-late.C:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
