package memcached

import (
	"math"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// maxRelative is the longest life that Memcached accepts as seconds from now. It takes a larger number for a Unix time.
const maxRelative = 30 * 24 * 60 * 60

const (
	never = 0               // the expiry of an item that never expires
	past  = maxRelative + 1 // the expiry of an item that ends at once: a Unix time long past. Proxies refuse negative ones.
)

// expiry returns the expiry of an item that lives for ttl, which is positive, from now on: 0 for never, whole seconds,
// or a Unix time. If the item would end after 2038, it returns ErrTTL, because gomemcache sends the expiry in 32 bits.
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
