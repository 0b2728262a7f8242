package memcached

import (
	"bytes"
	"crypto/rand"
	"time"

	"github.com/bradfitz/gomemcache/memcache"
)

// newToken returns 128 random bits.
func newToken() []byte {
	token := make([]byte, 16)
	rand.Read(token) // which never fails
	return token
}

// marker returns the item that says who holds the lease. Memcached ends it up to a second early, so it gets one more.
func (s *store) marker(token []byte) *memcache.Item {
	seconds := (s.options.LeaseTTL-1)/time.Second + 2
	return &memcache.Item{Value: token, Flags: markerFlags, Expiration: int32(seconds)}
}

// marks reports whether item is the marker with this token.
func marks(item *memcache.Item, token []byte) bool {
	return item != nil && item.Flags == markerFlags && bytes.Equal(item.Value, token)
}

// swapMarker puts item in place of the marker with this token, and reports whether it was there. If the marker was
// renewed in the middle of it, it is there still.
func (s *store) swapMarker(stored string, token []byte, item *memcache.Item) (bool, error) {
	old, err := s.swapLoop(stored, func(old *memcache.Item) *memcache.Item {
		if marks(old, token) {
			return item
		}
		return nil
	})
	return marks(old, token), err
}
