package layers

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// Expiry says how long entries live in an [Expiring] cache. It is about the time in which they are fresh: a window in
// which they count as stale ([ctxcache.Entry] Stale) follows that time, and is kept as it is. The zero Expiry changes
// nothing.
type Expiry struct {
	// Default is the time to live of what is stored without one (with 0). It may be NoExpiry. If it is 0, the inner
	// cache's own default counts, unless Max is set, which that might exceed: then Max is the default.
	Default time.Duration

	// Max caps every time to live, also those of what would never expire. 0 is no cap.
	Max time.Duration

	// Jitter shortens each time to live by a random part of it, up to this one, so that what was stored together does
	// not expire, and have to be loaded, together: 0.1 turns a minute into 54 to 60 seconds. It leaves at least 1 ms,
	// and acts neither on NoExpiry nor on the inner cache's default.
	Jitter float64
}

// Validate returns an error, which is a [ctxcache.ErrOptions], if a duration is negative or Jitter is not
// within 0 and 1.
func (e Expiry) Validate() error {
	switch {
	case e.Default < 0:
		return fmt.Errorf("%w: Expiry.Default is negative", ctxcache.ErrOptions)
	case e.Max < 0:
		return fmt.Errorf("%w: Expiry.Max is negative", ctxcache.ErrOptions)
	case !(e.Jitter >= 0 && e.Jitter <= 1): // NaN neither
		return fmt.Errorf("%w: Expiry.Jitter is not within 0 and 1", ctxcache.ErrOptions)
	}
	return nil
}

// shortest is the least that jitter leaves: a live entry has at least that.
const shortest = time.Millisecond

// life returns the TTL to store with instead of ttl, of which the last part, stale, is not touched. What is
// no TTL stays as it is: the inner cache refuses it.
func (e Expiry) life(ttl, stale time.Duration) time.Duration {
	if ttl < 0 || stale < 0 || ttl > 0 && stale > ttl {
		return ttl
	}
	var fresh time.Duration
	switch ttl {
	case 0:
		if fresh = e.standard(); fresh == 0 {
			return 0
		}
	case ctxcache.NoExpiry:
		fresh = ctxcache.NoExpiry
	default:
		fresh = ttl - stale
	}
	if e.Max > 0 {
		fresh = min(fresh, e.Max)
	}
	fresh = e.jittered(fresh)
	if fresh > ctxcache.NoExpiry-stale {
		return ctxcache.NoExpiry
	}
	return fresh + stale
}

// standard returns what a TTL of 0 stands for; 0 is the inner cache's own default.
func (e Expiry) standard() time.Duration {
	if e.Default == 0 {
		return e.Max
	}
	return e.Default
}

func (e Expiry) jittered(fresh time.Duration) time.Duration {
	if e.Jitter == 0 || fresh == ctxcache.NoExpiry {
		return fresh
	}
	cut := time.Duration(rand.Float64() * e.Jitter * float64(fresh))
	return max(fresh-cut, min(fresh, shortest))
}
