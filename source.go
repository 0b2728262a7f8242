package cached

import (
	"context"
	"time"

	"github.com/ctxcache/cached/ctxcache"
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
	refresh bool // for a Refresh, or as one
	unread  bool // only the near level of the cache has been asked
	outage  bool // the cache has just failed this call, so the load does not ask it again

	// What the Directives of the call's context ask for.
	bypass     bool      // the load is for this call alone, and uses no cache
	onlyCached bool      // the call does not load
	notBefore  time.Time // when the value may have been written at the earliest; zero if any value will do

	// A refresh behind the caller: nobody waits for it, and it is made only if the entry in the cache has below or less
	// left to live.
	behind bool
	below  time.Duration

	place     *sharedPlace // in the queue for a slot, if the call has other loads, too
	batch     *batch[K, V] // the load is made together with others of this batch; nil if it is not, or not yet
	refreshes *batch[K, V] // so are refreshes behind the caller

	// old is the entry that the cache has: as the call has read it, and then as the load has found it. A load that stores
	// nothing in its place removes it. It is nil if there is none.
	old *ctxcache.Entry[V]

	standby *standby[V] // a stale value that the call returns rather than an error, or nil

	since uint64 // Flight.ended of the key before the caller read the cache; 0 over a cache with leases

	// older is what a flight that the caller joined has loaded without proof, or nil. If there is no lease for this load
	// either, because the cache has failed, the caller gets that, and the source is not asked again.
	older *older[V]
}

// forgetRead forgets what the call has read of the cache, because the call reads it once more. Since is as in r.
func (r *request[K, V]) forgetRead(since uint64) {
	r.since, r.unread, r.outage = since, false, false
	r.standby, r.old, r.below = nil, nil, 0
}

// older is the result of a flight that has ended.
type older[V any] struct {
	flight *call[loaded[V]]
	result loaded[V]
	err    error
}

// olderFlight returns the flight that r.older is from, or nil.
func (r *request[K, V]) olderFlight() *call[loaded[V]] {
	if r.older == nil {
		return nil
	}
	return r.older.flight
}
