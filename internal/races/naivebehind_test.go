package races_test

import (
	"context"
	"sync"

	"github.com/ctxcache/cached/ctxcache"
)

// naiveRefresher returns what the cache has, however old it is, and refreshes it behind the caller, as it is usually
// written: on a goroutine with the caller's context, which loads and sets. There is one refresh of a key at a time. Callers
// that miss wait for it.
type naiveRefresher struct {
	*naiveFunction
	behind sync.WaitGroup
}

func newNaiveRefresher(c cache, load loader) *naiveRefresher {
	return &naiveRefresher{naiveFunction: newNaiveFunction(c, func(ctx context.Context, k string) (string, error) {
		if k != key {
			return "value", nil
		}
		return load(ctx, k)
	})}
}

func (f *naiveRefresher) Get(ctx context.Context, key string) (string, error) {
	e, err := ctxcache.GetEntry(ctx, f.cache, key)
	if err != nil {
		return f.naiveFunction.Get(ctx, key)
	}
	f.launch(ctx, key)
	return e.Value, nil
}

func (f *naiveRefresher) launch(ctx context.Context, key string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := f.flights[key]; ok {
		return
	}
	flight := &naiveFlight{done: make(chan struct{})}
	f.flights[key] = flight
	f.behind.Go(func() { f.fly(ctx, key, flight) })
}

func (f *naiveRefresher) GetMany(ctx context.Context, keys []string) (map[string]string, error) {
	entries, err := ctxcache.GetEntries(ctx, f.cache, keys)
	values := make(map[string]string)
	for _, key := range keys {
		if e, ok := entries[key]; ok {
			values[key] = e.Value
			f.launch(ctx, key)
		} else if values[key], err = f.naiveFunction.Get(ctx, key); err != nil {
			return values, err
		}
	}
	return values, err
}

func (f *naiveRefresher) Set(ctx context.Context, key, value string) error {
	return f.cache.Set(ctx, key, value, 0)
}

// Refresh waits for the load that runs, if there is one.
func (f *naiveRefresher) Refresh(ctx context.Context, key string) (string, error) {
	f.mu.Lock()
	flight, ok := f.flights[key]
	f.mu.Unlock()
	if !ok {
		return f.naiveFunction.Refresh(ctx, key)
	}
	select {
	case <-flight.done:
		return flight.result.value, flight.result.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

func (f *naiveRefresher) drain(context.Context) error {
	f.behind.Wait()
	return nil
}
