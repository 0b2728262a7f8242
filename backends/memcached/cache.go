package memcached

import (
	"context"
	"reflect"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/ctxcache"
)

// Cache is a cache in Memcached servers. It is safe for concurrent use. See the package comment for what it
// stores and what it promises.
type Cache[V any] struct {
	store *store
	serde Serde[V]
}

var _ interface {
	ctxcache.Cache[string, []byte]
	ctxcache.Remover[string]
	ctxcache.EntryCache[string, []byte]
	ctxcache.ManyCache[string, []byte]
	ctxcache.LeaseCache[string, []byte]
	ctxcache.StatsReporter
	ctxcache.Supporter
} = (*Cache[[]byte])(nil)

// New returns a cache of bytes, in items with the flags 0, over the servers that the selector picks for the stored
// keys: a [memcache.ServerList], or one of your own. New does not talk to the servers. Nil options are the defaults;
// invalid ones make every call return their error. New panics if servers is nil.
func New(servers memcache.ServerSelector, options *Options) *Cache[[]byte] {
	return NewWithSerde(servers, Bytes{}, options)
}

// NewWithSerde is [New] for values that a Serde makes items of, with flags of their own. For bytes whose flags say
// nothing, layers such as layers.Encoded do as well. It panics if servers or serde is nil.
func NewWithSerde[V any](servers memcache.ServerSelector, serde Serde[V], options *Options) *Cache[V] {
	if servers == nil || reflect.ValueOf(servers).Kind() == reflect.Pointer && reflect.ValueOf(servers).IsNil() {
		panic("memcached: New with a nil server selector")
	}
	if serde == nil {
		panic("memcached: NewWithSerde with a nil Serde")
	}
	return &Cache[V]{store: newStore(servers, options), serde: serde}
}

// Supports tells what a cache with these options can do.
func (c *Cache[V]) Supports() ctxcache.Op { return c.store.ops }

// Namespace is the prefix: what a layer binds to this cache does not open in one with another.
func (c *Cache[V]) Namespace() string { return c.store.options.Prefix }

// Get returns the value of key: one gets.
func (c *Cache[V]) Get(ctx context.Context, key string) (V, error) {
	e, err := c.GetEntry(ctx, key)
	return e.Value, err
}

// Set stores value for ttl, rounded up to the second: one set, which also kills a lease on key.
func (c *Cache[V]) Set(ctx context.Context, key string, value V, ttl time.Duration) error {
	return c.SetEntry(ctx, key, ctxcache.Entry[V]{Value: value, TTL: ttl})
}

// Delete removes key, whatever is under it: one delete.
func (c *Cache[V]) Delete(ctx context.Context, key string) error {
	s := c.store
	return do(ctx, s, "delete", func(context.Context) error {
		stored, err := s.stored(key)
		if err != nil {
			return err
		}
		return s.delete(stored)
	})
}

func (s *store) delete(stored string) error {
	if err := s.client.Delete(stored); err != memcache.ErrCacheMiss {
		return err
	}
	return nil
}

// Remove deletes key and reports whether it had a value, in one step: a gets, and a cas by an item that expires at
// once, again if somebody else was faster.
func (c *Cache[V]) Remove(ctx context.Context, key string) (bool, error) {
	s := c.store
	return call(ctx, s, "remove", func(context.Context) (bool, error) {
		stored, err := s.stored(key)
		if err != nil {
			return false, err
		}
		old, err := s.swapLoop(stored, func(*memcache.Item) *memcache.Item { return gone })
		if err != nil || old == nil {
			return false, err
		}
		return old.Flags != markerFlags && old.Flags != negativeFlags, nil
	}, nil)
}

// Close ends what this cache runs: calls in progress return [ctxcache.ErrClosed], connections are closed, leases are
// no longer renewed, and run out. It returns when no goroutine is left.
func (c *Cache[V]) Close() error { return ctxcache.Fail(layer, "close", c.store.close()) }
