package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// protection is a way to put a cache in front of a source.
type protection struct {
	name string
	over func(*source) guard
}

// guard is a cache in front of a source.
type guard struct {
	get   func(ctx context.Context, key string) (value quote, stale bool, err error)
	close func(ctx context.Context) error // waits for the loads that still run
}

// ttl is how long a value lives, with each kind of protection.
const ttl = 200 * time.Millisecond

var protections = []protection{{"none", unprotected}, {"singleflight", bySingleflight}, {"cached", byFunction}}

func newStore() ctxcache.Cache[string, quote] {
	return memory.New(&memory.Options[string, quote]{MaxEntries: 1000})
}

// byFunction protects the source by a cached function.
func byFunction(s *source) guard {
	quotes := cached.Func(newStore(), s.load, &cached.Options{
		TTL:           ttl,
		StaleFor:      ttl,                    // so long callers do not wait for a refresh at all
		StaleIfError:  time.Minute,            // so long callers do not notice that the source fails
		SoftTimeout:   30 * time.Millisecond,  // a load that takes longer counts as failed for its callers, and goes on
		ErrorCooldown: 100 * time.Millisecond, // the first pause after a failure; each further one is twice as long
		MaxLoads:      4,                      // so many loads at a time, of all keys
	})
	get := func(ctx context.Context, key string) (quote, bool, error) {
		r, err := quotes.GetResult(ctx, key)
		return r.Value, r.Stale, err
	}
	return guard{get, quotes.Close}
}

// unprotected is the cache that everybody writes first. Each caller that misses asks the source.
func unprotected(s *source) guard {
	store := newStore()
	get := func(ctx context.Context, key string) (quote, bool, error) {
		value, err := store.Get(ctx, key)
		if errors.Is(err, ctxcache.ErrMiss) {
			value, err = loadInto(ctx, store, s, key)
		}
		return value, false, err
	}
	return guard{get, func(context.Context) error { return nil }} // loads end with their callers
}

// bySingleflight lets callers of the same key share a load. The load does not end with the caller that came first,
// because others wait for it, and each caller leaves when its own context ends.
func bySingleflight(s *source) guard {
	store := newStore()
	var group singleflight.Group
	var calls sync.WaitGroup
	get := func(ctx context.Context, key string) (quote, bool, error) {
		value, err := store.Get(ctx, key)
		if !errors.Is(err, ctxcache.ErrMiss) {
			return value, false, err
		}
		type result struct {
			value any
			err   error
		}
		done := make(chan result, 1)
		calls.Go(func() {
			value, err, _ := group.Do(key, func() (any, error) {
				return loadInto(context.WithoutCancel(ctx), store, s, key)
			})
			done <- result{value, err}
		})
		select {
		case r := <-done:
			value, _ := r.value.(quote) // nil with an error
			return value, false, r.err
		case <-ctx.Done():
			return quote{}, false, ctx.Err()
		}
	}
	return guard{get, func(context.Context) error { calls.Wait(); return nil }}
}

// loadInto loads a value and stores it.
func loadInto(ctx context.Context, store ctxcache.Cache[string, quote], s *source, key string) (quote, error) {
	value, err := s.load(ctx, key)
	if err != nil {
		return quote{}, err
	}
	return value, store.Set(ctx, key, value, ttl)
}
