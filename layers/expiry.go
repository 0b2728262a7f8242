package layers

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// Expiry says how long entries stay fresh in an [Expiring] cache. The window after that, when an entry counts as stale
// (StaleFor of [ctxcache.Meta]), keeps its length. The zero Expiry changes nothing.
type Expiry struct {
	// Default is the TTL of entries that are stored with TTL 0. It may be NoExpiry. If Default is 0, Max is the
	// default; if Max is 0, too, the inner cache's default counts. (The inner cache's default might exceed Max.)
	Default time.Duration

	// Max caps every TTL, NoExpiry too. 0 means no cap.
	Max time.Duration

	// Jitter is the largest part of a TTL, 0 to 1, that is cut off. How much is cut off is random: 0.1 turns a minute
	// into 54 to 60 seconds. Entries that were stored together then do not expire together, and are not all loaded at
	// once. At least 1 ms is left. NoExpiry and the inner cache's default have no jitter.
	Jitter float64
}

// Validate returns a [ctxcache.ErrOptions] if Default or Max is negative, or if Jitter is not within 0 and 1.
func (e Expiry) Validate() error {
	switch {
	case e.Default < 0:
		return fmt.Errorf("%w: Expiry.Default is negative", ctxcache.ErrOptions)
	case e.Max < 0:
		return fmt.Errorf("%w: Expiry.Max is negative", ctxcache.ErrOptions)
	case !(e.Jitter >= 0 && e.Jitter <= 1): // false for NaN, too
		return fmt.Errorf("%w: Expiry.Jitter is not within 0 and 1", ctxcache.ErrOptions)
	}
	return nil
}

// shortest is the shortest TTL that jitter leaves, because a live entry reports at least 1 ms.
const shortest = time.Millisecond

// life returns the TTL to store instead of ttl. Stale is the last part of ttl, and keeps its length. A ttl that is not
// valid is returned unchanged: the inner cache refuses it.
func (e Expiry) life(ttl, stale time.Duration) time.Duration {
	if ttl < 0 || stale < 0 || ttl > 0 && stale > ttl {
		return ttl
	}
	var fresh time.Duration
	switch ttl {
	case 0:
		if fresh = e.defaultTTL(); fresh == 0 {
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

// defaultTTL returns the TTL that 0 stands for. If it returns 0, the inner cache's default counts.
func (e Expiry) defaultTTL() time.Duration {
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
