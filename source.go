package cached

import (
	"context"

	"github.com/ctxcache/cached/internal/own"
)

// source is what a call asks if the cache does not have the value.
type source[K comparable, V any] interface {
	load(ctx context.Context, key K) (V, error)

	// kept returns a source for a load that outlives the call. It is called before the call returns.
	kept() source[K, V]
}

// sourceFunc is the source of a [Function].
type sourceFunc[K comparable, V any] func(context.Context, K) (V, error)

func (s sourceFunc[K, V]) load(ctx context.Context, key K) (V, error) { return s(ctx, key) }
func (s sourceFunc[K, V]) kept() source[K, V]                         { return s }

// arguments are the source of one call of a [KeyedFunction]. A flight loads with the arguments of its leader. Callers that
// join the flight have other arguments with the same key. The arguments are not in the context, because a Tracer may
// replace the context.
type arguments[A any, K comparable, V any] struct {
	of   func(context.Context, A) (V, error)
	args A
}

func (a arguments[A, K, V]) load(ctx context.Context, _ K) (V, error) { return a.of(ctx, a.args) }

// kept copies the arguments for the same reason as keys are copied: (11) of singleflight.go.
func (a arguments[A, K, V]) kept() source[K, V] { return arguments[A, K, V]{a.of, own.Copy(a.args)} }

// request says how to load a key.
type request[K comparable, V any] struct {
	source  source[K, V]
	refresh bool // for a Refresh
	unread  bool // only the near level of the cache has been asked
	outage  bool // the cache has just failed this call, so the load does not ask it again
}
