package layers

import (
	"context"
	"iter"
	"log/slog"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// DebugOptions are those of [Debug]. Nil is the same as all zero.
type DebugOptions struct {
	// Keys has keys logged as well. They may be personal.
	Keys bool
}

// Debug returns inner with every operation logged to logger once it is done, at [slog.LevelDebug]: the cache's name,
// the operation, its result (hit, miss, negative, ok, lost, unsupported, error), how long it took, and the error if
// there was one. To fill and to release a lease are operations, too. Values are never logged, nor are keys unless
// options say so.
//
// Where logger has that level disabled, the only cost is to ask it.
func Debug[K comparable, V any](
	inner ctxcache.Cache[K, V], name string, logger *slog.Logger, options *DebugOptions,
) ctxcache.Cache[K, V] {
	need("Debug", "an inner cache", inner != nil)
	need("Debug", "a logger", logger != nil)
	if options == nil {
		options = &DebugOptions{}
	}
	return &debug[K, V]{
		Forward: ctxcache.NewForward(inner),
		log:     journal[K]{logger: logger.With("cache", name), keys: options.Keys},
	}
}

type debug[K comparable, V any] struct {
	ctxcache.Forward[K, V]
	log journal[K]
}

func (d *debug[K, V]) Get(ctx context.Context, key K) (V, error) {
	start := d.log.start(ctx)
	value, err := d.Forward.Get(ctx, key)
	d.log.read(ctx, "get", start, key, err)
	return value, err
}

func (d *debug[K, V]) GetEntry(ctx context.Context, key K) (ctxcache.Entry[V], error) {
	start := d.log.start(ctx)
	entry, err := d.Forward.GetEntry(ctx, key)
	d.log.read(ctx, "get entry", start, key, err)
	return entry, err
}

func (d *debug[K, V]) GetEntries(ctx context.Context, keys []K) (map[K]ctxcache.Entry[V], error) {
	start := d.log.start(ctx)
	found, err := d.Forward.GetEntries(ctx, keys)
	d.log.many(ctx, "get entries", start, keys, err, slog.Int("found", len(found)))
	return found, err
}

func (d *debug[K, V]) Contains(ctx context.Context, key K) (bool, error) {
	start := d.log.start(ctx)
	is, err := d.Forward.Contains(ctx, key)
	d.log.one(ctx, "contains", start, key, err, slog.Bool("there", is))
	return is, err
}

func (d *debug[K, V]) Set(ctx context.Context, key K, value V, ttl time.Duration) error {
	start := d.log.start(ctx)
	err := d.Forward.Set(ctx, key, value, ttl)
	d.log.one(ctx, "set", start, key, err, slog.Duration("ttl", ttl))
	return err
}

func (d *debug[K, V]) SetEntry(ctx context.Context, key K, e ctxcache.Entry[V]) error {
	start := d.log.start(ctx)
	err := d.Forward.SetEntry(ctx, key, e)
	d.log.one(ctx, "set entry", start, key, err, slog.Duration("ttl", e.TTL))
	return err
}

func (d *debug[K, V]) SetEntries(ctx context.Context, entries map[K]ctxcache.Entry[V]) error {
	start := d.log.start(ctx)
	err := d.Forward.SetEntries(ctx, entries)
	if start.IsZero() {
		return err
	}
	keys := make([]K, 0, len(entries))
	for key := range entries {
		keys = append(keys, key)
	}
	d.log.many(ctx, "set entries", start, keys, err)
	return err
}

func (d *debug[K, V]) Delete(ctx context.Context, key K) error {
	start := d.log.start(ctx)
	err := d.Forward.Delete(ctx, key)
	d.log.one(ctx, "delete", start, key, err)
	return err
}

func (d *debug[K, V]) Remove(ctx context.Context, key K) (was bool, err error) {
	start := d.log.start(ctx)
	was, err = d.Forward.Remove(ctx, key)
	d.log.one(ctx, "remove", start, key, err, slog.Bool("was", was))
	return was, err
}

func (d *debug[K, V]) DeleteMany(ctx context.Context, keys []K) error {
	start := d.log.start(ctx)
	err := d.Forward.DeleteMany(ctx, keys)
	d.log.many(ctx, "delete many", start, keys, err)
	return err
}

func (d *debug[K, V]) Len(ctx context.Context, scope ctxcache.Scope[K]) (int, error) {
	start := d.log.start(ctx)
	n, err := d.Forward.Len(ctx, scope)
	d.log.whole(ctx, "len", start, err, slog.Int("entries", n))
	return n, err
}

func (d *debug[K, V]) Clear(ctx context.Context, scope ctxcache.Scope[K]) error {
	start := d.log.start(ctx)
	err := d.Forward.Clear(ctx, scope)
	d.log.whole(ctx, "clear", start, err)
	return err
}

// Keys logs one line, when the iteration ends.
func (d *debug[K, V]) Keys(ctx context.Context, scope ctxcache.Scope[K]) iter.Seq2[K, error] {
	keys := d.Forward.Keys(ctx, scope)
	return func(yield func(K, error) bool) {
		start, n := d.log.start(ctx), 0
		var failed error
		defer func() { d.log.whole(ctx, "keys", start, failed, slog.Int("entries", n)) }()
		for key, err := range keys {
			if failed = err; err == nil {
				n++
			}
			if !yield(key, err) {
				return
			}
		}
	}
}

// Watch logs one line, when it ends.
func (d *debug[K, V]) Watch(ctx context.Context, fn func(ctxcache.Event)) error {
	start := d.log.start(ctx)
	err := d.Forward.Watch(ctx, fn)
	d.log.whole(ctx, "watch", start, err)
	return err
}

func (d *debug[K, V]) Stats(ctx context.Context) (ctxcache.Stats, error) {
	start := d.log.start(ctx)
	stats, err := d.Forward.Stats(ctx)
	d.log.whole(ctx, "stats", start, err)
	return stats, err
}
