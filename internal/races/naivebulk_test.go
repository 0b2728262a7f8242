package races_test

import (
	"context"
	"maps"
	"sync"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// naiveBulk is a cached function of a bulk loader as it is usually written. It reads, loads what is missing, and sets it.
// Callers that ask for the same key at the same time share nothing.
type naiveBulk struct {
	cache cache
	load  bulkLoader
}

func newNaiveBulk(c cache, load bulkLoader) bulkFunction {
	return &naiveBulk{cache: c, load: load}
}

func (f *naiveBulk) GetMany(ctx context.Context, keys []string) (map[string]string, error) {
	values, err := ctxcache.GetMany(ctx, f.cache, keys)
	if err != nil {
		return nil, err
	}
	var missing []string
	for _, key := range keys {
		if _, ok := values[key]; !ok {
			missing = append(missing, key)
		}
	}
	if len(missing) == 0 {
		return values, nil
	}
	loaded, err := f.load(ctx, missing)
	if err != nil {
		return nil, err
	}
	maps.Copy(values, loaded)
	return values, ctxcache.SetMany(ctx, f.cache, loaded, 0)
}

func (f *naiveBulk) Get(ctx context.Context, key string) (string, error) {
	values, err := f.GetMany(ctx, []string{key})
	return values[key], err
}

func (f *naiveBulk) Delete(ctx context.Context, key string) (bool, error) {
	return true, f.cache.Delete(ctx, key)
}

func (*naiveBulk) Close(context.Context) error { return nil }

// sharingBulk is a naiveBulk whose callers share the load that runs, whatever has happened since it began.
type sharingBulk struct {
	naiveBulk
	mu      sync.Mutex
	running chan struct{} // closed when the load has ended; nil before there is one
	values  map[string]string
}

func (f *sharingBulk) GetMany(ctx context.Context, keys []string) (values map[string]string, err error) {
	running := make(chan struct{})
	f.mu.Lock()
	f.running = running
	f.mu.Unlock()
	defer close(running)
	f.values, err = f.naiveBulk.GetMany(ctx, keys)
	return f.values, err
}

func (f *sharingBulk) Get(_ context.Context, key string) (string, error) {
	f.mu.Lock()
	running := f.running
	f.mu.Unlock()
	<-running
	return f.values[key], nil
}

// impatientBulk is a naiveBulk that limits its loads by their context.
type impatientBulk struct{ *naiveBulk }

func (f impatientBulk) GetMany(ctx context.Context, keys []string) (map[string]string, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Millisecond)
	defer cancel()
	values, err := f.load(ctx, keys)
	if err != nil {
		return nil, err
	}
	return values, ctxcache.SetMany(context.WithoutCancel(ctx), f.cache, values, 0)
}
