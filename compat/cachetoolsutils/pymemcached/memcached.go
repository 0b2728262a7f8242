package pymemcached

import (
	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/compat/cachetoolsutils"
	"github.com/ctxcache/cached/ctxcache"
)

// Cache is a cache in a Memcached that is shared with Python. [MemCached] and [PrefixedMemCached] make one. It is safe
// for concurrent use.
type Cache[K comparable, V any] struct {
	ctxcache.Forward[K, V]
	server *memcached.Cache[item]
}

// Close closes the connections to the servers: see [memcached.Cache.Close].
func (c *Cache[K, V]) Close() error { return c.server.Close() }

var _ memcached.ItemCodec[cachetoolsutils.Value] = cachetoolsutils.JSONSerde[cachetoolsutils.Value]{}

// MemCached returns a cache that stores a key as the base 85 text of its str(), and a value as
// [cachetoolsutils.JSONSerde] writes it. An entry without a TTL does not expire. A key whose text is empty or longer than
// 250 bytes is [ctxcache.ErrKey]. Nil options mean the defaults. Python: MemCached(client), with a client that uses
// JsonSerde.
//
// Share a single server: with several servers, Python's HashClient and a [memcache.ServerList] use different servers
// for a key.
func MemCached[K comparable, V any](servers memcache.ServerSelector, opts *Options) *Cache[K, V] {
	return PrefixedMemCached[K, V](servers, "", opts)
}

// PrefixedMemCached is [MemCached] with a prefix before the encoded keys. If the prefix has white space or a control
// character, or is not UTF-8, calls with a key return ErrKey. Python: PrefixedMemCached(client, prefix).
func PrefixedMemCached[K comparable, V any](
	servers memcache.ServerSelector, prefix string, opts *Options,
) *Cache[K, V] {
	if servers == nil {
		panic("pymemcached: MemCached of nil")
	}
	server := memcached.NewWithCodec(servers, items{}, opts.backend(prefix))
	about := ctxcache.Description{Kind: "MemCached", Options: []ctxcache.Option{{Name: "prefix", Value: prefix}}}
	var values ctxcache.Cache[string, V]
	if err := (cachetoolsutils.JSONSerde[V]{}).Validate(); err != nil {
		values = ctxcache.Invalid[string, V](about, err)
	} else {
		values = newSerde[V](server, opts != nil && opts.NoneIsNotFound)
	}
	return &Cache[K, V]{Forward: ctxcache.NewForward(cachetoolsutils.PrefixedCache[K](values, ""), about), server: server}
}
