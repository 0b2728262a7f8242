package races_test

import (
	"context"
	"sync"

	"github.com/ctxcache/cached/ctxcache"
)

// naiveFunction is a cached function as it is usually written. Callers share the load of a key, as with
// golang.org/x/sync/singleflight. The load uses the context of the first caller, and its value is set.
type naiveFunction struct {
	cache cache
	load  loader

	detached bool // whether a load goes on, and stores its value, after its caller has left

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
	if !f.detached {
		f.fly(ctx, key, flight)
		return flight.result.value, flight.result.err
	}
	go f.fly(context.WithoutCancel(ctx), key, flight)
	select {
	case <-flight.done:
		return flight.result.value, flight.result.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// fly loads the value and stores it.
func (f *naiveFunction) fly(ctx context.Context, key string, flight *naiveFlight) {
	value, err := f.load(ctx, key)
	if err == nil {
		err = f.cache.Set(ctx, key, value, 0)
	}
	flight.result = reply{value, err}
	f.mu.Lock()
	delete(f.flights, key)
	f.mu.Unlock()
	close(flight.done)
}

// Refresh deletes the key before it loads.
func (f *naiveFunction) Refresh(ctx context.Context, key string) (string, error) {
	if _, err := f.Delete(ctx, key); err != nil {
		return "", err
	}
	return f.Get(ctx, key)
}

// Delete forgets the flight, so the next caller loads.
func (f *naiveFunction) Delete(ctx context.Context, key string) (bool, error) {
	f.mu.Lock()
	delete(f.flights, key)
	f.mu.Unlock()
	return false, f.cache.Delete(ctx, key)
}

// Close does not wait for running loads.
func (f *naiveFunction) Close(context.Context) error { return nil }
