package cachetest_test

import (
	"context"
	"iter"
	"maps"
	"slices"

	"github.com/ctxcache/cached/ctxcache"
)

func (r *reference) GetEntries(ctx context.Context, keys []string) (map[string]entry, error) {
	defer r.mu.Unlock()
	if err := r.enter(ctx); err != nil {
		return nil, err
	}
	found := make(map[string]entry)
	for _, key := range keys {
		if e, err := r.find(key); err != ctxcache.ErrMiss {
			found[key] = e
		}
	}
	return found, nil
}

func (r *reference) SetEntries(ctx context.Context, entries map[string]entry) error {
	defer r.mu.Unlock()
	if err := r.enter(ctx); err != nil {
		return err
	}
	failed := make(map[string]error)
	for key, e := range entries {
		if err := e.Check(); err != nil {
			failed[key] = err
			continue
		}
		r.store(key, e)
	}
	return ctxcache.NewManyError(failed)
}

func (r *reference) DeleteMany(ctx context.Context, keys []string) error {
	defer r.mu.Unlock()
	if err := r.enter(ctx); err != nil {
		return err
	}
	for _, key := range keys {
		r.remove(key)
	}
	return nil
}

func (r *reference) Len(ctx context.Context, s scope) (int, error) {
	keys, err := r.values(ctx, s)
	return len(keys), err
}

func (r *reference) Keys(ctx context.Context, s scope) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		keys, err := r.values(ctx, s)
		if err != nil {
			yield("", err)
			return
		}
		for _, key := range keys {
			if !yield(key, nil) {
				return
			}
		}
	}
}

// values returns the keys in s that have a value.
func (r *reference) values(ctx context.Context, s scope) ([]string, error) {
	defer r.mu.Unlock()
	if err := r.enter(ctx); err != nil {
		return nil, err
	}
	keys := slices.Collect(maps.Keys(r.items))
	return slices.DeleteFunc(keys, func(key string) bool { return !s.Covers(key) || !r.has(key) }), nil
}

func (r *reference) Clear(ctx context.Context, s scope) error {
	defer r.mu.Unlock()
	if err := r.enter(ctx); err != nil {
		return err
	}
	for key := range r.items {
		if s.Covers(key) {
			r.remove(key)
		}
	}
	for key := range r.leases {
		if s.Covers(key) {
			r.remove(key)
		}
	}
	return nil
}

func (r *reference) Stats(ctx context.Context) (ctxcache.Stats, error) {
	defer r.mu.Unlock()
	if err := r.enter(ctx); err != nil {
		return ctxcache.Stats{}, err
	}
	stats := r.stats
	stats.Name, stats.Entries = "reference", int64(len(r.items))
	return stats, nil
}

// Watch has room for a thousand events that its function has not taken yet.
func (r *reference) Watch(ctx context.Context, fn func(ctxcache.Event)) error {
	events, stop, err := r.subscribe(ctx)
	if err != nil {
		return err
	}
	defer stop()
	for {
		select {
		case event := <-events:
			fn(event)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (r *reference) subscribe(ctx context.Context) (events chan ctxcache.Event, stop func(), err error) {
	defer r.mu.Unlock()
	if err := r.enter(ctx); err != nil {
		return nil, nil, err
	}
	r.nextID++
	id := r.nextID
	events = make(chan ctxcache.Event, 1000)
	events <- ctxcache.Event{Gap: true}
	r.watches[id] = events
	return events, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.watches, id)
	}, nil
}

// tell sends every watch an event that says that key has changed.
func (r *reference) tell(key string) {
	for _, events := range r.watches {
		events <- ctxcache.Event{Key: "stored:" + key}
	}
}

func (r *reference) StoredKey(key string) any { return "stored:" + key }
