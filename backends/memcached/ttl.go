package memcached

import (
	"math"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// maxRelative is the longest life that Memcached takes as seconds from now: more is a Unix time.
const maxRelative = 30 * 24 * 60 * 60

const (
	never = 0  // the expiry of what never expires
	past  = -1 // the expiry of what is gone at once
)

// expiry returns a positive ttl, from now on, the way Memcached wants it: 0 for never, whole seconds, or a Unix time.
// It is ErrTTL for what ends after 2038: gomemcache has 32 bits for it.
func expiry(ttl time.Duration, now time.Time) (int32, error) {
	if ttl == ctxcache.NoExpiry {
		return never, nil
	}
	seconds := int64((ttl-1)/time.Second) + 1
	if seconds <= maxRelative {
		return int32(seconds), nil
	}
	end := now.Unix() + seconds
	if now.Nanosecond() > 0 {
		end++
	}
	if end > math.MaxInt32 {
		return 0, ctxcache.ErrTTL
	}
	return int32(end), nil
}
