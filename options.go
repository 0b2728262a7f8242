package cached

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// Options configure a [Function]. The zero value and a nil pointer mean the default of every option.
type Options struct {
	// Name is a name for the Function in Stats and descriptions. With "", Stats says "func".
	Name string

	// TTL is how long a loaded value lives. 0 means the cache's default, ctxcache.NoExpiry means for ever.
	TTL time.Duration

	// Jitter, from 0 to 1, shortens each TTL by a random part: by at most this fraction of it. So values that were
	// loaded at the same time do not expire at the same time.
	Jitter float64

	// NotFoundTTL is how long a negative entry lives. It is stored when the loader returns ctxcache.ErrNotFound. 0
	// means that negative entries are not stored. The cache must support ctxcache.CapNegative.
	NotFoundTTL time.Duration

	// OnCacheError is called for each failure of the cache in a Get, a Refresh or a load, on the goroutine of the call
	// or load. It is not called for a miss, a done context or a lost lease. It is not called for ErrKey, ErrClosed and
	// ErrOptions either: a call returns these errors even without Strict. Contains, Delete and Clear return their
	// failures instead, and Stats does not count those. OnCacheError may be called concurrently. It may be nil: Stats
	// counts the failures either way.
	OnCacheError func(ctx context.Context, err error)

	// Strict makes a failure of the cache the error of the call. Without Strict the call goes on: it loads the value,
	// or returns the value that was loaded.
	Strict bool

	// MaxLoads limits the loads that run at the same time. Further loads wait for a slot. 0 means no limit. Callers
	// that join a load do not need a slot.
	//
	// A load that starts another load, or waits for one, lends its slot to it, even to a load of another Function. So
	// loads that ask for each other never wait for a slot in a circle. If the outer load stops waiting, the nested one
	// keeps running, and does not count against MaxLoads.
	MaxLoads int

	// Detach gives the loader a context without values. Without Detach, the context has the values of the caller that
	// happened to come first: its identity, its transaction, its span. Detach does not change when the context is
	// cancelled.
	Detach bool

	// Tracer is called at the beginning and end of calls and loads. See tracing.Loads.
	Tracer Tracer
}

// Validate returns an error that wraps ctxcache.ErrOptions if an option makes no sense. A Function with such options
// returns this error from every call.
func (o *Options) Validate() error {
	switch {
	case o == nil:
		return nil
	case o.TTL < 0:
		return fmt.Errorf("%w: TTL is negative", ctxcache.ErrOptions)
	case !(o.Jitter >= 0 && o.Jitter <= 1): // NaN is not within them either
		return fmt.Errorf("%w: Jitter is not within 0 and 1", ctxcache.ErrOptions)
	case o.NotFoundTTL < 0:
		return fmt.Errorf("%w: NotFoundTTL is negative", ctxcache.ErrOptions)
	case o.MaxLoads < 0:
		return fmt.Errorf("%w: MaxLoads is negative", ctxcache.ErrOptions)
	}
	return nil
}

// ValidateFor returns the error that Validate returns. If there is none, it returns an error that wraps
// ctxcache.ErrOptions if an option needs a capability that is not in caps. See ctxcache.Supports.
func (o *Options) ValidateFor(caps ctxcache.Cap) error {
	if err := o.Validate(); err != nil {
		return err
	}
	if o != nil && o.NotFoundTTL > 0 && !caps.Has(ctxcache.CapNegative) {
		return fmt.Errorf("%w: NotFoundTTL needs a cache that stores negative entries", ctxcache.ErrOptions)
	}
	return nil
}

// name returns Name, or the default name.
func (o *Options) name() string {
	if o.Name == "" {
		return kind
	}
	return o.Name
}

// kind is the kind of a Function in descriptions. Errors contain it, too.
const kind = "func"

// describe returns the description of a Function with these options.
func (o *Options) describe() ctxcache.Description {
	return ctxcache.Description{Kind: kind, Name: o.Name, Options: []ctxcache.Option{
		{Name: "ttl", Value: o.TTL},
		{Name: "jitter", Value: o.Jitter},
		{Name: "not_found_ttl", Value: o.NotFoundTTL},
		{Name: "strict", Value: o.Strict},
		{Name: "max_loads", Value: o.MaxLoads},
		{Name: "detach", Value: o.Detach},
	}}
}

// jittered returns ttl shortened by Jitter, but not below 1 ms, the shortest life that caches report. The cache's
// default (0) and NoExpiry are returned as they are.
func (o *Options) jittered(ttl time.Duration) time.Duration {
	if o.Jitter == 0 || ttl <= 0 || ttl == ctxcache.NoExpiry {
		return ttl
	}
	return max(ttl-time.Duration(rand.Float64()*o.Jitter*float64(ttl)), min(ttl, time.Millisecond))
}
