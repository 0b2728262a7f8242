package cached

import (
	"context"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// Result is the answer of [Function.GetResult].
type Result[V any] struct {
	Value V
	Level Level         // where the value comes from
	Age   time.Duration // since the value was loaded or set; ctxcache.Unknown if the cache does not know it
	TTL   time.Duration // how long the value is still fresh; 0 if it is stale, ctxcache.Unknown if the cache does not know it

	Stale  bool  // the value is older than its TTL: see Options.StaleFor and Options.StaleIfError
	Joined bool  // the call waited for a load that another call had begun
	Loaded bool  // the value is from a load that this call waited for
	Why    Why   // why the call returned this value
	Err    error // why a stale value was not replaced: the error of its load, or nil
}

// Level is where a value comes from.
type Level string

// The levels.
const (
	LevelNear   Level = "near"   // the near level of a cache with two
	LevelFar    Level = "far"    // the far level of a cache with two
	LevelCache  Level = "cache"  // a cache that has no levels
	LevelSource Level = "source" // the loader
)

// Why says why a call returned its value.
type Why string

// The reasons.
const (
	WhyHit    Why = "hit"           // the cache had a fresh value
	WhyAhead  Why = "refresh ahead" // it had a fresh value, and it is time to refresh it behind the call
	WhyStale  Why = "stale"         // it had a stale value, which is refreshed behind the call
	WhyFailed Why = "load failed"   // it had a stale value, and the load has failed, or cools down
	WhySlow   Why = "load slow"     // it had a stale value, and the load took longer than Options.SoftTimeout
	WhyLoaded Why = "loaded"        // it had no value that the call could use
)

// GetResult is Get with what is known about the value. It reads the whole entry, so a hit costs a little more than that of
// a Get. Its errors are those of Get. With an error, only Joined and Loaded say something.
func (f *Function[K, V]) GetResult(ctx context.Context, key K) (Result[V], error) {
	return f.getResultFrom(ctx, key, f.source)
}

func (f *Function[K, V]) getResultFrom(ctx context.Context, key K, from source[K, V]) (Result[V], error) {
	var seen Result[V]
	get := func(ctx context.Context, key K, from source[K, V]) (a answer[V], err error) {
		if d := ctxcache.DirectivesOf(ctx); d != nil {
			a, err = f.getDirected(ctx, key, from, d, &seen)
		} else {
			a, err = f.getAged(ctx, key, from, &seen)
		}
		seen.Joined = a.flight != nil // even if the call has read the cache once more after that
		return a, err
	}
	if f.opts.Tracer != nil {
		value, err := f.trace(ctx, ctxcache.OpGet, key, from, get)
		seen.Value = value
		return seen, err
	}
	a, err := get(ctx, key, from)
	seen.Value = a.value
	return seen, err
}

// saw writes to seen what the call returns: an entry of the cache. Err says why a stale value is not replaced. Seen may be
// nil.
func (f *Function[K, V]) saw(seen *Result[V], m *ctxcache.Meta, level Level, why Why, err error) {
	if seen == nil {
		return
	}
	seen.Level, seen.Why, seen.Err = level, why, err
	seen.Age, seen.TTL = ctxcache.Unknown, m.TTL
	if !m.Written.IsZero() {
		seen.Age = max(time.Since(m.Written), 0)
	}
	switch m.TTL {
	case ctxcache.Unknown, ctxcache.NoExpiry:
	case 0: // a load whose result is stored for the cache's default, or not at all
		seen.TTL = ctxcache.Unknown
	default:
		seen.TTL = max(m.TTL-f.fresh.windowOf(m), 0)
		seen.Stale = seen.TTL == 0
	}
}

// sawFlight writes to seen what the call returns: the result of a flight. Joined says that another call began it. Seen may
// be nil.
func (f *Function[K, V]) sawFlight(seen *Result[V], result *loaded[V], joined bool) {
	if seen == nil {
		return
	}
	seen.Joined, seen.Loaded = joined, result.asked
	if result.asked {
		f.saw(seen, &result.meta, LevelSource, WhyLoaded, nil)
	} else {
		f.saw(seen, &result.meta, f.levelBelow(), WhyHit, nil)
	}
}
