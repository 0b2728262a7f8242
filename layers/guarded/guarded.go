package guarded

import (
	"cmp"
	"context"

	"github.com/ctxcache/cached/ctxcache"
)

// kind is the layer's name in descriptions and errors.
const kind = "guarded"

// New returns a cache that passes calls on to inner as long as inner works. While inner fails, calls get
// [ctxcache.ErrUnavailable] at once. Calls above Options.MaxConcurrent get [ctxcache.ErrOverloaded]. Both errors come as
// a [*ctxcache.Error]. The package comment says which calls are let through and which outcomes count. Nil options mean
// the defaults.
//
// If options make no sense, every call returns an error that wraps [ctxcache.ErrOptions]. New panics if inner is nil.
func New[K comparable, V any](inner ctxcache.Cache[K, V], opts *Options) ctxcache.Cache[K, V] {
	if inner == nil {
		panic("guarded: New needs an inner cache")
	}
	o := opts.withDefaults()
	if err := opts.Validate(); err != nil {
		return ctxcache.Invalid[K, V](o.describe(), err, ctxcache.NodeOf(inner))
	}
	c := &cache[K, V]{name: cmp.Or(o.Name, kind), guard: &guard[K]{
		circuit: newCircuit(o),
		slots:   newSlots(o.MaxConcurrent),
		ratio:   o.FailureRatio,
		ask: func(ctx context.Context, key K) error {
			_, err := ctxcache.Contains(ctx, inner, key)
			return err
		},
	}}
	c.Observed = ctxcache.NewIntercepted(inner, o.describe(), ctxcache.Interceptor[K, pass](c.guard))
	return c
}

type cache[K comparable, V any] struct {
	ctxcache.Observed[K, V, pass]
	name  string
	guard *guard[K]
}

// Supports returns the inner cache's capabilities and CapStats.
func (c *cache[K, V]) Supports() ctxcache.Cap { return c.Observed.Supports() | ctxcache.CapStats }

// Stats returns the counters of the layer, with the inner cache's as children. It does so in every state. If the inner
// cache fails to report its own, or ctx is done, Stats returns the layer's own together with the error.
func (c *cache[K, V]) Stats(ctx context.Context) (ctxcache.Stats, error) {
	done := ctx.Err()
	own := ctxcache.Stats{Name: c.name, Refused: c.guard.refused.Load(), Shed: c.guard.shed.Load(), Entries: -1}
	if c.guard.circuit.state() != Closed {
		own.Open = 1
	}
	c.guard.circuit.report(ctx)
	all, err := ctxcache.StatsUnder(ctx, own, c)
	if done != nil {
		err = done // bare, whatever the caches below made of it
	}
	return all, err
}
