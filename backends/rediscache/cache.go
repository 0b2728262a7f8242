package rediscache

import (
	"context"
	"reflect"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

// Cache is a cache in a Redis database. It is safe for concurrent use. See the package comment for what it stores
// and what it promises.
type Cache struct {
	client  redis.UniversalClient
	options Options // defaults filled in
	caps    ctxcache.Cap
	owned   bool // whether Close closes client
	calls   *calls.Backend
}

var _ interface {
	ctxcache.Cache[string, []byte]
	ctxcache.ContainsCache[string]
	ctxcache.RemoveCache[string]
	ctxcache.EntryCache[string, []byte]
	ctxcache.ManyCache[string, []byte]
	ctxcache.LeaseCache[string, []byte]
	ctxcache.LenCache[string]
	ctxcache.ClearCache[string]
	ctxcache.KeysCache[string]
	ctxcache.StatsCache
	ctxcache.SupportsCache
	ctxcache.NamespaceCache
	ctxcache.Node
} = (*Cache)(nil)

// New returns a cache over client: a single server, one behind Sentinel, a Cluster, or a Ring. The client stays the
// caller's to close, after the cache. New does not talk to the server. Nil options are the defaults; invalid ones
// make every call return their error. New panics if client is nil.
func New(client redis.UniversalClient, options *Options) *Cache {
	if client == nil || reflect.ValueOf(client).Kind() == reflect.Pointer && reflect.ValueOf(client).IsNil() {
		panic("rediscache: New with a nil client")
	}
	c := &Cache{client: client, options: options.withDefaults()}
	c.caps = c.supported()
	c.calls = calls.NewBackend(calls.About{
		Layer:      layer,
		MaxCalls:   c.options.MaxCalls,
		Invalid:    options.Validate(),
		Unanswered: unanswered,
		Discreet:   discreet,
	})
	return c
}

// supported returns what a cache with these options and this client can do.
func (c *Cache) supported() ctxcache.Cap {
	caps := ctxcache.CapContains | ctxcache.CapRemove | ctxcache.CapEntry | ctxcache.CapMany
	if !c.options.Plain {
		caps |= ctxcache.CapNegative | ctxcache.CapLease | ctxcache.CapLeaseShared
	}
	if !knowsServers(c.client) {
		return caps
	}
	caps |= ctxcache.CapStats | ctxcache.CapLen | ctxcache.CapClear | ctxcache.CapKeys
	if c.options.Prefix == "" && !c.options.WholeDatabase {
		return caps.In(ctxcache.ScopesPrefixed)
	}
	return caps
}

// Supports returns what a cache with these options, over this client, can do.
func (c *Cache) Supports() ctxcache.Cap { return c.caps }

// Describe returns the options that say what is stored where, with the defaults filled in. It has nothing of the client in
// it, whose address and password are not for others to see.
func (c *Cache) Describe() ctxcache.Description {
	return ctxcache.Description{Kind: layer, Options: []ctxcache.Option{
		{Name: "prefix", Value: c.options.Prefix},
		{Name: "ttl", Value: c.options.TTL},
		{Name: "lease_ttl", Value: c.options.LeaseTTL},
		{Name: "plain", Value: c.options.Plain},
		{Name: "whole_database", Value: c.options.WholeDatabase},
	}}
}

// Namespace is the prefix: what a layer binds to this cache does not open in one with another.
func (c *Cache) Namespace() string { return c.options.Prefix }

// Get returns the value of key: one GET. For a negative entry, or a key that somebody holds a lease on, it takes
// another command to recognise them. A key that this cache did not write is ErrCorrupt.
func (c *Cache) Get(ctx context.Context, key string) ([]byte, error) {
	return calls.Call(ctx, c.calls, ctxcache.OpGet, func(ctx context.Context) ([]byte, error) {
		value, err := c.client.Get(ctx, c.stored(key)).Bytes()
		switch {
		case err == redis.Nil:
			return nil, ctxcache.ErrMiss
		case redis.HasErrorPrefix(err, "WRONGTYPE"):
			e, err := c.entry(ctx, key) // by now it may be a value
			return e.Value, err
		}
		return value, err
	}, nil)
}

// Set stores value for ttl, rounded up to the millisecond: one SET, which also kills a lease on key.
func (c *Cache) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	return calls.Do(ctx, c.calls, ctxcache.OpSet, func(ctx context.Context) error {
		if err := ctxcache.CheckTTL(ttl); err != nil {
			return err
		}
		return setValue(ctx, c.client, c.stored(key), value, c.ttlOrDefault(ttl)).Err()
	})
}

// Delete removes key, whatever is under it: one UNLINK.
func (c *Cache) Delete(ctx context.Context, key string) error {
	return calls.Do(ctx, c.calls, ctxcache.OpDelete, func(ctx context.Context) error {
		return c.client.Unlink(ctx, c.stored(key)).Err()
	})
}

// Contains reports whether key has a value, by its TYPE.
func (c *Cache) Contains(ctx context.Context, key string) (bool, error) {
	return calls.Call(ctx, c.calls, ctxcache.OpContains, func(ctx context.Context) (bool, error) {
		switch kind, err := c.client.Type(ctx, c.stored(key)).Result(); {
		case err != nil:
			return false, err
		case kind == "string":
			return true, nil
		case kind == "none":
			return false, nil
		}
		_, err := c.entry(ctx, key) // a marker, a negative entry, or a stranger's
		if err == ctxcache.ErrMiss || err == ctxcache.ErrNotFound {
			return false, nil
		}
		return err == nil, err
	}, nil)
}

// Remove deletes key and reports whether it had a value, in one step.
func (c *Cache) Remove(ctx context.Context, key string) (bool, error) {
	return calls.Call(ctx, c.calls, ctxcache.OpRemove, func(ctx context.Context) (bool, error) {
		return accepted(c.run(ctx, scriptCall{script: removeScript, stored: c.stored(key)}))
	}, nil)
}

// Close ends what this cache runs: calls in progress whose context can end return [ctxcache.ErrClosed], leases
// run out, not being renewed any more. It returns when no goroutine is left, which may take the client's own timeouts if the
// server hangs. A client that [Open] made is closed, too.
func (c *Cache) Close() error {
	var err error
	if first := c.calls.Close(); first && c.owned {
		err = c.client.Close()
	}
	c.calls.Wait()
	return ctxcache.Fail(layer, ctxcache.OpClose, err)
}

// stored returns key as it stands in Redis.
func (c *Cache) stored(key string) string { return c.options.Prefix + key }
