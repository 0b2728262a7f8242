package cached

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// Options say how a [Function] loads and stores. The zero value, or a nil pointer, is the default of each.
type Options struct {
	// TTL is how long a loaded value lives. 0 is the cache's default, ctxcache.NoExpiry is for ever.
	TTL time.Duration

	// Jitter shortens each TTL by a random part of up to this fraction of it, 0 to 1, so that what was loaded
	// together does not expire together.
	Jitter float64

	// NotFoundTTL is how long it is remembered that the source has no such thing: that the loader returned
	// ctxcache.ErrNotFound. 0 is not at all. It needs a cache that supports ctxcache.OpNegative.
	NotFoundTTL time.Duration

	// OnCacheError decides what a failure of the cache means, on reading and on storing: with nil the call goes
	// on (the value is loaded, or was loaded and is returned), and with an error it fails with that. By default
	// every call goes on. Stats count each failure either way. It is never called with a miss, a done context
	// or ErrLeaseLost.
	OnCacheError func(ctx context.Context, err error) error

	// MaxLoads bounds the loads that run at a time; others wait for a slot. 0 is no bound. A load that is begun by
	// another load, or that another waits for, runs in that one's slot, whichever Function it is of, so that loads
	// which ask for each other never wait for a slot in a circle; should that one give up waiting, it goes on
	// beside the bound. Callers that join a load hold none.
	MaxLoads int

	// Detach gives the loader a context without the values of the caller who happened to come first: its
	// identity, its transaction, its span. Cancellation is the same with and without.
	Detach bool

	// Tracer makes calls and loads visible; see tracing.Loads.
	Tracer Tracer
}

// Validate returns an error that wraps ctxcache.ErrOptions if an option makes no sense. A Function built from
// such options answers every call with it.
func (o *Options) Validate() error {
	switch {
	case o == nil:
		return nil
	case o.TTL < 0:
		return fmt.Errorf("%w: TTL is negative", ctxcache.ErrOptions)
	case !(o.Jitter >= 0 && o.Jitter <= 1): // NaN is not either
		return fmt.Errorf("%w: Jitter is not within 0 and 1", ctxcache.ErrOptions)
	case o.NotFoundTTL < 0:
		return fmt.Errorf("%w: NotFoundTTL is negative", ctxcache.ErrOptions)
	case o.MaxLoads < 0:
		return fmt.Errorf("%w: MaxLoads is negative", ctxcache.ErrOptions)
	}
	return nil
}

// jittered returns ttl less the random part. The cache's default and NoExpiry stay as they are.
func (o *Options) jittered(ttl time.Duration) time.Duration {
	if o.Jitter == 0 || ttl <= 0 || ttl == ctxcache.NoExpiry {
		return ttl
	}
	return max(ttl-time.Duration(rand.Float64()*o.Jitter*float64(ttl)), 1)
}

// Tracer makes what a [Function] does visible. Its methods are called concurrently.
type Tracer interface {
	// Call begins a call of operation op: "get", "refresh", "contains", "delete" or "clear". The cache is used with
	// the context it returns. The func ends the call, and may be nil if nobody records it: result is "hit", "miss",
	// "negative", "ok" or "error"; joined is the context of the load that another caller had begun and this one
	// waited for, or nil.
	Call(ctx context.Context, op string) (context.Context, func(result string, joined context.Context, err error))

	// Load begins a load. The loader gets the context it returns. The func ends it, and may be nil if nobody
	// records it.
	Load(ctx context.Context) (context.Context, func(err error))
}
