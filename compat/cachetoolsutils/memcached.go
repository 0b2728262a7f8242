package cachetoolsutils

import (
	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/ctxcache"
)

// Memcached is a cache in a Memcached that is shared with Python. [MemCached] and [PrefixedMemCached] make one. It is
// safe for concurrent use.
type Memcached[K comparable, V any] struct {
	ctxcache.Forward[K, V]
	server *memcached.Cache[V]
}

// Close closes the connections to the servers: see [memcached.Cache.Close].
func (m *Memcached[K, V]) Close() error { return m.server.Close() }

// MemCached returns a cache that stores a key as the base 85 text of its str(), and a value as [JSONSerde] writes it.
// An entry without a TTL does not expire. A key whose text is empty or longer than 250 bytes is [ctxcache.ErrKey].
// Nil options mean the defaults. Python: MemCached(client), with a client that uses JsonSerde.
//
// Share a single server: with several servers, Python's HashClient and a [memcache.ServerList] use different servers
// for a key.
func MemCached[K comparable, V any](servers memcache.ServerSelector, opts *MemcachedOptions) *Memcached[K, V] {
	return PrefixedMemCached[K, V](servers, "", opts)
}

// PrefixedMemCached is [MemCached] with a prefix before the encoded keys. If the prefix has white space or a control
// character, calls with a key return ErrKey. Python: PrefixedMemCached(client, prefix).
func PrefixedMemCached[K comparable, V any](
	servers memcache.ServerSelector, prefix string, opts *MemcachedOptions,
) *Memcached[K, V] {
	need("MemCached", servers != nil)
	server := memcached.NewWithCodec(servers, JSONSerde[V]{}, opts.backend(prefix))
	about := ctxcache.Description{Kind: "MemCached", Options: []ctxcache.Option{{Name: "prefix", Value: prefix}}}
	return &Memcached[K, V]{Forward: ctxcache.NewForward(strKeyed[K](server), about), server: server}
}
