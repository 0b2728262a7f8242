package memcached

import (
	"context"
	"fmt"
	"reflect"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/ctxcache"
)

// Cache is a cache in Memcached servers. It is safe for concurrent use. The package comment describes how values are
// stored, and what the cache promises.
type Cache[V any] struct {
	store *store
	codec ItemCodec[V]
}

var _ interface {
	ctxcache.Cache[string, []byte]
	ctxcache.RemoveCache[string]
	ctxcache.EntryCache[string, []byte]
	ctxcache.ManyCache[string, []byte]
	ctxcache.LeaseCache[string, []byte]
	ctxcache.StatsCache
	ctxcache.RemoteCache
	ctxcache.Checker
	ctxcache.SupportsCache
	ctxcache.Node
} = (*Cache[[]byte])(nil)

// New returns a cache of bytes over Memcached servers. It stores each value as an item with the flags 0, on the server
// that the selector picks for the stored key. The selector is a [memcache.ServerList], or one of your own. Its PickServer
// must not block, so it must not ask a name service: it runs on the goroutine of the caller, and neither a context nor
// a timeout ends the wait for it. It may return names: they are resolved within the timeouts, by DialContext. New does
// not talk to the servers. Nil options are the defaults. With invalid options every call returns their error. New panics
// if servers is nil.
func New(servers memcache.ServerSelector, options *Options) *Cache[[]byte] {
	return NewWithCodec(servers, Bytes{}, options)
}

// NewWithCodec is [New] for values of any type. An [ItemCodec] turns values into items, and chooses the flags of each
// item. If the flags need not say anything, [New] with a layer such as layers.Encoded does the same. NewWithCodec
// panics if servers or codec is nil.
func NewWithCodec[V any](servers memcache.ServerSelector, codec ItemCodec[V], options *Options) *Cache[V] {
	if servers == nil || reflect.ValueOf(servers).Kind() == reflect.Pointer && reflect.ValueOf(servers).IsNil() {
		panic("memcached: New with a nil server selector")
	}
	if codec == nil {
		panic("memcached: NewWithCodec with a nil ItemCodec")
	}
	return &Cache[V]{store: newStore(servers, options), codec: codec}
}

// Supports returns the capabilities of a cache with these options.
func (c *Cache[V]) Supports() ctxcache.Cap { return c.store.caps }

// Describe returns the options, with the defaults filled in, and the type of the codec. It does not name the servers.
func (c *Cache[V]) Describe() ctxcache.Description {
	o := &c.store.options
	return ctxcache.Description{Kind: layer, Options: []ctxcache.Option{
		{Name: "prefix", Value: o.Prefix},
		{Name: "ttl", Value: o.TTL},
		{Name: "lease_ttl", Value: o.LeaseTTL},
		{Name: "plain", Value: o.Plain},
		{Name: "whole_servers", Value: o.WholeServers},
		{Name: "codec", Value: fmt.Sprintf("%T", c.codec)},
		{Name: "max_item_size", Value: o.MaxItemSize},
		{Name: "read_timeout", Value: o.ReadTimeout},
		{Name: "write_timeout", Value: o.WriteTimeout},
		{Name: "timeout", Value: o.Timeout},
	}}
}

// Timeouts returns Options.ReadTimeout and Options.WriteTimeout, with the defaults filled in.
func (c *Cache[V]) Timeouts() ctxcache.Timeouts {
	timeouts := c.store.calls.Timeouts()
	timeouts.Late = min(c.store.options.Timeout, ctxcache.NoExpiry/lateTimeouts) * lateTimeouts
	return timeouts
}

// lateTimeouts is how many timeouts a write without an answer takes at most until its key is deleted a second time, on a
// server that can be reached: one for a connection and one for the answer; three for the first deletion, which may be sent
// twice; and two until the second deletion, because a key that waits already gets another turn only after that one: see again.
const lateTimeouts = 7

// Get returns the value of key. It sends one gets.
func (c *Cache[V]) Get(ctx context.Context, key string) (V, error) {
	e, err := c.read(ctx, ctxcache.OpGet, key)
	return e.Value, err
}

// Set stores value for ttl, rounded up to the second, and ends every lease on key. It sends one set.
//
// If Set fails, the key must not keep its old value. So if the value cannot be stored, if the ItemCodec panics, or if the
// server does not say whether it was stored, Set deletes the key. If the deletion fails, too, the error says so. If the
// server has refused both, the error wraps [ctxcache.ErrRefused]. A set without an answer may still arrive late, even
// after a Delete. Therefore the key is deleted once more after Options.Timeout, unless the cache is closed before, or
// 10,000 other keys are waiting for that. An error about the key or the TTL, and a context that is done from the
// beginning, leave the old value where it is.
func (c *Cache[V]) Set(ctx context.Context, key string, value V, ttl time.Duration) error {
	return c.write(ctx, ctxcache.OpSet, key, ctxcache.NewEntry(value, ttl))
}

// Delete removes whatever is stored under key, and ends every lease on key. It sends one delete. If the server refuses it
// by an answer, the error wraps [ctxcache.ErrRefused].
func (c *Cache[V]) Delete(ctx context.Context, key string) error {
	s := c.store
	_, err := call(ctx, s, ctxcache.OpDelete, key, func(stored string) (struct{}, error) {
		return struct{}{}, refused(s.delete(stored))
	})
	s.calls.Counts.Deleted(1, err)
	return err
}

// Remove deletes key in one atomic step, and reports whether it had a value. It sends the command gets, and
// then the command cas with an item that has already expired. It tries again if another client changed the key in
// between. If the server has no CAS, Remove returns an error, unless the cache is Plain: then it sends a delete instead
// of the cas. If another cache, which is not Plain, stores a negative entry between the two, the entry counts as a value.
func (c *Cache[V]) Remove(ctx context.Context, key string) (bool, error) {
	s := c.store
	was, err := call(ctx, s, ctxcache.OpRemove, key, func(stored string) (bool, error) {
		old, err := s.remove(stored)
		if err != nil || old == nil {
			return false, refused(err)
		}
		return old.Flags != markerFlags && old.Flags != negativeFlags, nil
	})
	s.calls.Counts.Deleted(1, err)
	return was, err
}

// Close ends all work of this cache. Calls in progress return [ctxcache.ErrClosed]. Connections are closed. Leases are
// no longer renewed, so they run out. Close returns when no goroutine of the cache is left. If a function of yours
// panicked on such a goroutine, and no caller was left to get the panic, Close returns an error.
func (c *Cache[V]) Close() error { return ctxcache.Fail(layer, ctxcache.OpClose, c.store.close()) }
