package cachetoolsutils

import (
	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/base85"
)

// Memcached is a cache in Memcached that a Python service shares: [MemCached] and [PrefixedMemCached] make one. It is
// safe for concurrent use.
type Memcached[K comparable, V any] struct {
	ctxcache.Forward[K, V]
	server *memcached.Cache[V]
}

// Close closes the connections, see [memcached.Cache.Close].
func (m *Memcached[K, V]) Close() error { return m.server.Close() }

// MemCached stores the str() of keys in base 85, and values as [JSONSerde] does, without an expiry. A key that gets
// longer than 250 bytes, or is empty, is [ctxcache.ErrKey]. Python: MemCached(client), whose client has JsonSerde.
//
// With several servers Python's HashClient picks another one for a key than a [memcache.ServerList] does: share one.
func MemCached[K comparable, V any](servers memcache.ServerSelector) *Memcached[K, V] {
	return PrefixedMemCached[K, V](servers, "")
}

// PrefixedMemCached is [MemCached] with a prefix before the encoded keys. With a prefix that has white space or
// a control character in it every call is ErrKey. Python: PrefixedMemCached(client, prefix).
func PrefixedMemCached[K comparable, V any](servers memcache.ServerSelector, prefix string) *Memcached[K, V] {
	need("MemCached", servers != nil)
	server := memcached.NewWithSerde(servers, JSONSerde[V]{}, &memcached.Options{
		TTL:       ctxcache.NoExpiry,
		Plain:     true,
		EncodeKey: func(key string) (string, error) { return prefix + base85.Encode(key), nil },
	})
	return &Memcached[K, V]{Forward: ctxcache.NewForward(strKeyed[K](server)), server: server}
}
