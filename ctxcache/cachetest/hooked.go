package cachetest

import (
	"context"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// result runs the hook around call, and returns its result if it stands.
func result[K comparable, V, R any](
	ctx context.Context, h hooked[K, V], operation Operation, keys []K, call func() (R, error),
) (R, error) {
	var got R
	stand, err := h.around(ctx, operation, keys, func() (err error) {
		got, err = call()
		return err
	})
	if !stand {
		var zero R
		return zero, err
	}
	return got, err
}

func (h hooked[K, V]) Get(ctx context.Context, key K) (V, error) {
	return result(ctx, h, Get, []K{key}, func() (V, error) { return h.Forward.Get(ctx, key) })
}

func (h hooked[K, V]) Set(ctx context.Context, key K, value V, ttl time.Duration) error {
	_, err := h.around(ctx, Set, []K{key}, func() error { return h.Forward.Set(ctx, key, value, ttl) })
	return err
}

func (h hooked[K, V]) Delete(ctx context.Context, key K) error {
	_, err := h.around(ctx, Delete, []K{key}, func() error { return h.Forward.Delete(ctx, key) })
	return err
}

func (h hooked[K, V]) Contains(ctx context.Context, key K) (bool, error) {
	return result(ctx, h, Contains, []K{key}, func() (bool, error) { return h.Forward.Contains(ctx, key) })
}

func (h hooked[K, V]) Remove(ctx context.Context, key K) (bool, error) {
	return result(ctx, h, Remove, []K{key}, func() (bool, error) { return h.Forward.Remove(ctx, key) })
}

func (h hooked[K, V]) GetEntry(ctx context.Context, key K) (ctxcache.Entry[V], error) {
	return result(ctx, h, GetEntry, []K{key}, func() (ctxcache.Entry[V], error) { return h.Forward.GetEntry(ctx, key) })
}

func (h hooked[K, V]) SetEntry(ctx context.Context, key K, e ctxcache.Entry[V]) error {
	_, err := h.around(ctx, SetEntry, []K{key}, func() error { return h.Forward.SetEntry(ctx, key, e) })
	return err
}

func (h hooked[K, V]) GetEntries(ctx context.Context, keys []K) (map[K]ctxcache.Entry[V], error) {
	return result(ctx, h, GetEntries, keys, func() (map[K]ctxcache.Entry[V], error) {
		return h.Forward.GetEntries(ctx, keys)
	})
}

func (h hooked[K, V]) SetEntries(ctx context.Context, entries map[K]ctxcache.Entry[V]) error {
	keys := slices.Collect(maps.Keys(entries))
	_, err := h.around(ctx, SetEntries, keys, func() error { return h.Forward.SetEntries(ctx, entries) })
	return err
}

func (h hooked[K, V]) DeleteMany(ctx context.Context, keys []K) error {
	_, err := h.around(ctx, DeleteMany, keys, func() error { return h.Forward.DeleteMany(ctx, keys) })
	return err
}

func (h hooked[K, V]) Len(ctx context.Context, scope ctxcache.Scope[K]) (int, error) {
	return result(ctx, h, Len, nil, func() (int, error) { return h.Forward.Len(ctx, scope) })
}

func (h hooked[K, V]) Clear(ctx context.Context, scope ctxcache.Scope[K]) error {
	_, err := h.around(ctx, Clear, nil, func() error { return h.Forward.Clear(ctx, scope) })
	return err
}

// Keys runs the hook around the whole iteration.
func (h hooked[K, V]) Keys(ctx context.Context, scope ctxcache.Scope[K]) iter.Seq2[K, error] {
	return func(yield func(K, error) bool) {
		left := false
		_, err := h.around(ctx, Keys, nil, func() error {
			for key, err := range h.Forward.Keys(ctx, scope) {
				if err != nil {
					return err
				}
				if left = !yield(key, nil); left {
					return nil
				}
			}
			return nil
		})
		if err != nil && !left {
			var zero K
			yield(zero, err)
		}
	}
}

func (h hooked[K, V]) Watch(ctx context.Context, fn func(ctxcache.Event)) error {
	_, err := h.around(ctx, Watch, nil, func() error { return h.Forward.Watch(ctx, fn) })
	return err
}

func (h hooked[K, V]) Stats(ctx context.Context) (ctxcache.Stats, error) {
	return result(ctx, h, Stats, nil, func() (ctxcache.Stats, error) { return h.Forward.Stats(ctx) })
}
