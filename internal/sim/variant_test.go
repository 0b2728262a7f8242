package sim_test

import (
	"time"

	"github.com/ctxcache/cached"
)

// variant is a change to the stack. The zero value is the unchanged stack.
type variant struct {
	incoherent bool
	allOptions bool              // loads go on behind the callers, and are made in batches
	resilient  bool              // outages of far do not reach callers
	near       func(cache) cache // changes a part of every stack
	client     func(cache) cache // changes a part of every stack
	far        func(cache) cache // changes the part that they share
}

func (v variant) overNear(c cache) cache   { return over(v.near, c) }
func (v variant) overClient(c cache) cache { return over(v.client, c) }
func (v variant) overFar(c cache) cache    { return over(v.far, c) }

func over(wrap func(cache) cache, c cache) cache {
	if wrap == nil {
		return c
	}
	return wrap(c)
}

// options returns the options of the cached functions.
func (v variant) options() *cached.Options {
	opts := &cached.Options{TTL: v.valueTTL(), NotFoundTTL: v.valueTTL()}
	if v.allOptions {
		opts.StaleFor, opts.StaleIfError, opts.SoftTimeout = staleFor, staleIfError, softTimeout
		opts.RefreshAhead, opts.MaxLoads, opts.MaxQueued, opts.MaxBatch = 0.5, 3, 20, 2
		opts.CoalesceFor = time.Millisecond
		// The others decide by chance: a run is a function of its seed.
	}
	return opts
}

// lastBound is how long anybody may read an overwritten value if the invalidation failed.
func (v variant) lastBound() time.Duration {
	bound := lastBound - valueTTL + v.valueTTL()
	if v.allOptions {
		bound += staleIfError
	}
	return bound
}

// valueTTL is how long values live.
func (v variant) valueTTL() time.Duration {
	if v.resilient {
		return resilientTTL
	}
	return valueTTL
}
