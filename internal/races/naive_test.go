package races_test

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// naiveFunction is a cached function as it is mostly written: the load of a key is shared, as
// golang.org/x/sync/singleflight does it, by the context of the caller who came first, and what it brings is
// set.
type naiveFunction struct {
	cache cache
	load  loader

	mu      sync.Mutex
	flights map[string]*naiveFlight
}

type naiveFlight struct {
	done   chan struct{}
	result reply // written before done is closed
}

func newNaiveFunction(c cache, load loader) *naiveFunction {
	return &naiveFunction{cache: c, load: load, flights: make(map[string]*naiveFlight)}
}

func (f *naiveFunction) Get(ctx context.Context, key string) (string, error) {
	value, err := f.cache.Get(ctx, key)
	if err != ctxcache.ErrMiss {
		return value, err
	}
	f.mu.Lock()
	if flight, ok := f.flights[key]; ok {
		f.mu.Unlock()
		select {
		case <-flight.done:
			return flight.result.value, flight.result.err
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
	flight := &naiveFlight{done: make(chan struct{})}
	f.flights[key] = flight
	f.mu.Unlock()

	value, err = f.load(ctx, key)
	if err == nil {
		err = f.cache.Set(ctx, key, value, 0)
	}
	flight.result = reply{value, err}
	f.mu.Lock()
	delete(f.flights, key)
	f.mu.Unlock()
	close(flight.done)
	return value, err
}

// naiveTwoLevel asks near and then far, and writes far and then near.
type naiveTwoLevel struct {
	ctxcache.Forward[string, string] // far
	near                             cache
}

func (c naiveTwoLevel) Get(ctx context.Context, key string) (string, error) {
	value, err := c.near.Get(ctx, key)
	if err != ctxcache.ErrMiss {
		return value, err
	}
	value, err = c.Forward.Get(ctx, key)
	if err != nil {
		return value, err
	}
	return value, c.near.Set(ctx, key, value, 0)
}

func (c naiveTwoLevel) Set(ctx context.Context, key, value string, ttl time.Duration) error {
	if err := c.Forward.Set(ctx, key, value, ttl); err != nil {
		return err
	}
	return c.near.Set(ctx, key, value, ttl)
}

func (c naiveTwoLevel) SetEntries(ctx context.Context, entries map[string]ctxcache.Entry[string]) error {
	if err := c.Forward.SetEntries(ctx, entries); err != nil {
		return err
	}
	return ctxcache.SetEntries(ctx, c.near, entries)
}

func (c naiveTwoLevel) Delete(ctx context.Context, key string) error {
	return errors.Join(c.Forward.Delete(ctx, key), c.near.Delete(ctx, key))
}

func (c naiveTwoLevel) DeleteMany(ctx context.Context, keys []string) error {
	return errors.Join(c.Forward.DeleteMany(ctx, keys), ctxcache.DeleteMany(ctx, c.near, keys))
}

func (c naiveTwoLevel) Remove(ctx context.Context, key string) (bool, error) {
	was, err := c.Forward.Remove(ctx, key)
	return was, errors.Join(err, c.near.Delete(ctx, key))
}

func (c naiveTwoLevel) Clear(ctx context.Context, scope ctxcache.Scope[string]) error {
	return errors.Join(c.Forward.Clear(ctx, scope), ctxcache.ClearIn(ctx, c.near, scope))
}
