package memcached

import (
	"bytes"
	"time"

	"github.com/bradfitz/gomemcache/memcache"
)

// marker returns an item that marks the holder of token as the holder of the lease. Memcached may end an item up to a
// second early, so the marker gets an additional second.
func (s *store) marker(token []byte) *memcache.Item {
	seconds := (s.options.LeaseTTL-1)/time.Second + 2
	return &memcache.Item{Value: token, Flags: markerFlags, Expiration: int32(seconds)}
}

// marks reports whether item, which may be nil, is the marker with this token.
func marks(item *memcache.Item, token []byte) bool {
	return item != nil && item.Flags == markerFlags && bytes.Equal(item.Value, token)
}
