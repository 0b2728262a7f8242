package layers

import (
	"context"
	"log/slog"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// DebugOptions are the options of [Debug]. Nil means the defaults.
type DebugOptions struct {
	// Keys makes Debug log keys, too. Keys may be personal data.
	Keys bool

	// ErrorMessages makes Debug log the whole messages of all errors. The messages of codecs, clients and other people's
	// caches may have keys and values in them. By default only messages that are known to have neither are logged: see
	// [ctxcache.DiscreetText].
	ErrorMessages bool
}

// Debug returns a cache that passes every operation on to inner and then logs it to logger, at [slog.LevelDebug]: the
// name of the cache, the operation ([ctxcache.Operation]), its result (hit, miss, negative, ok, lost, unsupported,
// error), its duration, and a text of its error if it failed. Keys, and error messages that may quote a key or a value,
// are logged only if options say so. Values are not logged otherwise.
//
// If logger has that level disabled, Get and GetEntry cost one more call of logger.Enabled. Other operations cost some
// 70 ns more.
func Debug[K comparable, V any](
	inner ctxcache.Cache[K, V], name string, logger *slog.Logger, options *DebugOptions,
) ctxcache.Cache[K, V] {
	need("Debug", "an inner cache", inner != nil)
	need("Debug", "a logger", logger != nil)
	if options == nil {
		options = &DebugOptions{}
	}
	about := ctxcache.Description{
		Kind: "debug",
		Name: name,
		Options: []ctxcache.Option{
			{Name: "keys", Value: options.Keys},
			{Name: "error_messages", Value: options.ErrorMessages},
		},
	}
	log := journal[K]{logger.With("cache", name), options.Keys, options.ErrorMessages}
	return &debug[K, V]{ctxcache.NewObserved(inner, about, log), ctxcache.NewForward(inner, about), log}
}

type debug[K comparable, V any] struct {
	ctxcache.Observed[K, V, time.Time]
	inner ctxcache.Forward[K, V] // for reads that are not logged
	log   journal[K]
}

func (d *debug[K, V]) Get(ctx context.Context, key K) (V, error) {
	if !d.log.enabled(ctx) {
		return d.inner.Get(ctx, key)
	}
	return d.Observed.Get(ctx, key)
}

func (d *debug[K, V]) GetEntry(ctx context.Context, key K) (ctxcache.Entry[V], error) {
	if !d.log.enabled(ctx) {
		return d.inner.GetEntry(ctx, key)
	}
	return d.Observed.GetEntry(ctx, key)
}
