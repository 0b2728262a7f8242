package layers

import (
	"context"
	"iter"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// invalid stands for a layer that was built with options that make no sense, which err tells: so does every
// call. It has every capability, or some calls would be answered by errors.ErrUnsupported.
type invalid[K comparable, V any] struct{ err error }

func (c invalid[K, V]) Get(context.Context, K) (value V, err error)    { return value, c.err }
func (c invalid[K, V]) Set(context.Context, K, V, time.Duration) error { return c.err }
func (c invalid[K, V]) Delete(context.Context, K) error                { return c.err }
func (c invalid[K, V]) Contains(context.Context, K) (bool, error)      { return false, c.err }

func (c invalid[K, V]) Remove(context.Context, K) (bool, error)                 { return false, c.err }
func (c invalid[K, V]) SetEntry(context.Context, K, ctxcache.Entry[V]) error    { return c.err }
func (c invalid[K, V]) DeleteMany(context.Context, []K) error                   { return c.err }
func (c invalid[K, V]) Len(context.Context, ctxcache.Scope[K]) (int, error)     { return 0, c.err }
func (c invalid[K, V]) Clear(context.Context, ctxcache.Scope[K]) error          { return c.err }
func (c invalid[K, V]) Watch(context.Context, func(ctxcache.Event)) error       { return c.err }
func (c invalid[K, V]) StoredKey(K) any                                         { return nil }
func (c invalid[K, V]) Stats(context.Context) (stats ctxcache.Stats, err error) { return stats, c.err }

func (c invalid[K, V]) Supports() ctxcache.Op { return ^ctxcache.Op(0) }

func (c invalid[K, V]) GetEntry(context.Context, K) (ctxcache.Entry[V], error) {
	return ctxcache.Entry[V]{}, c.err
}

func (c invalid[K, V]) GetEntries(context.Context, []K) (map[K]ctxcache.Entry[V], error) {
	return nil, c.err
}

func (c invalid[K, V]) SetEntries(context.Context, map[K]ctxcache.Entry[V]) error { return c.err }

func (c invalid[K, V]) GetLease(context.Context, K, time.Duration) (ctxcache.Entry[V], ctxcache.Lease[V], error) {
	return ctxcache.Entry[V]{}, nil, c.err
}

func (c invalid[K, V]) GetLeases(
	context.Context, []K, time.Duration,
) (map[K]ctxcache.Entry[V], map[K]ctxcache.Lease[V], error) {
	return nil, nil, c.err
}

func (c invalid[K, V]) Keys(context.Context, ctxcache.Scope[K]) iter.Seq2[K, error] {
	return func(yield func(K, error) bool) {
		var none K
		yield(none, c.err)
	}
}
