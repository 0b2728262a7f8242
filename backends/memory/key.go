package memory

import (
	"reflect"

	"github.com/ctxcache/cached/ctxcache"
)

// sound reports whether every value of type K can be a key.
func sound[K comparable]() bool {
	switch reflect.TypeFor[K]().Kind() {
	case reflect.Float32, reflect.Float64, reflect.Complex64, reflect.Complex128, reflect.Interface, reflect.Array, reflect.Struct:
		return false
	default:
		return true
	}
}

// checkKey is [ctxcache.CheckKey], for types that need it: it asks for the type in every call.
func (c *Cache[K, V]) checkKey(key K) error {
	if c.sound {
		return nil
	}
	return ctxcache.CheckKey(key)
}

// own returns a copy of key for an entry. It uses the memory of a key that has left, if that has the right size. So a write
// into a full cache does not allocate.
func (s *shard[K, V]) own(key K) K {
	own := s.cache.keys.CopyInto(s.spare, key)
	var none K
	s.spare = none
	return own
}

// longestSpare is the size of the largest keys that recycle keeps, so that no shard holds much memory after a Delete. Most
// keys are shorter.
const longestSpare = 256

// recycle lets own use the memory of a key that leaves, unless it is long.
func (s *shard[K, V]) recycle(key K) {
	if s.cache.keys.Reuses() && s.cache.keys.Room(key) <= longestSpare {
		s.spare = key
	}
}

// lent returns the key of slot i for others than this shard. They may keep it longer than the shard does.
func (s *shard[K, V]) lent(i uint32) K {
	key := s.slots.at(i).key
	if s.cache.keys.Reuses() {
		return s.cache.keys.Copy(key)
	}
	return key
}
