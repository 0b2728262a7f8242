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
	// Name is what its user calls the Function, in Stats and descriptions. "" is "func" in Stats.
	Name string

	// TTL is how long a loaded value lives. 0 is the cache's default, ctxcache.NoExpiry is for ever.
	TTL time.Duration

	// Jitter shortens each TTL by a random part of up to this fraction of it, 0 to 1, so that what was loaded
	// together does not expire together.
	Jitter float64

	// NotFoundTTL is how long it is remembered that the source has no such thing: that the loader returned
	// ctxcache.ErrNotFound. 0 is not at all. It needs a cache that supports ctxcache.CapNegative.
	NotFoundTTL time.Duration

	// OnCacheError hears of each failure of the cache, on reading and on storing, in the call or the load that it
	// happened to. Nil hears nothing. Stats count the failures either way. It is never called with a miss, a done context
	// or ErrLeaseLost. It may be called concurrently.
	OnCacheError func(ctx context.Context, err error)

	// Strict makes a failure of the cache the error of the call. By default the call goes on: the value is loaded, or
	// was loaded and is returned.
	Strict bool

	// MaxLoads bounds the loads that run at a time; others wait for a slot. 0 means no bound. A load that is begun by
	// another load, or that another waits for, runs in the slot of that one, whichever Function it is of, so that loads
	// which ask for each other never wait for a slot in a circle. If the outer load stops waiting, the nested one keeps
	// running, and does not count against MaxLoads. Callers that join a load hold no slot.
	MaxLoads int

	// Detach gives the loader a context without the values of the caller that happened to come first: its
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

// ValidateFor is Validate for a Function over a cache with these capabilities, see ctxcache.Supports. It returns an
// error, too, if an option needs one that is missing.
func (o *Options) ValidateFor(caps ctxcache.Cap) error {
	if err := o.Validate(); err != nil {
		return err
	}
	if o != nil && o.NotFoundTTL > 0 && !caps.Has(ctxcache.CapNegative) {
		return fmt.Errorf("%w: NotFoundTTL over a cache that stores no negative entries", ctxcache.ErrOptions)
	}
	return nil
}

// name returns Name, or what stands for it.
func (o *Options) name() string {
	if o.Name == "" {
		return kind
	}
	return o.Name
}

// kind is what a Function is in a stack. It also names the Function in errors.
const kind = "func"

// describe says what a Function with these options is.
func (o *Options) describe() ctxcache.Description {
	return ctxcache.Description{Kind: kind, Name: o.Name, Options: []ctxcache.Option{
		{Name: "TTL", Value: o.TTL},
		{Name: "Jitter", Value: o.Jitter},
		{Name: "NotFoundTTL", Value: o.NotFoundTTL},
		{Name: "Strict", Value: o.Strict},
		{Name: "MaxLoads", Value: o.MaxLoads},
		{Name: "Detach", Value: o.Detach},
	}}
}

// jittered returns ttl less the random part. The cache's default and NoExpiry stay as they are.
func (o *Options) jittered(ttl time.Duration) time.Duration {
	if o.Jitter == 0 || ttl <= 0 || ttl == ctxcache.NoExpiry {
		return ttl
	}
	return max(ttl-time.Duration(rand.Float64()*o.Jitter*float64(ttl)), 1)
}
